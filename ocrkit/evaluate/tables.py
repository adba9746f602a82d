"""Tables against their truth: cells in their places, and cells with their neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser
from typing import NamedTuple, TypeAlias

from ocrkit.errors import SourceError
from ocrkit.evaluate.rates import overlap
from ocrkit.evaluate.text import Rules
from ocrkit.result import Cell, Table

_Facts: TypeAlias = list[object]


class TableScore(NamedTuple):
    """F1 over all tables of a page."""

    cells: float
    """Cells with the same text in the same row and column, with the same spans."""
    neighbours: float
    """Cells with the same text beside or above the same cell: a row too many spoils only its surroundings."""


def read(text: str, path: str) -> tuple[Table, ...]:
    """The tables of an HTML file. Raises `SourceError` where there is none."""
    parser = _Tables()
    parser.feed(text)
    parser.close()
    if not parser.tables:
        raise SourceError("has no <table>", path=path)
    return tuple(Table(cells=tuple(_placed(rows))) for rows in parser.tables)


def score(found: Sequence[Table], truth: Sequence[Table], rules: Rules) -> TableScore:
    """Each table of the truth takes the one that fits it best; those that are left over are wrong."""
    return TableScore(
        _best(found, truth, lambda table: _cells(table, rules)),
        _best(found, truth, lambda table: _neighbours(table, rules)),
    )


def _best(found: Sequence[Table], truth: Sequence[Table], facts: Callable[[Table], _Facts]) -> float:
    rest = [facts(table) for table in found]
    read: _Facts = []
    there: _Facts = []
    for number, table in enumerate(truth):
        wanted = facts(table)
        there += [(number, fact) for fact in wanted]
        if rest:
            taken = max(rest, key=lambda each: overlap(each, wanted))
            rest.remove(taken)
            read += [(number, fact) for fact in taken]
    read += [(-1 - number, fact) for number, each in enumerate(rest) for fact in each]
    return overlap(read, there)


def _cells(table: Table, rules: Rules) -> _Facts:
    return [
        (cell.row, cell.column, cell.row_span, cell.column_span, rules.plain(cell.text))
        for cell in table.cells
        if cell.text.strip()
    ]


def _neighbours(table: Table, rules: Rules) -> _Facts:
    grid = {
        (cell.row + down, cell.column + right): cell
        for cell in table.cells
        for down in range(cell.row_span)
        for right in range(cell.column_span)
    }
    facts: _Facts = []
    for cell in table.cells:
        if not cell.text.strip():
            continue
        ways = {"right": (0, 1), "below": (1, 0)}
        for way, (down, right) in ways.items():
            for other in _next(cell, grid, down, right, table):
                facts.append((way, rules.plain(cell.text), rules.plain(other.text)))
    return facts


def _next(
    cell: Cell, grid: dict[tuple[int, int], Cell], down: int, right: int, table: Table
) -> Iterator[Cell]:
    """The cells with text that come next in a direction, empty ones passed over, each once."""
    met: list[Cell] = []
    sideways = range(cell.column_span) if down else range(cell.row_span)
    for along in sideways:
        row = cell.row + (cell.row_span if down else along)
        column = cell.column + (cell.column_span if right else along)
        while row < table.row_count and column < table.column_count:
            other = grid.get((row, column))
            if other is not None and other.text.strip():
                if not any(other is each for each in met):
                    met.append(other)
                    yield other
                break
            row, column = row + down, column + right


class _Tables(HTMLParser):
    """Rows of cells, with their spans; a table inside of a cell is text of that cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[tuple[list[str], int, int]]]] = []
        self._depth = 0
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
        if self._depth != 1:
            return
        if tag == "tr":
            self.tables[-1].append([])
            self._in_cell = False
        elif tag in ("td", "th"):
            if not self.tables[-1]:
                self.tables[-1].append([])
            spans = dict(attrs)
            self.tables[-1][-1].append(([], _span(spans.get("rowspan")), _span(spans.get("colspan"))))
            self._in_cell = True
        elif tag in ("br", "p", "div"):
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._depth = max(0, self._depth - 1)
        elif tag in ("td", "th", "tr") and self._depth == 1:
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell and self._depth:
            self.tables[-1][-1][-1][0].append(data)


def _span(value: str | None) -> int:
    return max(1, min(1000, int(value))) if value and value.isdecimal() else 1


def _placed(rows: Sequence[Sequence[tuple[list[str], int, int]]]) -> Iterator[Cell]:
    """As a browser places them: a cell goes where none that spans from above stands yet."""
    taken: set[tuple[int, int]] = set()
    for row, cells in enumerate(rows):
        column = 0
        for texts, row_span, column_span in cells:
            while any((row, column + right) in taken for right in range(column_span)):
                column += 1
            high = min(row_span, len(rows) - row)
            taken |= {(row + down, column + right) for down in range(high) for right in range(column_span)}
            yield Cell(
                text=" ".join("".join(texts).split()),
                row=row, column=column, row_span=high, column_span=column_span,
            )  # fmt: skip
            column += column_span
