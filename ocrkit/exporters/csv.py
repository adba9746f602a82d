"""CSV (RFC 4180, UTF-8): a row for each word, for spreadsheets.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and what stands on a scan is
what somebody else has written there. So such a text gets an apostrophe before it, unless it is only a number.
`tsv`, `json` and `DocumentResult.to_dataframe` give the text as it was read.
"""

from __future__ import annotations

from collections.abc import Sequence

from ocrkit.exporters._words import table
from ocrkit.exporters.base import Streamed
from ocrkit.result import COLUMNS
from ocrkit.result.table_formats import csv_line, harmless

_TEXT = COLUMNS.index("text")


def _line(cells: Sequence[str]) -> str:
    return csv_line([harmless(cell) if column == _TEXT else cell for column, cell in enumerate(cells)])


export = Streamed(table(_line))
