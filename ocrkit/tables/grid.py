"""Rows and columns, and cells that take several of them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from ocrkit.geometry import Box
from ocrkit.tables.pieces import Row
from ocrkit.tables.regions import bottom, top
from ocrkit.tables.sheet import LINE

SAME = 0.4 * LINE
"""Rules closer than this are one: double rules, the two edges of a thick one."""
ACROSS = 0.6
"""So much of a table's width has a rule between two of its rows."""


class Place(NamedTuple):
    """Where a cell stands in the grid, and on the sheet."""

    row: int
    column: int
    row_span: int
    column_span: int
    box: Box


class Grid:
    """Slots, some of which are joined to cells."""

    def __init__(self, ys: Sequence[float], xs: Sequence[float]) -> None:
        self.ys, self.xs = ys, xs
        self.rows, self.columns = len(ys) - 1, len(xs) - 1
        self._cell = {
            (row, column): (row, column, row, column)
            for row in range(self.rows)
            for column in range(self.columns)
        }

    def join(self, top: int, left: int, bottom: int, right: int) -> None:
        """Make one cell of all slots from one to another, and of the cells that reach into it."""
        while True:
            among = {
                self._cell[row, column] for row in range(top, bottom + 1) for column in range(left, right + 1)
            }
            whole = (
                min(each[0] for each in among), min(each[1] for each in among),
                max(each[2] for each in among), max(each[3] for each in among),
            )  # fmt: skip
            if whole == (top, left, bottom, right):
                break
            top, left, bottom, right = whole
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                self._cell[row, column] = whole

    def row_at(self, y: float) -> int:
        return min(max(sum(y >= each for each in self.ys) - 1, 0), self.rows - 1)

    def column_at(self, x: float) -> int:
        return min(max(sum(x >= each for each in self.xs) - 1, 0), self.columns - 1)

    def first_of(self, x: float, y: float) -> tuple[int, int]:
        """Row and column of the cell at a place on the sheet."""
        return self._cell[self.row_at(y), self.column_at(x)][:2]

    def places(self) -> list[Place]:
        """All cells, row by row."""
        return [
            Place(top, left, bottom - top + 1, right - left + 1,
                  Box(self.xs[left], self.ys[top], self.xs[right + 1], self.ys[bottom + 1]))
            for top, left, bottom, right in sorted(set(self._cell.values()))
        ]  # fmt: skip


def inner(places: Sequence[float], low: float, high: float) -> list[float]:
    """The places of rules between two edges, one for those that are nearly the same."""
    groups: list[list[float]] = []
    for place in sorted(places):
        if groups and place - groups[-1][-1] < SAME:
            groups[-1].append(place)
        else:
            groups.append([place])
    middles = [statistics.fmean(group) for group in groups]
    return [place for place in middles if low + SAME < place < high - SAME]


def between(groups: Sequence[list[Row]]) -> list[float]:
    """The middle between each group of lines and the next."""
    return [(max(map(bottom, a)) + min(map(top, b))) / 2 for a, b in pairwise(groups)]
