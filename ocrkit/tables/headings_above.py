"""Headings above a table: over several of its columns (`Year ended`), or one slanted over each of them.

Both stand above the first ruling line or the first row with columns, so they are no part of the region.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ocrkit.geometry import Box, Point, Transform
from ocrkit.result import Line
from ocrkit.tables.columns import Column, covered_columns
from ocrkit.tables.grid import SAME_LINE, Grid
from ocrkit.tables.normalized_page import LINE_HEIGHT
from ocrkit.tables.text_rows import Fragment, TextRow, TextSegment, extent, row_bottom, row_top

_MIN_SLANT, _MAX_SLANT = 20.0, 80.0  # degrees
_MIN_SLANTED = 2
_MAX_ABOVE = 2.0 * LINE_HEIGHT  # from the lower end of a slanted heading down to the table
_MAX_DISTANCE = 1.5 * LINE_HEIGHT  # from a heading down to the first row
_MIN_COLUMNS = 3
_MAX_WORDS = 6  # of a heading
_TOLERANCE = 0.4 * LINE_HEIGHT


class SlantedLine(NamedTuple):
    """A line of text that runs aslant on the normalized page."""

    line: int
    """The index of the line in the result."""
    text: str
    lower_end: Point
    top: float


def slanted_lines(lines: Sequence[Line], transform: Transform) -> list[SlantedLine]:
    """The lines that run aslant on the normalized page."""
    found = []
    for index, line in enumerate(lines):
        if not line.polygon or len(line.polygon) != 4 or not line.text.strip():
            continue
        first, second, third, fourth = transform.polygon(line.polygon)
        angle = abs(math.degrees(math.atan2(second.y - first.y, second.x - first.x))) % 180
        if not _MIN_SLANT <= min(angle, 180 - angle) <= _MAX_SLANT:
            continue
        if math.dist(first, second) < math.dist(second, third):
            continue  # a line of few letters has no clear direction
        start, end = _middle(first, fourth), _middle(second, third)
        top = min(corner.y for corner in (first, second, third, fourth))
        found.append(SlantedLine(index, line.text, max(start, end, key=lambda point: point.y), top))
    return found


def _middle(one: Point, other: Point) -> Point:
    return Point((one.x + other.x) / 2, (one.y + other.y) / 2)


def with_slanted_headings(
    grid: Grid, rows: Sequence[TextRow], slanted: Sequence[SlantedLine]
) -> tuple[Grid, list[TextRow]]:
    """The grid and its rows, with the slanted lines above its columns as the first row.

    If ruling lines enclose them, the first row of the grid is theirs, beside the heading of the first column.
    """
    top = row_top(rows[0])
    over = [
        line for line in slanted if grid.xs[0] - LINE_HEIGHT <= line.lower_end.x <= grid.xs[-1] + LINE_HEIGHT
    ]
    enclosed = [line for line in over if grid.ys[0] < line.lower_end.y <= grid.ys[1] + _TOLERANCE]
    row = _heading_row(enclosed, grid, grid.ys[0], grid.ys[1])
    if row and not _cells_of([row], grid) & _cells_of(rows, grid):
        return grid, [row, *rows]
    above = [line for line in over if top - _MAX_ABOVE <= line.lower_end.y <= top + _TOLERANCE]
    head_top = min((line.top for line in above), default=0.0)
    row = _heading_row(above, grid, head_top, grid.ys[0])
    return (grid.with_row_above(head_top), [row, *rows]) if row else (grid, list(rows))


def _heading_row(lines: Sequence[SlantedLine], grid: Grid, top: float, bottom: float) -> TextRow:
    """The lines as a row of the grid, one in each column; empty if they are no headings."""
    by_column = {grid.column_at(line.lower_end.x): line for line in lines}
    if len(lines) < _MIN_SLANTED or len(by_column) < len(lines):
        return []
    row: TextRow = []
    for column, line in sorted(by_column.items()):
        middle = (grid.xs[column] + grid.xs[column + 1]) / 2
        box = Box(middle - 1, top, middle + 1, bottom - 1)  # in the cell, unlike its ink
        row.append(TextSegment.of([Fragment(line.line, None, line.text, box)]))
    return row


def _cells_of(rows: Sequence[TextRow], grid: Grid) -> set[tuple[int, int]]:
    """The cells that hold text."""
    fragments = (each for row in rows for segment in row for each in segment.fragments)
    return {grid.cell_at(*each.box.center) for each in fragments}


def with_heading_above(
    grid: Grid, rows: Sequence[TextRow], others: Sequence[TextRow]
) -> tuple[Grid, list[TextRow]]:
    """The grid and its rows, with the row above if that is a heading over several of its columns.

    Args:
        grid: the grid of a table.
        rows: the text rows of the table.
        others: the text rows of the page that are in no table, from top to bottom.
    """
    above = [row for row in others if row_bottom(row) <= grid.ys[0] + _TOLERANCE]
    kept = grid, list(rows)
    if grid.columns < _MIN_COLUMNS or not above or not _is_heading(above[-1], grid, rows):
        return kept
    heading = above[-1]
    gap = row_top(rows[0]) - row_bottom(heading)
    if len(above) > 1 and row_top(heading) - row_bottom(above[-2]) < min(gap, LINE_HEIGHT):
        return kept  # the last line of a paragraph
    columns = list(zip(grid.xs, grid.xs[1:], strict=False))
    spans = [_span(segment, columns) for segment in heading]
    taken = [column for span in spans for column in span]
    if len(set(taken)) < len(taken) or all(len(span) == 1 for span in spans):
        return kept
    taller = grid.with_row_above(extent([heading]).top)
    for span in spans:
        taller.merge(0, span[0], 0, span[-1])
    return taller, [heading, *rows]


def _is_heading(row: TextRow, grid: Grid, rows: Sequence[TextRow]) -> bool:
    """Whether a row is close to the table, short, and beside its first column."""
    is_close = row_top(rows[0]) - row_bottom(row) < _MAX_DISTANCE
    is_inside = row[0].box.left >= grid.xs[1] - _TOLERANCE and row[-1].box.right <= grid.xs[-1] + _TOLERANCE
    is_short = all(len(segment.text.split()) <= _MAX_WORDS for segment in row)
    return is_close and is_inside and is_short and len(row) < grid.columns


def _span(segment: TextSegment, columns: Sequence[Column]) -> range:
    """The columns that a heading is over: those that it covers, and more if it is centered over these."""
    own = covered_columns(segment, columns)
    best, least = own, _off_center(segment, columns, own)
    for first in range(1, own[0] + 1):
        for last in range(own[-1], len(columns)):
            off = _off_center(segment, columns, range(first, last + 1))
            if off < least - SAME_LINE:
                best, least = range(first, last + 1), off
    return best


def _off_center(segment: TextSegment, columns: Sequence[Column], span: range) -> float:
    return abs((columns[span[0]][0] + columns[span[-1]][1]) / 2 - segment.box.center.x)
