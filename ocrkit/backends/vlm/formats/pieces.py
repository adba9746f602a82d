"""The content of a reply, before its boxes are placed on the image."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ocrkit.backends.remote import Rotation
from ocrkit.result import BlockKind

_MOST_POSITIONS = 100_000


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of a table, with its first row and column counted from 0."""

    row: int
    column: int
    text: str
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True, slots=True)
class Piece:
    """A block of a reply."""

    text: str = ""
    kind: BlockKind = "text"
    level: int | None = None
    """The level of a heading."""
    numbers: tuple[float, ...] = ()
    """Its box (four numbers) or corners (eight), in the unit of the model."""
    cells: tuple[GridCell, ...] = ()
    latex: str | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.text.strip() or self.cells or self.latex or self.kind in ("picture", "signature"))


@dataclass(frozen=True, slots=True)
class Reply:
    """The content of a reply, in reading order."""

    pieces: tuple[Piece, ...] = ()
    turn: Rotation = 0
    """The clockwise rotation that the model asks for, to make the page upright."""
    warnings: tuple[str, ...] = ()


def fitted(cells: Iterable[GridCell]) -> tuple[GridCell, ...]:
    """The cells without overlaps: spans are shortened, and a cell on a taken position is left out.

    Rows and columns in which no cell begins are not part of the table.
    """
    cells = sorted(cells, key=lambda each: (each.row, each.column))
    row_count = max((cell.row for cell in cells), default=0) + 1
    column_count = max((cell.column for cell in cells), default=0) + 1
    taken: set[tuple[int, int]] = set()
    found = []
    for cell in cells:
        if (cell.row, cell.column) in taken:
            continue
        columns, rows = 1, 1
        most_columns = min(cell.column_span, column_count - cell.column)
        while columns < most_columns and (cell.row, cell.column + columns) not in taken:
            columns += 1
        most_rows = min(cell.row_span, row_count - cell.row)
        while rows < most_rows and not any(
            (cell.row + rows, cell.column + right) in taken for right in range(columns)
        ):
            rows += 1
        if len(taken) + rows * columns > _MOST_POSITIONS:
            break
        taken |= {(cell.row + down, cell.column + right) for down in range(rows) for right in range(columns)}
        found.append(GridCell(cell.row, cell.column, cell.text, rows, columns))
    return tuple(found) if row_count * column_count <= _MOST_POSITIONS else ()
