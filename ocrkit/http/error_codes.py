"""A provider's error codes as a table: which error each one is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ocrkit.errors import BackendError


class ErrorRow(NamedTuple):
    """One code, or all codes with a prefix if it ends in `*`."""

    code: str
    error: type[BackendError] | None
    """None: the service found nothing, which is an empty result and not an error."""
    advice: str = ""
    """What to do next."""


def rows(error: type[BackendError] | None, advice: str, *codes: str | int) -> tuple[ErrorRow, ...]:
    """Rows for several codes with the same meaning."""
    return tuple(ErrorRow(str(code), error, advice) for code in codes)


class ErrorTable:
    """Looks up codes: the exact one first, then the longest prefix. Iterating gives the rows."""

    def __init__(self, *groups: tuple[ErrorRow, ...], default: type[BackendError] = BackendError) -> None:
        self._rows = {row.code: row for group in groups for row in group}
        self._default = default
        if len(self._rows) != sum(len(group) for group in groups):
            raise ValueError("a code is in the table twice")

    def __iter__(self) -> Iterator[ErrorRow]:
        return iter(self._rows.values())

    def row(self, code: str | int | None) -> ErrorRow:
        """The row for a code; for an unknown code, a row with the default error."""
        text = "" if code is None else str(code)
        if text in self._rows:
            return self._rows[text]
        prefixes = [key for key in self._rows if key.endswith("*") and text.startswith(key[:-1])]
        return self._rows[max(prefixes, key=len)] if prefixes else ErrorRow(text, self._default)

    def __contains__(self, code: str | int | None) -> bool:
        return self.row(code).code in self._rows

    def means_empty(self, code: str | int | None) -> bool:
        """Whether the code only says that the service found nothing."""
        return self.row(code).error is None

    def error(
        self,
        code: str | int | None,
        message: str | None = "",
        *,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> BackendError:
        """The error for a code, with the provider's message and the advice of the row."""
        row = self.row(code)
        kind = row.error or self._default
        text = ": ".join(part for part in (f"code {code}" if code is not None else "", message or "") if part)
        text = text or "the service refused the request without a reason"
        if row.advice:
            text = f"{text.rstrip('.')}; {row.advice}"
        return kind(text, request_id=request_id, retry_after=retry_after)
