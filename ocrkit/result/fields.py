"""Named values of a form or a known kind of document: the name on an identity card, the total of a receipt.

The field of a form has the name that the form gives it. On cards and receipts, a field has the same name for
every service. Its `value` is the text on the document; only dates are
normalized, because services write the same date in four ways.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from ocrkit.result.model import Text
from ocrkit.result.region import Region

FieldType: TypeAlias = Literal["text", "choice", "check_box", "radio_button", "signature"]
"""The kind of a form field."""


class Field(Region):
    """One value; its name is the key in `PageResult.fields`."""

    value: Text
    type: FieldType | None = None
    """The kind of a field of a fillable form; None for the fields of cards and receipts."""


FIELD_NAMES: Mapping[Literal["id_card", "bank_card", "receipt"], Mapping[str, str]] = MappingProxyType(
    {
        "id_card": MappingProxyType(
            {
                "name": "the holder",
                "sex": "as printed",
                "ethnicity": "as printed",
                "birth_date": "a date",
                "address": "the home of the holder",
                "id_number": "the personal number of the holder",
                "authority": "the issuing authority",
                "valid_from": "a date",
                "valid_until": "a date, or `长期` on Chinese cards that do not expire",
            }
        ),
        "bank_card": MappingProxyType(
            {
                "card_number": "digits, in groups where the service keeps them",
                "bank_name": "the issuing bank",
                "card_type": "debit or credit, as the service writes it",
                "card_name": "the product name of the card",
                "holder_name": "the name of the holder",
                "valid_until": "a date, usually a month",
            }
        ),
        "receipt": MappingProxyType(
            {
                "merchant": "the name of the shop",
                "address": "the address of the shop",
                "date": "the date of the purchase",
                "time": "the time of the purchase",
                "number": "the number of the receipt",
                "subtotal": "the amount before tax",
                "tax": "the amount of tax",
                "total": "the amount paid",
                "currency": "a symbol or a code",
            }
        ),
    }
)
"""The names of the fields and their meanings, by scene. A service may give only some of them."""

_YEAR_FIRST = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})(?:\s*[-./月]\s*(\d{1,2})\s*日?|\s*月)?")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH_FIRST = re.compile(r"(\d{1,2})\s*/\s*(\d{4})")


def date_value(text: str) -> str:
    """A date as `2031-07-25`, or `2031-07` without a day. Any other text is returned unchanged."""
    text = text.strip()
    if found := _YEAR_FIRST.fullmatch(text) or _DIGITS.fullmatch(text):
        year, month, day = found.groups()
    elif found := _MONTH_FIRST.fullmatch(text):
        (month, year), day = found.groups(), None
    else:
        return text
    if not 1 <= int(month) <= 12 or not 1 <= int(day or 1) <= 31:
        return text
    return f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else "")


def period_values(text: str) -> tuple[str, str] | None:
    """The start and the end of a period such as `2011.07.25-2031.07.25`, or None for any other text."""
    parts = re.split(r"\s*[-—–~至]\s*", text.strip())
    if len(parts) == 6:  # the dates themselves are written with hyphens
        parts = ["-".join(parts[:3]), "-".join(parts[3:])]
    if len(parts) == 4:  # only the first date is
        parts = ["-".join(parts[:3]), parts[3]]
    if len(parts) != 2 or not all(parts):
        return None
    return date_value(parts[0]), date_value(parts[1])
