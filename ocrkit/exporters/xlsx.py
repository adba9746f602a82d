"""XLSX workbooks with one sheet per table, for Excel, LibreOffice and others.

The text of a scan is untrusted input, so it never becomes a formula or a link. A text becomes a number only
if it is unambiguous, and is displayed as printed: `12`, `-3.50`, `0.125`. `1,234` and `1.234` are different
numbers in different countries, `007` is an identifier, and an amount with a currency stays text.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ocrkit.errors import missing_extra
from ocrkit.exporters._structure import clean_line
from ocrkit.result import Cell, DocumentResult, Table

_NUMBER = re.compile(r"[-\u2212]?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,2}|\.[0-9]{4,10})?|[-\u2212]?0\.[0-9]{3}")
_MAX_DIGITS = 15  # more lose precision in a spreadsheet
_MAX_CHARACTERS = 32_767  # in a cell
_MAX_ROWS, _MAX_COLUMNS = 1_048_576, 16_384
_CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001 – XLSX has no time zones; a fixed time keeps output reproducible
_NO_TABLES = "No table was found. The scene 'table' finds more tables than the scene 'document'."


def export(document: DocumentResult) -> bytes:
    """The workbook. Without tables it has one sheet that says so."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise missing_extra("XlsxWriter", "xlsx", "a workbook of tables") from error
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"created": _CREATED})
        writer = _TableWriter(book)
        for name, table in _named_tables(document):
            writer.write(book.add_worksheet(name), table)
        if not book.worksheets():
            book.add_worksheet("No tables").write_string(0, 0, _NO_TABLES)
    return buffer.getvalue()


def _named_tables(document: DocumentResult) -> Iterator[tuple[str, Table]]:
    """Each table with the unique name of its sheet."""
    seen: Counter[str] = Counter()
    for page in document.pages:
        for number, table in enumerate(page.tables, start=1):
            name = f"Page {page.number}, table {number}"
            seen[name] += 1
            count = seen[name]  # page numbers repeat where documents were merged
            yield name if count == 1 else f"{name} ({count})", table


class _TableWriter:
    """Writes tables. Number formats are shared by the workbook: one for each number of decimal places."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._formats: dict[int | None, Any] = {}

    def write(self, sheet: Any, table: Table) -> None:
        for cell in table.cells:
            self._cell(sheet, cell)
        sheet.autofit()

    def _cell(self, sheet: Any, cell: Cell) -> None:
        last_row, last_column = cell.row + cell.row_span - 1, cell.column + cell.column_span - 1
        if last_row >= _MAX_ROWS or last_column >= _MAX_COLUMNS:
            return
        text = "\n".join(map(clean_line, cell.text.split("\n")))[:_MAX_CHARACTERS]
        number = _parse_number(text)
        cell_format = self._format(number[1] if number else None)
        if cell.row_span > 1 or cell.column_span > 1:
            sheet.merge_range(cell.row, cell.column, last_row, last_column, "", cell_format)
        if number:
            sheet.write_number(cell.row, cell.column, number[0], cell_format)
        elif text:
            sheet.write_string(cell.row, cell.column, text, cell_format)  # never a formula

    def _format(self, decimals: int | None) -> Any:
        if decimals not in self._formats:
            code = "@" if decimals is None else "0." + "0" * decimals if decimals else "0"
            self._formats[decimals] = self._book.add_format(
                {"num_format": code, "text_wrap": decimals is None, "valign": "top"}
            )
        return self._formats[decimals]


def _parse_number(text: str) -> tuple[float, int] | None:
    """An unambiguous number and its decimal places."""
    if not _NUMBER.fullmatch(text) or sum(character.isdigit() for character in text) > _MAX_DIGITS:
        return None
    return float(text.replace("\u2212", "-")), len(text.partition(".")[2])
