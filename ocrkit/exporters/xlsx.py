"""XLSX: a workbook with a sheet for each table, for Excel, LibreOffice and their like.

What stands on a scan is what somebody else has written there: nothing of it becomes a formula or a link. A
number becomes one only where it can be read in one way, and looks as it was printed: `12`, `-3.50`, `0.125`.
`1,234` and `1.234` mean different numbers in different countries, `007` is a name, and an amount with its
currency is a text.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ocrkit.errors import missing_extra
from ocrkit.exporters._structure import cleaned
from ocrkit.result import Cell, DocumentResult, Table

_NUMBER = re.compile(r"[-\u2212]?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,2}|\.[0-9]{4,10})?|[-\u2212]?0\.[0-9]{3}")
_MOST_DIGITS = 15  # that a spreadsheet keeps
_LONGEST = 32_767  # characters that a cell holds
_TALLEST, _WIDEST = 1_048_576, 16_384
_NO_TIME = dt.datetime(2000, 1, 1)  # noqa: DTZ001 – XLSX has no zones; the same bytes whenever it is written
_NONE = "No table was found. Tables are looked for when the scene is 'table'."


def export(document: DocumentResult) -> bytes:
    """The workbook. A document without tables has one sheet, which says so."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise missing_extra("XlsxWriter", "xlsx", "a workbook of tables") from error
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"created": _NO_TIME})
        writer = _Writer(book)
        for name, table in _named(document):
            writer.table(book.add_worksheet(name), table)
        if not book.worksheets():
            book.add_worksheet("No tables").write_string(0, 0, _NONE)
    return buffer.getvalue()


def _named(document: DocumentResult) -> Iterator[tuple[str, Table]]:
    """Each table with the name of its sheet."""
    seen: Counter[str] = Counter()
    for page in document.pages:
        for number, table in enumerate(page.tables, start=1):
            name = f"Page {page.number}, table {number}"
            seen[name] += 1
            again = seen[name]  # where pages of several documents were put together
            yield name if again == 1 else f"{name} ({again})", table


class _Writer:
    """Writes tables. Formats belong to the workbook: one for each number of decimals."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._formats: dict[int | None, Any] = {}

    def table(self, sheet: Any, table: Table) -> None:
        for cell in table.cells:
            self._cell(sheet, cell)
        sheet.autofit()

    def _cell(self, sheet: Any, cell: Cell) -> None:
        last_row, last_column = cell.row + cell.row_span - 1, cell.column + cell.column_span - 1
        if last_row >= _TALLEST or last_column >= _WIDEST:
            return
        text = "\n".join(map(cleaned, cell.text.split("\n")))[:_LONGEST]
        number = _number(text)
        shown = self._format(number[1] if number else None)
        if cell.row_span > 1 or cell.column_span > 1:
            sheet.merge_range(cell.row, cell.column, last_row, last_column, "", shown)
        if number:
            sheet.write_number(cell.row, cell.column, number[0], shown)
        elif text:
            sheet.write_string(cell.row, cell.column, text, shown)  # never a formula, whatever it begins with

    def _format(self, decimals: int | None) -> Any:
        if decimals not in self._formats:
            code = "@" if decimals is None else "0." + "0" * decimals if decimals else "0"
            self._formats[decimals] = self._book.add_format(
                {"num_format": code, "text_wrap": decimals is None, "valign": "top"}
            )
        return self._formats[decimals]


def _number(text: str) -> tuple[float, int] | None:
    """The number that a text can only mean, and how many decimals it has."""
    if not _NUMBER.fullmatch(text) or sum(each.isdigit() for each in text) > _MOST_DIGITS:
        return None
    return float(text.replace("\u2212", "-")), len(text.partition(".")[2])
