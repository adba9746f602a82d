"""The grid of a table: rows, columns, and cells that span several of them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from ocrkit.geometry import Box
from ocrkit.tables.normalized_page import LINE_HEIGHT
from ocrkit.tables.text_rows import TextRow, row_bottom, row_top

SAME_LINE = 0.4 * LINE_HEIGHT
"""Ruling lines closer than this are one: double lines, or the two edges of a thick one."""
FULL_WIDTH = 0.6
"""The share of the table's width that a line must cover to separate two rows from side to side."""


class GridCell(NamedTuple):
    """A cell, and its box on the normalized page."""

    row: int
    column: int
    row_span: int
    column_span: int
    box: Box


class Grid:
    """A grid of slots, each a cell of its own until it is merged with others."""

    def __init__(self, ys: Sequence[float], xs: Sequence[float]) -> None:
        self.ys, self.xs = ys, xs
        self.rows, self.columns = len(ys) - 1, len(xs) - 1
        self._cells = {
            (row, column): (row, column, row, column)
            for row in range(self.rows)
            for column in range(self.columns)
        }
        """By slot: the first row and column of its cell, and the last ones."""

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        """Merge a rectangle of slots, and all cells that reach into it, into one cell."""
        while True:
            touched = {
                self._cells[row, column]
                for row in range(top, bottom + 1)
                for column in range(left, right + 1)
            }
            merged = (
                min(each[0] for each in touched), min(each[1] for each in touched),
                max(each[2] for each in touched), max(each[3] for each in touched),
            )  # fmt: skip
            if merged == (top, left, bottom, right):
                break
            top, left, bottom, right = merged
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                self._cells[row, column] = merged

    def with_row_above(self, top: float) -> Grid:
        """A new grid with one more row at the top, whose cells are not merged."""
        grid = Grid([top, *self.ys], self.xs)
        for first_row, left, last_row, right in set(self._cells.values()):
            grid.merge(first_row + 1, left, last_row + 1, right)
        return grid

    def row_at(self, y: float) -> int:
        return min(max(sum(y >= each for each in self.ys) - 1, 0), self.rows - 1)

    def column_at(self, x: float) -> int:
        return min(max(sum(x >= each for each in self.xs) - 1, 0), self.columns - 1)

    def cell_at(self, x: float, y: float) -> tuple[int, int]:
        """The first row and column of the cell at a point."""
        return self._cells[self.row_at(y), self.column_at(x)][:2]

    def cells(self) -> list[GridCell]:
        """All cells, row by row."""
        return [
            GridCell(top, left, bottom - top + 1, right - left + 1,
                     Box(self.xs[left], self.ys[top], self.xs[right + 1], self.ys[bottom + 1]))
            for top, left, bottom, right in sorted(set(self._cells.values()))
        ]  # fmt: skip


def inner_positions(positions: Sequence[float], low: float, high: float) -> list[float]:
    """The positions of lines between two edges. Lines that are nearly the same become one."""
    groups: list[list[float]] = []
    for position in sorted(positions):
        if groups and position - groups[-1][-1] < SAME_LINE:
            groups[-1].append(position)
        else:
            groups.append([position])
    means = [statistics.fmean(group) for group in groups]
    return [mean for mean in means if low + SAME_LINE < mean < high - SAME_LINE]


def boundaries(groups: Sequence[list[TextRow]]) -> list[float]:
    """The y halfway between each group of text rows and the next."""
    return [(max(map(row_bottom, a)) + min(map(row_top, b))) / 2 for a, b in pairwise(groups)]
