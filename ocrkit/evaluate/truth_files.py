"""Read files with ground truth, and HTML and numbers in them, which may come from anywhere."""

from __future__ import annotations

import math
from html.parser import HTMLParser
from pathlib import Path

from ocrkit.errors import SourceError

_MAX_BYTES = 64_000_000


def read_truth(path: Path) -> bytes:
    """The content of a file with ground truth. Raises `SourceError` if it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", path=str(path)) from error
    if len(data) > _MAX_BYTES:
        raise SourceError(f"is larger than {_MAX_BYTES:,} bytes; split it by pages", path=str(path))
    return data


def feed(parser: HTMLParser, text: str, path: str) -> None:
    """Parse a whole HTML file. Raises `SourceError` where the parser of Python gives up."""
    try:
        parser.feed(text)
        parser.close()
    except (AssertionError, ValueError, RecursionError) as error:
        raise SourceError(f"is invalid: {error}", path=path) from None


def number(text: str) -> float:
    """A finite number. Raises `ValueError`."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a position is not a finite number")
    return value
