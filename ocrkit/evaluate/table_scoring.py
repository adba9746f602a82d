"""Read tables from HTML, and score recognized tables against them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser
from typing import NamedTuple, TypeAlias

from pydantic import ValidationError

from ocrkit.errors import SourceError
from ocrkit.evaluate.normalization import Rules
from ocrkit.evaluate.rates import bag_f1
from ocrkit.evaluate.truth_files import feed
from ocrkit.result import Cell, Table

_Facts: TypeAlias = list[object]
"""The facts about one table that are scored."""


_MAX_SPAN = 1000
_MAX_SLOTS = 100_000


class TableScore(NamedTuple):
    """F1 over all tables of a page."""

    cells: float
    """Cells with the same text, row, column and spans."""
    neighbors: float
    """Cells with the same text next to the same cell: an extra row costs only the pairs around it."""


def read_html_tables(text: str, path: str) -> tuple[Table, ...]:
    """The tables of an HTML file. Raises `SourceError` if it has none."""
    parser = _HtmlTables()
    feed(parser, text, path)
    if not parser.tables:
        raise SourceError("has no <table>; put its tables into <table> elements", path=path)
    try:
        return tuple(Table(cells=tuple(_place_cells(rows, path))) for rows in parser.tables)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]["msg"]
    raise SourceError(f"has an invalid table: {problem}", path=path)


def score_tables(found: Sequence[Table], truth: Sequence[Table], rules: Rules) -> TableScore:
    """Match each table of the truth with the one that fits it best. Unmatched tables are wrong."""
    return TableScore(
        _f1(found, truth, lambda table: _cells(table, rules)),
        _f1(found, truth, lambda table: _neighbors(table, rules)),
    )


def _f1(found: Sequence[Table], truth: Sequence[Table], facts_of: Callable[[Table], _Facts]) -> float:
    unmatched = [facts_of(table) for table in found]
    found_facts: _Facts = []
    truth_facts: _Facts = []
    for number, table in enumerate(truth):
        facts = facts_of(table)
        truth_facts += [(number, fact) for fact in facts]
        if unmatched:
            best = max(unmatched, key=lambda each: bag_f1(each, facts))
            unmatched.remove(best)
            found_facts += [(number, fact) for fact in best]
    found_facts += [(-1 - number, fact) for number, each in enumerate(unmatched) for fact in each]
    return bag_f1(found_facts, truth_facts)


def _cells(table: Table, rules: Rules) -> _Facts:
    return [
        (cell.row, cell.column, cell.row_span, cell.column_span, rules.normalize(cell.text))
        for cell in table.cells
        if cell.text.strip()
    ]


def _neighbors(table: Table, rules: Rules) -> _Facts:
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
        for direction, (down, right) in {"right": (0, 1), "below": (1, 0)}.items():
            for other in _next_cells(cell, grid, down, right, table):
                facts.append((direction, rules.normalize(cell.text), rules.normalize(other.text)))
    return facts


def _next_cells(
    cell: Cell, grid: dict[tuple[int, int], Cell], down: int, right: int, table: Table
) -> Iterator[Cell]:
    """The nearest cells with text in a direction, each once."""
    seen: list[Cell] = []
    side = range(cell.column_span) if down else range(cell.row_span)
    for offset in side:
        row = cell.row + (cell.row_span if down else offset)
        column = cell.column + (cell.column_span if right else offset)
        while row < table.row_count and column < table.column_count:
            other = grid.get((row, column))
            if other is not None and other.text.strip():
                if not any(other is each for each in seen):
                    seen.append(other)
                    yield other
                break
            row, column = row + down, column + right


class _HtmlTables(HTMLParser):
    """Rows of cells with their spans. A nested table becomes text of its cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[tuple[list[str], int, int]]]] = []
        """Tables of rows of cells, each with its texts, row span and column span."""
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
    """A span as browsers read it. Only the first digits count: Python refuses numbers with thousands."""
    if not value or not value.isdecimal():
        return 1
    value = value.lstrip("0")
    return _MAX_SPAN if len(value) > len(str(_MAX_SPAN)) else max(1, min(_MAX_SPAN, int(value or "1")))


def _place_cells(rows: Sequence[Sequence[tuple[list[str], int, int]]], path: str) -> Iterator[Cell]:
    """Place cells as a browser does: each in the first slot that no cell from above spans."""
    taken: set[tuple[int, int]] = set()
    for row, cells in enumerate(rows):
        column = 0
        for texts, row_span, column_span in cells:
            while any((row, column + right) in taken for right in range(column_span)):
                column += 1
            height = min(row_span, len(rows) - row)
            if len(taken) + height * column_span > _MAX_SLOTS:
                raise SourceError(f"has a table of more than {_MAX_SLOTS:,} cells; split it", path=path)
            taken |= {(row + down, column + right) for down in range(height) for right in range(column_span)}
            yield Cell(
                text=" ".join("".join(texts).split()),
                row=row, column=column, row_span=height, column_span=column_span,
            )  # fmt: skip
            column += column_span
