"""Find columns of text that no lines separate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from ocrkit.tables.normalized_page import LINE_HEIGHT
from ocrkit.tables.text_rows import TextRow, TextSegment, is_number

Column: TypeAlias = tuple[float, float]
"""The left and the right edge of a column."""

_MIN_OVERLAP = 0.25 * LINE_HEIGHT  # of a segment with a column or another segment
_MIN_GUTTER = 0.2 * LINE_HEIGHT
_MAX_DISTANCE = 2.0 * LINE_HEIGHT  # between two parts of one column
_ALIGNED = 0.6 * LINE_HEIGHT
_MIN_ROWS = 3  # rows that show a gutter
_MIN_ROWS_BOTH_SIDES = 0.5  # share of the rows with text on both sides of a gutter
_MAX_CROSSING = 1 / 8  # share of the rows with text across a gutter


def find_columns(rows: Sequence[TextRow]) -> list[Column]:
    """The columns from left to right. Segments that span several columns do not count."""
    columns: list[Column] = []
    plain = [segment for row in rows for segment in row if not _spans_columns(segment, rows)]
    for segment in sorted(plain, key=lambda each: each.box.left):
        if columns and segment.box.left - columns[-1][1] < _MIN_GUTTER:
            columns[-1] = (columns[-1][0], max(columns[-1][1], segment.box.right))
        else:
            columns.append((segment.box.left, segment.box.right))
    return _merge_complementary([part for column in columns for part in _split(column, plain, rows)], rows)


def _spans_columns(segment: TextSegment, rows: Sequence[TextRow]) -> bool:
    """Whether most rows with text above or below the segment have several segments there."""
    others = (row for row in rows if all(each is not segment for each in row))
    counts = [
        sum(segment.overlap(each.box.left, each.box.right) > _MIN_OVERLAP for each in row) for row in others
    ]
    several = sum(count > 1 for count in counts)
    return several > 0 and 2 * several >= sum(count > 0 for count in counts)


def _split(column: Column, plain: Sequence[TextSegment], rows: Sequence[TextRow]) -> list[Column]:
    """Split a column at gutters that few segments cross: those segments span both parts."""
    gutter = max(_gutters(column, plain, rows), key=lambda each: each[0], default=None)
    if gutter is None:
        return [column]
    _, left, right = gutter
    return [*_split((column[0], left), plain, rows), *_split((right, column[1]), plain, rows)]


def _gutters(
    column: Column, plain: Sequence[TextSegment], rows: Sequence[TextRow]
) -> Iterator[tuple[int, float, float]]:
    """Gutters that may split a column: the number of rows with text on both sides, left edge, right edge."""
    inside = [segment for segment in plain if segment.overlap(*column) > 0]
    ids = {id(segment) for segment in inside}
    count = sum(any(id(segment) in ids for segment in row) for row in rows)
    edges = sorted({edge for segment in inside for edge in (segment.box.left, segment.box.right)})
    for left, right in pairwise(edges):
        crossing = [segment for segment in inside if segment.box.left < right and segment.box.right > left]
        if right - left < _MIN_GUTTER or len(crossing) > _MAX_CROSSING * count:
            continue
        both = sum(
            any(column[0] <= segment.box.left and segment.box.right <= left for segment in row)
            and any(right <= segment.box.left and segment.box.right <= column[1] for segment in row)
            for row in rows
        )
        if both >= max(_MIN_ROWS, _MIN_ROWS_BOTH_SIDES * count):
            yield both, left, right


def _merge_complementary(columns: list[Column], rows: Sequence[TextRow]) -> list[Column]:
    """Merge neighbors that no row uses together, such as a heading and numbers under its other end."""
    used = [{number for segment in row for number in covered_columns(segment, columns)} for row in rows]
    merged: list[Column] = []
    members: list[set[int]] = []
    for number, column in enumerate(columns):
        own = {index for index, numbers in enumerate(used) if number in numbers}
        if merged and not own & members[-1] and column[0] - merged[-1][1] < _MAX_DISTANCE:
            merged[-1] = (merged[-1][0], column[1])
            members[-1] |= own
        else:
            merged.append(column)
            members.append(own)
    return merged


def covered_columns(segment: TextSegment, columns: Sequence[Column]) -> range:
    """The columns that a segment covers, or the one nearest to it."""
    min_overlap = min(_MIN_OVERLAP, segment.box.width / 2)
    covered = [number for number, column in enumerate(columns) if segment.overlap(*column) > min_overlap]
    if covered:
        return range(covered[0], covered[-1] + 1)
    middle = segment.box.center.x
    nearest = min(
        range(len(columns)), key=lambda each: max(columns[each][0] - middle, middle - columns[each][1])
    )
    return range(nearest, nearest + 1)


def is_row_of_numbers(segment: TextSegment, columns: Sequence[Column]) -> bool:
    """Whether a segment across columns is a number for each of them, close together: `1,136 876 680`."""
    numbers = [fragment for fragment in segment.fragments if is_number(fragment.text)]
    if len(numbers) < 2 or len(numbers) < len(segment.fragments):
        return False
    own = [
        next((n for n, (left, right) in enumerate(columns) if left <= each.box.center.x <= right), None)
        for each in numbers
    ]
    return None not in own and len(set(own)) == len(own)


def is_aligned(segment: TextSegment, column: Column) -> bool:
    """Whether a segment is left-aligned, right-aligned or centered in a column."""
    left, right = segment.box.left - column[0], column[1] - segment.box.right
    return min(abs(left), abs(right), abs(left - right) / 2) < _ALIGNED
