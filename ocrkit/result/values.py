"""Numbers and dates as they are written on pages: regular expressions for a value."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TypeAlias

Value: TypeAlias = int | float | Decimal | date
"""A value that pages write in several ways."""

_GROUP = "[ .,'\u2019\u00a0\u202f]?"
_MONTHS = (
    "jan|ene|gen", "feb|fév|fev", "mar|mär|mrz|maa", "apr|avr|abr", "may|mai|mag|mei|maj", "jun|juin|giu",
    "jul|juil|lug", "aug|ao[uû]|ago", "sep|set", "oct|okt|ott|out", "nov", "dec|dez|déc|dic",
)  # fmt: skip
"""First letters of the months in English, German, French, Spanish, Italian, Dutch, Portuguese and Swedish."""


def expression_for(value: Value) -> re.Pattern[str]:
    """An expression for the usual ways to write a number or a date.

    A number may have separators of thousands, a decimal point or comma, and zeros at its end. A date may be
    in any order, with a year of four or two digits, and with the name of the month.
    """
    if isinstance(value, date):
        return re.compile(_date_expression(value), re.IGNORECASE)
    return re.compile(_number_expression(Decimal(str(value))))


def _number_expression(value: Decimal) -> str:
    whole, _, fraction = f"{abs(value):f}".partition(".")
    first = len(whole) % 3 or 3
    groups = [whole[:first], *(whole[start : start + 3] for start in range(first, len(whole), 3))]
    fraction = fraction.rstrip("0")
    decimals = f"[.,]{fraction}0*" if fraction else "(?:[.,](?:0{1,2}(?!\\d)|[-\u2013\u2014]+))?"
    number = _GROUP.join(groups) + decimals
    if value < 0:
        number = rf"(?:[-\u2212\u2013(]\s?{number}|{number}\s?-)"
    return rf"(?<!\d)(?<!\d[.,]){number}(?!\d)(?![.,]\d)"


def _date_expression(value: date) -> str:
    year = rf"(?:{value.year:04}|['\u2019]?{value.year % 100:02})"
    month, day = rf"0?{value.month}", rf"0?{value.day}"
    name = rf"(?:{_MONTHS[value.month - 1]})[^\W\d]*\.?"
    separator, space = r"\s?[-./\u2010-\u2015]\s?", r"[\s,.-]{1,3}(?:de\s|of\s)?"
    forms = (
        separator.join((year, month, day)),
        separator.join((day, month, year)),
        separator.join((month, day, year)),
        space.join((rf"{day}(?:st|nd|rd|th|er)?", name, year)),
        space.join((name, rf"{day}(?:st|nd|rd|th)?", year)),
        rf"{value.year}\s?[年년]\s?{month}\s?[月월]\s?{day}\s?[日일]?",
    )
    return rf"(?<!\d)(?:{'|'.join(forms)})(?!\d)"
