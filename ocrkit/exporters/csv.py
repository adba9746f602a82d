"""CSV with one row per word, for spreadsheets (RFC 4180, UTF-8).

Spreadsheets run cells that begin with `=`, `+`, `-` or `@` as formulas, and the text of a scan is untrusted
input. Such text gets an apostrophe in front, unless it is a number. `tsv`, `json` and
`DocumentResult.to_dataframe` contain the unchanged text.
"""

from __future__ import annotations

from collections.abc import Sequence

from ocrkit.exporters._word_table import word_table
from ocrkit.exporters.base import StreamingExporter
from ocrkit.result import COLUMNS
from ocrkit.result.table_formats import csv_row, escape_formula

_TEXT = COLUMNS.index("text")


def _format_row(cells: Sequence[str]) -> str:
    return csv_row([escape_formula(cell) if column == _TEXT else cell for column, cell in enumerate(cells)])


export = StreamingExporter(word_table(_format_row))
