"""Tables from the cells of a response."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from ocrkit.backends.remote.schema import first_problem
from ocrkit.errors import BadResponseError
from ocrkit.geometry import Polygon
from ocrkit.result import Block, Cell, Line, Table

_LARGEST_TABLE = 100_000


class TableBuilder:
    """Collects the cells of a table and the lines in them, in any order."""

    def __init__(self) -> None:
        self._cells: list[tuple[Cell, tuple[Line, ...]]] = []

    def __len__(self) -> int:
        """The number of cells."""
        return len(self._cells)

    def add(
        self,
        lines: Iterable[Line],
        *,
        row: int,
        column: int,
        text: str | None = None,
        row_span: int = 1,
        column_span: int = 1,
        **region: Any,
    ) -> None:
        """Add a cell.

        Args:
            lines: its lines of text.
            row: its first row, counted from 0.
            column: its first column, counted from 0.
            text: its text, if it differs from that of its lines.
            row_span: the number of its rows; less than 1 counts as 1.
            column_span: the number of its columns; less than 1 counts as 1.
            **region: `polygon`, `confidence` … of the cell.

        Raises:
            BadResponseError: the values are not those of a cell.
        """
        lines = tuple(lines)
        if text is None:
            text = "\n".join(line.text for line in lines)
        spans = {"row_span": max(1, row_span), "column_span": max(1, column_span)}
        try:
            cell = Cell(text=text, row=row, column=column, **spans, **region)
        except ValidationError as error:
            problem = first_problem(error)
        else:
            self._cells.append((cell, lines))
            return
        raise BadResponseError(f"the response has an invalid table cell: {problem}")

    def block(self, polygon: Polygon | None = None) -> Block:
        """The table as a block. Raises `BadResponseError` for cells that overlap."""
        lines: list[Line] = []
        cells: list[Cell] = []
        for cell, own in sorted(self._cells, key=lambda each: (each[0].row, each[0].column)):
            numbers = tuple(range(len(lines), len(lines) + len(own)))
            cells.append(cell.model_copy(update={"lines": numbers}))
            lines += own
        outline = {"polygon": polygon} if polygon else {}
        return Block.of(lines, kind="table", table=_table(cells, polygon), **outline)


def _table(cells: list[Cell], polygon: Polygon | None) -> Table:
    rows = max((cell.row + cell.row_span for cell in cells), default=0)
    columns = max((cell.column + cell.column_span for cell in cells), default=0)
    if rows * columns > _LARGEST_TABLE:
        raise BadResponseError(f"the response has an invalid table of {rows} × {columns} cells")
    try:
        return Table(cells=tuple(cells), polygon=polygon)
    except ValidationError as error:
        problem = first_problem(error)
    raise BadResponseError(f"the response has an invalid table: {problem}")
