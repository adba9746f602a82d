"""The cells of tables in HTML."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from html.parser import HTMLParser

_MOST_SPANNED = 1000


@dataclass
class HtmlCell:
    """A cell: its first row and column, its spans, and its lines of text."""

    row: int
    column: int
    row_span: int
    column_span: int
    header: bool
    lines: list[str] = field(default_factory=list)


def html_cells(markup: str) -> list[HtmlCell]:
    """The cells of the first table. Cells that earlier ones reach into move to the right, as in a browser."""
    parser = _Parser()
    with contextlib.suppress(AssertionError):  # html.parser raises it for declarations such as `<![1`
        parser.feed(markup)
        parser.close()
    parser.end_cell()
    return parser.cells


class _Parser(HTMLParser):
    """Places cells on the grid, row by row."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.cells: list[HtmlCell] = []
        self._row = -1
        self._column = 0
        self._taken: dict[int, int] = {}
        """For each column the first row below the cell in it."""
        self._cell: HtmlCell | None = None
        self._text: list[str] = []
        self._ended = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._ended:
            return
        if tag == "tr":
            self.end_cell()
            self._row += 1
            self._column = 0
        elif tag in ("td", "th"):
            self.end_cell()
            self._begin_cell(dict(attrs), header=tag == "th")
        elif tag in ("br", "p", "div", "li"):
            self._text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self.end_cell()
        self._ended = self._ended or (tag == "table" and bool(self.cells))

    def handle_data(self, data: str) -> None:
        self._text.append(data.replace("\n", " "))

    def end_cell(self) -> None:
        if self._cell is not None:
            rows = "".join(self._text).split("\n")
            self._cell.lines = [text for row in rows if (text := " ".join(row.split()))]
        self._cell, self._text = None, []

    def _begin_cell(self, attributes: dict[str, str | None], *, header: bool) -> None:
        self._row = max(0, self._row)
        while self._taken.get(self._column, 0) > self._row:
            self._column += 1
        rows, columns = (_span(attributes.get(name)) for name in ("rowspan", "colspan"))
        columns = self._free(columns)
        self._cell = HtmlCell(self._row, self._column, rows, columns, header)
        self.cells.append(self._cell)
        for column in range(self._column, self._column + columns):
            self._taken[column] = self._row + rows
        self._column += columns

    def _free(self, wanted: int) -> int:
        """How many of the wanted columns no cell of an earlier row reaches into."""
        for count in range(1, wanted):
            if self._taken.get(self._column + count, 0) > self._row:
                return count
        return wanted


def _span(value: str | None) -> int:
    return min(_MOST_SPANNED, max(1, int(value))) if value and value.isdecimal() and len(value) < 9 else 1
