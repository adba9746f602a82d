"""A provider's error codes as a table: what each one is here, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ocrkit.errors import BackendError


class ErrorRow(NamedTuple):
    """One code, or with a `*` at its end all that begin so."""

    code: str
    error: type[BackendError] | None
    """None: the service found no text, which is a result without blocks and no error."""
    advice: str = ""
    """What to do next."""


def rows(error: type[BackendError] | None, advice: str, *codes: str | int) -> tuple[ErrorRow, ...]:
    """Several codes that mean the same."""
    return tuple(ErrorRow(str(code), error, advice) for code in codes)


class ErrorTable:
    """Looks codes up: the exact one first, then the longest beginning. Iterating gives the rows."""

    def __init__(self, *groups: tuple[ErrorRow, ...], default: type[BackendError] = BackendError) -> None:
        self._rows = {row.code: row for group in groups for row in group}
        self._default = default
        if len(self._rows) != sum(len(group) for group in groups):
            raise ValueError("a code stands twice in the table")

    def __iter__(self) -> Iterator[ErrorRow]:
        return iter(self._rows.values())

    def row(self, code: str | int | None) -> ErrorRow:
        """The row for a code; for one that is not there a row with the default error."""
        text = "" if code is None else str(code)
        if text in self._rows:
            return self._rows[text]
        fitting = [key for key in self._rows if key.endswith("*") and text.startswith(key[:-1])]
        return self._rows[max(fitting, key=len)] if fitting else ErrorRow(text, self._default)

    def knows(self, code: str | int | None) -> bool:
        """Whether there is a row for a code."""
        return self.row(code).code in self._rows

    def is_blank(self, code: str | int | None) -> bool:
        """Whether the code says no more than that there is nothing to read."""
        return self.row(code).error is None

    def error(
        self,
        code: str | int | None,
        message: str | None = "",
        *,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> BackendError:
        """The error for a code, with what the provider says, and what to do."""
        row = self.row(code)
        kind = row.error or self._default
        text = ": ".join(part for part in (f"code {code}" if code is not None else "", message or "") if part)
        text = text or "the service refused without saying why"
        if row.advice:
            text = f"{text.rstrip('.')}. {row.advice[0].upper()}{row.advice[1:]}"
        return kind(text, request_id=request_id, retry_after=retry_after)
