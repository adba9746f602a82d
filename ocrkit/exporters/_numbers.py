"""Numbers as text."""

from __future__ import annotations


def format_decimal(value: float, places: int = 4) -> str:
    """A decimal number without an exponent and without trailing zeros."""
    text = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
