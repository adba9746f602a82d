"""The values in a row of the journal, with a checksum that tells a damaged row from a good one."""

from __future__ import annotations

import copy
import hashlib
import json
import zlib
from dataclasses import asdict, dataclass

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from ocrkit.errors import BadResponseError, OcrkitError
from ocrkit.result import PageResult


@dataclass(frozen=True)
class Problem:
    """An error as data: its kind, message and exit code.

    Without the file and the page: files with the same content share one.
    """

    kind: str
    message: str
    exit_code: int

    @classmethod
    def of(cls, error: OcrkitError) -> Problem:
        bare = copy.copy(error)
        for where in ("path", "page"):
            if hasattr(bare, where):
                setattr(bare, where, None)
        return cls(type(error).__name__, str(bare), error.exit_code)


@dataclass(frozen=True)
class FileRecord:
    """The journal's record of a file: its number of pages, or why it cannot be opened."""

    pages: int | None = None
    problem: Problem | None = None


def encodable(name: str) -> str:
    """The name of a file, which may have any bytes, as text for SQLite."""
    return name.encode("utf-8", "backslashreplace").decode()


def compressed(result: PageResult) -> bytes:
    """A result as the journal stores it.

    Raises:
        BadResponseError: a backend or a step put a value into it that JSON cannot hold, or that is not valid.
    """
    try:
        data = result.model_dump_json(warnings="error").encode()
        PageResult.model_validate_json(data)
    except (ValueError, TypeError, PydanticSerializationError, RecursionError) as error:
        reason = _first_line(error)
        raise BadResponseError(
            f"the result has a value that cannot be stored as JSON ({reason}); the backend or a "
            "post-processing step must return valid values"
        ) from error
    return zlib.compress(data, 3)


def decompressed(data: object) -> PageResult | None:
    """A stored result, or None if it is damaged."""
    try:
        return PageResult.model_validate_json(zlib.decompress(data))  # type: ignore[arg-type]
    except (zlib.error, ValidationError, TypeError, ValueError, MemoryError):
        return None  # SQLite does not enforce the type of a column


def checksum(*values: object) -> str:
    """The checksum of the values of a row, whatever their types."""
    return hashlib.sha256(repr(values).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def problem_text(problem: Problem | None) -> str | None:
    """A problem as the journal stores it."""
    return None if problem is None else json.dumps(asdict(problem))


def problem_of(text: str | None) -> Problem | None:
    """The problem in a row whose checksum is right."""
    return None if text is None else Problem(**json.loads(text))


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    text = lines[0] if lines else type(error).__name__
    return text.encode("utf-8", "backslashreplace").decode()[:200]
