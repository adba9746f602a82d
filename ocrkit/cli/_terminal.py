"""Text from files, shown on a terminal: control characters are escaped."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

# Controls, among them the escape character and its one-byte forms; marks that reverse the order of the text
# around them; and surrogates, except those for bytes of file names that are not UTF-8.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udc7f\udc80-\udc9f\udd00-\udfff]"
)


def printable(text: str) -> str:
    r"""The text with `\u001b` for each control character. Tabs and line breaks stay."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def one_line(text: str) -> str:
    """The text in one line, with escaped control characters."""
    return printable(" ".join(text.split()))


def show(text: object = "", *, flush: bool = False) -> None:
    """Print a text that may hold names of files or words of a page. A pipe gets it unchanged."""
    print(printable(str(text)) if sys.stdout.isatty() else text, flush=flush)


def show_json(data: Any) -> None:
    """Print JSON. Escaped characters inside its texts are valid JSON."""
    text = data if isinstance(data, str) else json.dumps(data, indent=2, ensure_ascii=False)
    show(text)


def for_stdout(data: bytes) -> bytes:
    """The bytes of a result, escaped if standard output is a terminal. A pipe gets them unchanged."""
    if not sys.stdout.isatty():
        return data
    try:
        return printable(data.decode()).encode()
    except UnicodeError:  # a binary format
        return data
