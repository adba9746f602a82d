"""Pages and documents that could not be read, in the same form for `recognize_many`, batches and clusters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ocrkit import errors
from ocrkit.errors import BackendError, OcrkitError


@dataclass(frozen=True)
class Failure:
    """A document, or one page of it, that could not be read."""

    source: Any
    """The source as it was given; in a batch its path."""
    kind: str
    """The class of the error, for instance `BackendTimeoutError`."""
    message: str
    page: int | None = None
    """The page number, counted from 1; None if the whole document failed."""
    name: str | None = None
    """In a batch, the name of the document below its folder."""
    error: OcrkitError = field(kw_only=True, compare=False, repr=False)
    """The error, ready to be raised."""

    @classmethod
    def of(cls, source: Any, error: OcrkitError) -> Failure:
        """The failure of a whole document."""
        return cls(source, type(error).__name__, error.message, error=error)

    @property
    def exit_code(self) -> int:
        """The exit code of the command line for this kind of error."""
        return self.error.exit_code

    def __str__(self) -> str:
        where = str(self.source) if self.page is None else f"{self.source}, page {self.page}"
        return f"{where}: {self.message}"

    def as_row(self) -> dict[str, str | int | None]:
        """The failure as plain data, for `failures.jsonl`."""
        return {
            "name": self.name,
            "path": str(self.source),
            "page": self.page,
            "kind": self.kind,
            "message": self.message,
            "exit_code": self.exit_code,
        }


def error_of(kind: str, message: str) -> OcrkitError:
    """An error of this kind, or a `BackendError` for a kind that ocrkit does not define."""
    found = getattr(errors, kind, None)
    if isinstance(found, type) and issubclass(found, OcrkitError):
        return found(message)
    return BackendError(message)
