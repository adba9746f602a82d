"""Build the grid of a table without vertical lines: its columns lie between the gutters of its text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ocrkit.tables.columns import Column, covered_columns, find_columns, is_aligned, is_row_of_numbers
from ocrkit.tables.detection import TableRegion
from ocrkit.tables.grid import FULL_WIDTH, SAME_LINE, Grid, boundaries, inner_positions
from ocrkit.tables.normalized_page import LINE_HEIGHT
from ocrkit.tables.row_grouping import group_text_rows
from ocrkit.tables.ruling_lines import RulingLine
from ocrkit.tables.text_rows import TextRow, TextSegment, row_middle, rows_in

_MIN_FILLED = 0.5  # share of the slots of a table without lines; text in columns by chance fills fewer
_MIN_ROWS_WITH_LINE = 0.7  # share of the text rows, if each line ends a table row
_ALWAYS_SPLIT = 4  # text rows between two lines, which are split even if each line ends a table row
_MAX_LINE_DISTANCE = 1.2 * LINE_HEIGHT  # from a heading over several columns down to its line
_MIN_OVER_LINE = 0.8  # share of a heading that lies over its line
_MIN_COLUMN_COVERED = 0.5  # share of a column, or of the line if that is shorter


def build_borderless_grid(region: TableRegion, text: Sequence[TextRow]) -> Grid | None:
    """The grid of a region and its text; None if the text has no columns."""
    box, horizontal = region.box, region.lines.horizontal
    columns = find_columns(text)
    if len(columns) < 2:
        return None
    left, right = min(box.left, columns[0][0]), max(box.right, columns[-1][1])
    wide = [line.position for line in horizontal if line.length >= FULL_WIDTH * box.width]
    narrow = [line for line in horizontal if line.length < FULL_WIDTH * box.width]
    bands = [
        (below, rows)
        for above, below in pairwise([box.top, *inner_positions(wide, box.top, box.bottom), box.bottom])
        if (rows := rows_in(text, box._replace(left=left, top=above, right=right, bottom=below)))
    ]
    body = find_columns([row for _, rows in bands[1:] for row in rows])
    body_columns = body if len(body) == len(columns) else columns
    each_row_has_line = len(bands) > 2 and len(bands) >= _MIN_ROWS_WITH_LINE * len(text) - 1
    ys, table_rows = [box.top], []
    for number, (below, rows) in enumerate(bands):
        groups = _split_at_lines(rows, narrow)
        if not each_row_has_line or len(rows) >= _ALWAYS_SPLIT:
            is_head = number == 0 and len(bands) > 1
            own = body_columns if is_head else columns
            groups = [part for group in groups for part in group_text_rows(group, own, heading=is_head)]
        ys += [*boundaries(groups), below]
        table_rows += groups
    if not horizontal and _filled_share(table_rows, columns) < _MIN_FILLED:
        return None
    grid = Grid(ys, [left, *((a[1] + b[0]) / 2 for a, b in pairwise(columns)), right])
    _merge_headings(grid, table_rows, body_columns, narrow)
    return grid


def _split_at_lines(rows: Sequence[TextRow], horizontal: Sequence[RulingLine]) -> list[list[TextRow]]:
    groups = [[rows[0]]]
    for above, below in pairwise(rows):
        if any(row_middle(above) < line.position < row_middle(below) for line in horizontal):
            groups.append([])
        groups[-1].append(below)
    return groups


def _filled_share(table_rows: Sequence[list[TextRow]], columns: Sequence[Column]) -> float:
    """The share of slots that hold text."""
    filled = {
        (number, column)
        for number, group in enumerate(table_rows)
        for row in group
        for segment in row
        for column in covered_columns(segment, columns)
    }
    return len(filled) / (len(table_rows) * len(columns))


def _merge_headings(
    grid: Grid, table_rows: Sequence[list[TextRow]], columns: Sequence[Column], narrow: Sequence[RulingLine]
) -> None:
    """Merge the cells that one segment spans."""
    for number, group in enumerate(table_rows):
        segments = [segment for row in group for segment in row]
        for segment in segments:
            if is_row_of_numbers(segment, columns):
                continue
            first, last = _spanned_columns(segment, segments, columns, narrow)
            grid.merge(number, first, number, last)


def _spanned_columns(
    segment: TextSegment, row: Sequence[TextSegment], columns: Sequence[Column], narrow: Sequence[RulingLine]
) -> tuple[int, int]:
    """The first and the last column that a segment spans in its table row."""
    own = covered_columns(segment, columns)
    for line in narrow:  # the line below a heading shows best what it spans
        is_below = 0 < line.position - segment.box.center.y < _MAX_LINE_DISTANCE
        if is_below and segment.overlap(line.start, line.end) > _MIN_OVER_LINE * segment.box.width:
            over = [
                number
                for number, (left, right) in enumerate(columns)
                if line.covered_length(left, right) > _MIN_COLUMN_COVERED * min(right - left, line.length)
            ]
            if over:
                return min(over[0], own[0]), max(over[-1], own[-1])
    if len(row) == 1 or (len(own) == 1 and is_aligned(segment, columns[own[0]])):
        return own[0], own[-1]
    taken = {number for other in row if other is not segment for number in covered_columns(other, columns)}
    return _centered_over(segment, columns, taken)


def _centered_over(segment: TextSegment, columns: Sequence[Column], taken: set[int]) -> tuple[int, int]:
    """The columns that a heading is centered over, as far as no other segment covers them."""
    own = covered_columns(segment, columns)
    best = (own[0], own[-1])
    for first in range(own[0], -1, -1):
        if first in taken:
            break
        for last in range(own[-1], len(columns)):
            if last in taken:
                break
            if _off_center(segment, columns, first, last) < _off_center(segment, columns, *best) - SAME_LINE:
                best = (first, last)
    return best


def _off_center(segment: TextSegment, columns: Sequence[Column], first: int, last: int) -> float:
    return abs((columns[first][0] + columns[last][1]) / 2 - segment.box.center.x)
