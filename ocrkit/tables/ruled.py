"""Build the grid of a table with vertical lines. Where lines are missing, its text decides."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from ocrkit.geometry import Box
from ocrkit.tables.columns import Column, find_columns
from ocrkit.tables.detection import TableRegion
from ocrkit.tables.grid import FULL_WIDTH, SAME_LINE, Grid, boundaries, inner_positions
from ocrkit.tables.normalized_page import LINE_HEIGHT
from ocrkit.tables.row_grouping import group_text_rows, numbers_align
from ocrkit.tables.ruling_lines import RulingLine
from ocrkit.tables.text_rows import TextRow, rows_in

_MIN_COVERED = 0.5  # share of its side that has a line, or the cell continues beyond it
_MIN_ROWS_WITH_SEVERAL = 0.6  # share of the rows, if a ruled column holds several columns of text
_MIN_ROWS_WITH_ONE = 0.7  # share of the rows, if the lines of a column are too faint to be found


def build_ruled_grid(region: TableRegion, text: Sequence[TextRow]) -> Grid:
    """The grid of a region and its text."""
    box, (horizontal, vertical) = region.box, region.lines
    edges = [box.left, *inner_positions([line.position for line in vertical], box.left, box.right), box.right]
    gutters = _gutters(edges, text)
    xs = sorted([*edges, *gutters])
    drawn = [
        box.top,
        *inner_positions([line.position for line in horizontal], box.top, box.bottom),
        box.bottom,
    ]
    undrawn = _undrawn_boundaries(region, drawn, text, list(pairwise(xs)))
    ys = _trim_empty(sorted([*drawn, *undrawn]), box, text)
    grid = Grid(ys, xs)
    _merge_columns(grid, vertical, gutters)
    _merge_rows(grid, horizontal, undrawn, text)
    _merge_over_gutters(grid, gutters, text)
    return grid


def _gutters(edges: Sequence[float], text: Sequence[TextRow]) -> set[float]:
    """The x between columns of text that no line separates."""
    gutters: set[float] = set()
    for left, right in pairwise(edges):
        parts = ([segment for segment in row if left <= segment.box.center.x < right] for row in text)
        rows = [part for part in parts if part]
        several = [row for row in rows if len(row) > 1]
        if len(several) > 2 and len(several) >= _MIN_ROWS_WITH_SEVERAL * len(rows):
            columns = find_columns(rows)
            gutters |= {(a[1] + b[0]) / 2 for a, b in pairwise(columns) if b[0] - a[1] > LINE_HEIGHT}
    return gutters


def _undrawn_boundaries(
    region: TableRegion, drawn: Sequence[float], text: Sequence[TextRow], columns: Sequence[Column]
) -> list[float]:
    """The y between table rows that no line separates. If there are many bands, each band is one row."""
    box, horizontal = region.box, region.lines.horizontal
    full = [y for y in drawn[1:-1] if _covered(horizontal, y, box.left, box.right) >= FULL_WIDTH * box.width]
    bands = [
        (above, below, rows_in(text, box._replace(top=above, bottom=below)))
        for above, below in pairwise([box.top, *full, box.bottom])
    ]
    are_many = sum(bool(rows) for _, _, rows in bands) > 2
    undrawn = []
    for number, (above, below, rows) in enumerate(bands):
        if len(rows) < 2 or any(above < y < below for y in drawn):
            continue
        if not are_many or numbers_align(rows, columns):
            is_head = number == 0 and len(bands) > 1
            undrawn += boundaries(group_text_rows(rows, columns, heading=is_head))
    return undrawn


def _trim_empty(ys: list[float], box: Box, text: Sequence[TextRow]) -> list[float]:
    """Drop empty bands at the top and at the bottom, such as those of lines that frame a heading."""
    filled = [bool(rows_in(text, box._replace(top=a, bottom=b))) for a, b in pairwise(ys)]
    if not any(filled):
        return ys
    return ys[filled.index(True) : len(ys) - filled[::-1].index(True)]


def _merge_columns(grid: Grid, vertical: Sequence[RulingLine], gutters: Collection[float]) -> None:
    """Merge cells side by side where the line between them is missing."""
    for row, (above, below) in enumerate(pairwise(grid.ys)):
        for column, x in enumerate(grid.xs[1:-1]):
            if x not in gutters and _covered(vertical, x, above, below) < _MIN_COVERED * (below - above):
                grid.merge(row, column, row, column + 1)


def _merge_rows(
    grid: Grid, horizontal: Sequence[RulingLine], undrawn: Collection[float], text: Sequence[TextRow]
) -> None:
    """Merge cells above one another where the line between them is missing."""
    for column, (left, right) in enumerate(pairwise(grid.xs)):
        min_covered = _MIN_COVERED * (right - left)
        missing = [
            y
            for y in grid.ys[1:-1]
            if y not in undrawn and _covered(horizontal, y, left, right) < min_covered
        ]
        if len(missing) > 2 and _has_text_in_each_row(grid.ys, left, right, text):
            continue  # the lines are there, but too faint
        for row, y in enumerate(grid.ys[1:-1]):
            if y in missing:
                grid.merge(row, column, row + 1, column)


def _has_text_in_each_row(ys: Sequence[float], left: float, right: float, text: Sequence[TextRow]) -> bool:
    """Whether nearly every row of a column holds one line of text."""
    centers = [segment.box.center for row in text for segment in row]
    heights = [y for x, y in centers if left <= x < right]
    counts = [sum(above < height <= below for height in heights) for above, below in pairwise(ys)]
    return sum(count == 1 for count in counts) >= max(3.0, _MIN_ROWS_WITH_ONE * len(counts))


def _merge_over_gutters(grid: Grid, gutters: Collection[float], text: Sequence[TextRow]) -> None:
    """Merge the cells that one segment crosses, where no line separates them."""
    for segment in (segment for row in text for segment in row):
        left, right = segment.box.left, segment.box.right
        crossed = [
            column
            for column, x in enumerate(grid.xs)
            if x in gutters and segment.overlap(left, x) > SAME_LINE and segment.overlap(x, right) > SAME_LINE
        ]
        if crossed:
            row = grid.row_at(segment.box.center.y)
            grid.merge(row, crossed[0] - 1, row, crossed[-1])


def _covered(lines: Sequence[RulingLine], position: float, start: float, end: float) -> float:
    """How much of an interval the lines at a position cover."""
    return sum(line.covered_length(start, end) for line in lines if abs(line.position - position) < SAME_LINE)
