"""Find table regions: by crossing lines, by stacked horizontal lines, or by columns of text alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from ocrkit.geometry import Box, Point, bounding_box
from ocrkit.tables.normalized_page import LINE_HEIGHT
from ocrkit.tables.ruling_lines import RulingLine, RulingLines
from ocrkit.tables.text_rows import TextRow, extent, row_bottom, row_top, rows_in

_TOLERANCE = 0.4 * LINE_HEIGHT  # a line may end this far from its crossing
_MIN_SHARED_WIDTH = 0.8  # share of the longer of two horizontal lines of one table
_MIN_INSIDE = 0.8  # share of its length that a line has inside its table
_MIN_COLUMN_GAP = 0.9 * LINE_HEIGHT
_PROSE_WIDTH = 9.0 * LINE_HEIGHT  # two segments of a row that are both this wide are text in columns
_MIN_ROWS_WITH_COLUMNS = 0.34  # share of the rows of a table
_MAX_NARROW_WIDTH = 0.6  # share of the table's width; a wider line of text is prose
_MIN_ROWS = 3  # fewer rows may have the same columns by chance
_MIN_ROWS_TO_JUDGE = 4  # fewer rows do not show whether they have columns
_MAX_ROW_DISTANCE = 3.5 * LINE_HEIGHT  # between two rows of a table without lines
_MIN_TABLE_DISTANCE = 2.5 * LINE_HEIGHT  # less space between two lines holds one row of a table
_MAX_CELL_ROWS = 4  # text rows of one cell, if nothing is beside them
_MAX_LEADING = 0.3 * LINE_HEIGHT  # between two text rows of one cell


class TableRegion(NamedTuple):
    """A box that may hold a table, and the ruling lines in it."""

    box: Box
    lines: RulingLines


def find_crossing_regions(lines: RulingLines) -> list[TableRegion]:
    """Regions where vertical lines cross horizontal ones."""
    groups: list[tuple[list[RulingLine], list[RulingLine]]] = []
    for vertical in lines.vertical:
        crossed = [horizontal for horizontal in lines.horizontal if _cross(horizontal, vertical)]
        if len(crossed) < 2:
            continue
        merged = (crossed, [vertical])
        for group in [group for group in groups if any(each in group[0] for each in crossed)]:
            groups.remove(group)
            new = [each for each in merged[0] if each not in group[0]]
            merged = ([*group[0], *new], group[1] + merged[1])
        groups.append(merged)
    return [TableRegion(_bounds(*group), RulingLines(sorted(group[0]), sorted(group[1]))) for group in groups]


def _cross(horizontal: RulingLine, vertical: RulingLine) -> bool:
    return (
        vertical.start - _TOLERANCE <= horizontal.position <= vertical.end + _TOLERANCE
        and horizontal.start - _TOLERANCE <= vertical.position <= horizontal.end + _TOLERANCE
    )


def _bounds(horizontal: Sequence[RulingLine], vertical: Sequence[RulingLine] = ()) -> Box:
    corners = [Point(x, each.position) for each in horizontal for x in (each.start, each.end)]
    corners += [Point(each.position, y) for each in vertical for y in (each.start, each.end)]
    return bounding_box(corners)


def find_stacked_regions(horizontal: Sequence[RulingLine], rows: Sequence[TextRow]) -> list[TableRegion]:
    """Regions where lines of the same width lie above one another, with columns of text between them."""
    tables = [part for stack in _stacks(horizontal) for part in _split_into_tables(stack, rows)]
    boxes = [_bounds(lines) for lines in tables if len(lines) > 1]
    return [_region(box, horizontal) for box in boxes if _is_tabular(rows_in(rows, box))]


def _stacks(horizontal: Sequence[RulingLine]) -> list[list[RulingLine]]:
    """Lines of the same width and place, from top to bottom."""
    stacks: list[list[RulingLine]] = []
    for line in sorted(horizontal):
        for stack in stacks:
            shared = stack[0].covered_length(line.start, line.end)
            if shared >= _MIN_SHARED_WIDTH * max(stack[0].length, line.length):
                stack.append(line)
                break
        else:
            stacks.append([line])
    return stacks


def _split_into_tables(stack: list[RulingLine], rows: Sequence[TextRow]) -> list[list[RulingLine]]:
    """Split a stack of lines where a heading, a note, or empty space separates two tables."""
    tables = [[stack[0]]]
    for above, below in pairwise(stack):
        between = rows_in(rows, _bounds([above, below]))
        has_columns = any(len(row) > 1 for row in between)
        if len(between) >= _MIN_ROWS_TO_JUDGE:
            has_columns = has_columns and _is_tabular(between)
        if not has_columns and below.position - above.position > _MIN_TABLE_DISTANCE:
            tables.append([])
        tables[-1].append(below)
    return tables


def _region(box: Box, horizontal: Sequence[RulingLine]) -> TableRegion:
    return TableRegion(box, RulingLines([line for line in horizontal if _belongs_to(line, box)], []))


def _belongs_to(horizontal: RulingLine, box: Box) -> bool:
    is_beside = box.top - _TOLERANCE <= horizontal.position <= box.bottom + _TOLERANCE
    return is_beside and horizontal.covered_length(box.left, box.right) > _MIN_INSIDE * horizontal.length


def find_column_regions(rows: Sequence[TextRow], horizontal: Sequence[RulingLine]) -> list[TableRegion]:
    """Regions where consecutive rows of text have columns."""
    groups = _consecutive_rows_with_columns(rows)
    boxes = [extent(group) for group in groups if len(group) >= _MIN_ROWS and _is_tabular(group)]
    return [_region(box, horizontal) for box in boxes]


def _consecutive_rows_with_columns(rows: Sequence[TextRow]) -> list[list[TextRow]]:
    """Groups of rows, with the rows between them that have no columns but may belong to the table."""
    groups: list[list[TextRow]] = [[]]
    pending: list[TextRow] = []

    def end_group() -> None:
        if pending and _continues_last_cell(pending, groups[-1]):
            groups[-1].extend(pending)
        groups.append([])
        pending.clear()

    for row in rows:
        if groups[-1] and row_top(row) - row_bottom((pending or groups[-1])[-1]) > _MAX_ROW_DISTANCE:
            end_group()
        if not _has_columns(row):
            pending.extend([row] if groups[-1] else [])
            continue
        if not _may_belong(pending, groups[-1]):
            end_group()
        groups[-1] += [*pending, row]
        pending.clear()
    end_group()
    return groups


def _may_belong(plain: Sequence[TextRow], table: Sequence[TextRow]) -> bool:
    """Whether rows without columns may belong to a table: one as a heading, several as text of one cell."""
    if not plain or _fits_one_column(plain, table):
        return True
    if len(plain) > 1 or len(plain[0]) > 1:
        return False
    segment = plain[0][0]
    is_narrow = segment.box.width < _MAX_NARROW_WIDTH * extent(table).width
    return is_narrow or sum(segment.overlap(each.box.left, each.box.right) > 0 for each in table[-1]) < 2


def _fits_one_column(plain: Sequence[TextRow], table: Sequence[TextRow]) -> bool:
    inner, outer = extent(plain), extent(table)
    is_inside = outer.left - _TOLERANCE <= inner.left and inner.width < _MAX_NARROW_WIDTH * outer.width
    return is_inside and len(plain) <= _MAX_CELL_ROWS


def _continues_last_cell(plain: Sequence[TextRow], table: Sequence[TextRow]) -> bool:
    is_close = row_top(plain[0]) - row_bottom(table[-1]) < _MAX_LEADING
    return is_close and plain[0][0].text[:1].islower() and _fits_one_column(plain, table)


def merge_regions(stacked: Sequence[TableRegion], by_columns: Sequence[TableRegion]) -> list[TableRegion]:
    """The stacked regions, extended as far as their columns continue; then the regions that have no lines."""
    merged, without_lines = list(stacked), []
    for region in by_columns:
        hits = [index for index, each in enumerate(merged) if each.box.intersection(region.box)]
        if len(hits) == 1:
            other = merged[hits[0]]
            horizontal = sorted({*other.lines.horizontal, *region.lines.horizontal})
            merged[hits[0]] = TableRegion(other.box.union(region.box), RulingLines(horizontal, []))
        elif not hits:
            without_lines.append(region)
    return merged + without_lines


def _is_tabular(rows: Sequence[TextRow]) -> bool:
    """Whether enough of the rows have columns other than those of prose."""
    return sum(map(_has_columns, rows)) >= max(1.0, _MIN_ROWS_WITH_COLUMNS * len(rows))


def _has_columns(row: TextRow) -> bool:
    has_gap = any(after.box.left - before.box.right > _MIN_COLUMN_GAP for before, after in pairwise(row))
    return has_gap and sorted(segment.box.width for segment in row)[-2] < _PROSE_WIDTH
