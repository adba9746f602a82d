"""The fields of cards and receipts."""

from __future__ import annotations

from typing import Any

from ocrkit.result import Block, Field, Line
from ocrkit.result.fields import date_value, period_values

_DATES = frozenset({"birth_date", "date", "valid_from", "valid_until"})


class FieldCollector:
    """Collects fields by name, and the lines that they are made of."""

    def __init__(self) -> None:
        self.fields: dict[str, Field] = {}
        self._lines: list[Line] = []

    def add(self, name: str, text: str | None, *, value: str | None = None, **region: Any) -> None:
        """Add a field unless its text is blank. A period in `valid_until` also gives `valid_from`.

        Args:
            name: its name in `ocrkit.result.fields.FIELD_NAMES`.
            text: what the service read.
            value: what it means, if that is not the text.
            **region: `polygon` and `confidence`.
        """
        text = " ".join((text or "").split())
        if not text:
            return
        self._lines.append(Line(text=text, **region))
        value = value or text
        period = period_values(value) if name == "valid_until" else None
        if period:
            self.fields["valid_from"] = Field(value=period[0], **region)
            value = period[1]
        self.fields[name] = Field(value=field_value(name, value), **region)

    def add_line(self, text: str | None, **region: Any) -> None:
        """Add a text that is no field, unless it is blank."""
        text = " ".join((text or "").split())
        if text:
            self._lines.append(Line(text=text, **region))

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The lines as one block, or none."""
        return (Block.of(self._lines),) if self._lines else ()


def field_value(name: str, text: str) -> str:
    """The value of a field: its text, or for a date its uniform spelling."""
    return date_value(text) if name in _DATES else text
