"""Group text rows into table rows: a text row may continue the cells above it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from ocrkit.tables.columns import Column, covered_columns, is_aligned
from ocrkit.tables.normalized_page import LINE_HEIGHT
from ocrkit.tables.text_rows import TextRow, TextSegment, is_number, row_middle

_MIN_FILLED = 0.85  # share of its column that a line fills if its text continues below
_MIN_FULL_WIDTH = 3.0 * LINE_HEIGHT  # of a line that ends because its column is full
_MAX_DISTANCE = 1.9 * LINE_HEIGHT  # between the middles of two lines of one cell
_MIN_ALIGNED_NUMBERS = 0.6  # share of the rows with a number below a number


def group_text_rows(
    rows: Sequence[TextRow], columns: Sequence[Column], *, heading: bool
) -> list[list[TextRow]]:
    """Group text rows, from top to bottom, into rows of the table.

    Args:
        rows: the text rows, from top to bottom.
        columns: the columns of the table.
        heading: whether the rows are the head of the table, where most text rows belong together.
    """
    groups: list[list[TextRow]] = []
    for row in rows:
        if groups and _continues(groups[-1], row, columns, heading=heading):
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _continues(group: list[TextRow], row: TextRow, columns: Sequence[Column], *, heading: bool) -> bool:
    """Whether a text row belongs to the table row above it."""
    above = group[-1]
    whole = _by_column([segment for each in group for segment in each], columns)
    before, after = _by_column(above, columns), _by_column(row, columns)
    if row_middle(row) - row_middle(above) > _MAX_DISTANCE or _has_spanning(above, after.keys(), columns):
        return False
    if 0 not in after and all(segment.text[:1] in "([" for segment in row):
        return True  # remarks in brackets on the cells above
    if any(is_number(before[key].text, after[key].text) for key in before.keys() & after.keys()):
        return False
    has_more = bool(after.keys() - whole.keys())
    if heading:
        return not has_more or all(is_aligned(segment, columns[key]) for key, segment in before.items())
    if has_more:  # only the first words of a row may lie above the rest of it
        return set(whole) == {0} and 0 in after and _starts_as_continuation(after[0].text)
    if all(_starts_as_continuation(segment.text) and not is_number(segment.text) for segment in row):
        full = any(key in before and _is_full(before[key], columns[key]) for key in after)
        if full and len(after) < len(whole):
            return True
    if set(after) == {0}:
        text, first = after[0].text, before.get(0)
        filled = first is not None and _fills(first, columns[0])
        return len(whole) > 1 and (text[:1].islower() or (filled and not is_number(text)))
    return (
        0 not in after
        and len(after) < max(2, len(whole))
        and not any(is_number(segment.text) for segment in row)
    )


def _has_spanning(above: TextRow, below: AbstractSet[int], columns: Sequence[Column]) -> bool:
    """Whether a segment above is a heading over several columns, which is a table row by itself."""
    covered = (covered_columns(segment, columns) for segment in above)
    return any(len(each) > 1 and below & set(each) for each in covered)


def numbers_align(rows: Sequence[TextRow], columns: Sequence[Column]) -> bool:
    """Whether numbers are below numbers, so that each text row is certainly a table row."""
    by_column = [_by_column(row, columns) for row in rows]
    pairs = list(pairwise(by_column))
    aligned = sum(any(is_number(a[key].text, b[key].text) for key in a.keys() & b.keys()) for a, b in pairs)
    return len(rows) > 1 and aligned >= _MIN_ALIGNED_NUMBERS * len(pairs)


def _starts_as_continuation(text: str) -> bool:
    return text[:1].islower() or text[:1] in "([&/,;)"


def _is_full(segment: TextSegment, column: Column) -> bool:
    return segment.box.width > _MIN_FULL_WIDTH and _fills(segment, column)


def _fills(segment: TextSegment, column: Column) -> bool:
    return segment.box.right - column[0] >= _MIN_FILLED * (column[1] - column[0])


def _by_column(segments: Sequence[TextSegment], columns: Sequence[Column]) -> dict[int, TextSegment]:
    return {covered_columns(segment, columns)[0]: segment for segment in segments}
