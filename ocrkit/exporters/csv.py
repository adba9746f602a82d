"""CSV (RFC 4180, UTF-8): a row for each word, for spreadsheets.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and what stands on a scan is
what somebody else has written there. So such a text gets an apostrophe before it, unless it is only a number.
`tsv`, `json` and `Document.to_dataframe` give the text as it was read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ocrkit.exporters._words import table
from ocrkit.exporters.base import Streamed
from ocrkit.result import COLUMNS

_TEXT = COLUMNS.index("text")
# Also behind white space, and in the wide forms that East Asian spreadsheets take for the same.
_FORMULA = re.compile(r"[\s\x00]*[=+\-@＝＋－＠]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*%?", re.ASCII)
_QUOTED = re.compile('[",\r\n]')


def _line(cells: Sequence[str]) -> str:
    shown = [_harmless(cell) if column == _TEXT else cell for column, cell in enumerate(cells)]
    return ",".join(_quoted(cell) for cell in shown) + "\r\n"


def _harmless(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"' if _QUOTED.search(cell) else cell


export = Streamed(table(_line))
