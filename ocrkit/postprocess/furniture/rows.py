"""The rows of text at the top and at the bottom of a page."""

from __future__ import annotations

import dataclasses
import itertools
import math
import statistics
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ocrkit.geometry import Box
from ocrkit.result import Block, Line, PageResult

Edge: TypeAlias = Literal["top", "bottom"]

MIN_LINES = 6
"""A page with fewer lines has no known text area."""
_REACH = 0.14
"""Furniture lies in this share of the page height at the top and at the bottom."""
MAX_ROWS = 3
_MIN_GAP = 1.2
"""The distance of furniture from the text, in line heights."""
_WIDER = 1.5
"""And relative to the usual distance of rows."""


@dataclass(frozen=True)
class Row:
    """Lines at the same height."""

    lines: tuple[Line, ...]
    box: Box

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    @property
    def height(self) -> float:
        return max(map(letter_height, self.lines))


@dataclass(frozen=True)
class EdgeRows:
    """Up to three rows at an edge, the outermost first, and the distance from each to the next."""

    rows: tuple[Row, ...]
    gaps: tuple[float, ...]
    """In line heights."""
    usual_gap: float = 0.0
    """The median distance between rows of the page, in line heights: handwriting stands far apart."""

    @property
    def apart(self) -> tuple[Row, ...]:
        """The outermost rows that a gap separates from the text; empty if none does."""
        for count, gap in enumerate(self.gaps, start=1):
            if gap >= max(_MIN_GAP, _WIDER * self.usual_gap):
                return self.rows[:count]
        return ()


def letter_height(line: Line) -> float:
    """The height across the reading direction; 0 if unknown."""
    if line.polygon and len(line.polygon) == 4:
        first, second, third, fourth = line.polygon
        return (math.dist(first, fourth) + math.dist(second, third)) / 2
    return line.box.height if line.box else 0.0


def is_horizontal(line: Line) -> bool:
    """Whether the text of a line runs across the page."""
    if not line.polygon:
        return False
    start, end = line.polygon[0], line.polygon[1]
    if len(line.text.strip()) == 1:  # higher than wide in any direction
        return abs(end.x - start.x) >= abs(end.y - start.y)
    return abs(end.x - start.x) >= 0.7 * abs(letter_height(line))


def has_text_area(page: PageResult) -> bool:
    """Whether the page is upright and has enough horizontal lines to know where its text is."""
    lines = [line for line in page.lines if line.box]
    horizontal = sum(map(is_horizontal, lines))
    return len(lines) >= MIN_LINES and 2 * horizontal >= len(lines) and not page.rotation


def edge_rows(blocks: Sequence[Block], page: PageResult) -> dict[Edge, EdgeRows]:
    """The rows at both edges. A table ends the search, because its first row is no furniture."""
    lines = [line for block in blocks for line in block.lines if line.polygon and line.text.strip()]
    if not lines:
        return {"top": EdgeRows((), ()), "bottom": EdgeRows((), ())}
    in_tables = {id(line) for block in blocks if block.table for line in block.lines}
    line_height = statistics.median(map(letter_height, lines)) or 1.0
    rows = _rows(lines)
    gaps = [_gap(above.box, below.box, "top") / line_height for above, below in itertools.pairwise(rows)]
    usual_gap = max(0.0, statistics.median(gaps)) if len(gaps) >= MIN_LINES else 0.0

    def outer(rows: Sequence[Row], edge: Edge) -> EdgeRows:
        found = _outer_rows(rows, page, edge, in_tables, line_height)
        return dataclasses.replace(found, usual_gap=usual_gap)

    return {"top": outer(rows, "top"), "bottom": outer(rows[::-1], "bottom")}


def _outer_rows(
    rows: Sequence[Row], page: PageResult, edge: Edge, in_tables: AbstractSet[int], line_height: float
) -> EdgeRows:
    """The first rows of these, which go from one edge to the other."""
    found: list[Row] = []
    gaps: list[float] = []
    for row, following in itertools.zip_longest(rows, rows[1:]):
        is_out_of_reach = (
            row.box.bottom > _REACH * page.height
            if edge == "top"
            else row.box.top < (1 - _REACH) * page.height
        )
        if len(found) == MAX_ROWS or is_out_of_reach or any(id(line) in in_tables for line in row.lines):
            break
        found.append(row)
        gaps.append(_gap(row.box, following.box, edge) / line_height if following else 0.0)
    return EdgeRows(tuple(found), tuple(gaps))


def _gap(outer: Box, inner: Box, edge: Edge) -> float:
    return inner.top - outer.bottom if edge == "top" else outer.top - inner.bottom


def _rows(lines: Sequence[Line]) -> list[Row]:
    """The lines grouped by height, from the top to the bottom. Vertical lines are left out."""
    groups: list[tuple[list[Line], Box]] = []
    boxed = [(line, box) for line in lines if (box := line.box) and is_horizontal(line)]
    for line, box in sorted(boxed, key=lambda item: item[1].center.y):
        if groups and groups[-1][1].bottom - box.top > 0.5 * min(box.height, groups[-1][1].height):
            groups[-1] = ([*groups[-1][0], line], groups[-1][1].union(box))
        else:
            groups.append(([line], box))
    return [
        Row(tuple(sorted(row, key=lambda line: line.box.left if line.box else 0)), box) for row, box in groups
    ]
