"""What a known kind of paper says: the name on an identity card, the total of a receipt.

A field has the same name whichever service read it. What stands on the card is its `value`; only dates are
brought into one form, for services write the same one in four ways.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from ocrkit.result.model import Text
from ocrkit.result.region import Region


class Field(Region):
    """One value, under its name in `PageResult.fields`."""

    value: Text


FIELD_NAMES: Mapping[Literal["id_card", "bank_card", "receipt"], Mapping[str, str]] = MappingProxyType(
    {
        "id_card": MappingProxyType(
            {
                "name": "of the holder",
                "sex": "as the card says it",
                "ethnicity": "as the card says it",
                "birth_date": "a date",
                "address": "of the holder",
                "id_number": "the number of the card's holder",
                "authority": "who issued the card",
                "valid_from": "a date",
                "valid_until": "a date; `长期` on Chinese cards that do not expire",
            }
        ),
        "bank_card": MappingProxyType(
            {
                "card_number": "digits, in groups where the service leaves them so",
                "bank_name": "who issued the card",
                "card_type": "debit or credit, in the words of the service",
                "card_name": "what the bank calls this card",
                "holder_name": "whose card it is",
                "valid_until": "a date, mostly a month",
            }
        ),
        "receipt": MappingProxyType(
            {
                "merchant": "the name of the shop",
                "address": "of the shop",
                "date": "a date",
                "time": "of the purchase",
                "number": "of the receipt",
                "subtotal": "before tax",
                "tax": "the amount",
                "total": "what was paid",
                "currency": "a sign or a code",
            }
        ),
    }
)
"""The names that backends use, by scene, and what stands there. A service may give only some of them."""

_YEAR_FIRST = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})(?:\s*[-./月]\s*(\d{1,2})\s*日?|\s*月)?")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH_FIRST = re.compile(r"(\d{1,2})\s*/\s*(\d{4})")


def date_value(text: str) -> str:
    """A date as `2031-07-25`, or `2031-07` where no day is given; what is not surely one stays as it is."""
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
    """The two ends of a span such as `2011.07.25-2031.07.25`, or None where it is not one."""
    parts = re.split(r"\s*[-—–~至]\s*", text.strip())
    if len(parts) == 6:  # the dates themselves are written with hyphens
        parts = ["-".join(parts[:3]), "-".join(parts[3:])]
    if len(parts) == 4:
        parts = ["-".join(parts[:3]), parts[3]]
    if len(parts) != 2 or not all(parts):
        return None
    return date_value(parts[0]), date_value(parts[1])
