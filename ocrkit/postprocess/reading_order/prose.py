"""Judge what stands on both sides of a path of white space: columns of prose, or cells of a table.

Prose fills its column, breaks where the next word does not fit, and goes on in the next line in the middle
of a sentence. Cells end where they are complete, and begin with a capital or a digit. Items of a list may be
short in both, so they count as neither.
"""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from ocrkit.geometry import Box
from ocrkit.postprocess.reading_order.line_fragments import LineFragment, enclosing_box, word_count

_MIN_ROWS = 2  # shortest column, in rows
_MIN_PROSE_WIDTH = 7.0  # narrowest column of prose, in line heights
_MIN_NOTE_WIDTH = 4.0  # narrowest column beside prose whose lines are on other baselines, in line heights
_WIDE_COLUMN = 12.0  # columns of at least this width rarely are cells, in line heights
_WIDE_WORDS = 4.0  # if their lines have at least so many words
_MIN_WIDE_FLOW = 0.15  # and some of them go on in the middle of a sentence
_MAX_BULLET_WIDTH = 1.4  # widest bullet or list number, in line heights
_FULL_LINE = 0.8  # how much of its column a line of prose fills
_MIN_PROSE = 0.5  # least likeness to prose of columns on common baselines
_MIN_PROSE_APART = 0.3  # and of columns on different baselines, or of wide columns
_DOUBT = 0.1  # likenesses this close to the least one are doubtful
_SURE_PROSE = 0.85  # and of columns beside figures
_MAX_ALONE = 0.25  # share of rows with text on one side only, up to which baselines count as common
_NEARBY_LINES = 4  # lines above and below that show the width of a column
_SURE_ROWS = 6  # rows from which the likeness to prose is certain
_MAX_LINE_DISTANCE = 2.0  # greatest distance between consecutive lines, in line heights
_MIN_ALONE = 0.5  # share of rows with text on one side only, from which a narrow column counts
_PAUSE_RATIO = 1.2  # a distance this many times the usual one is a pause
_SAME_HEIGHT = 0.4  # tops that differ by less are at the same height, in line heights
_MIN_COMMON_PAUSES = 3  # columns that pause together at least so often are cells of a table
_MIN_COMMON_SHARE = 0.75  # if this share of the pauses is common
_MAX_CELL_LINES = 6.0  # and cells have at most this many lines
_MIN_SENTENCE_WORDS = 3  # a line of fewer words in lower case may be a cell
_MIN_MIXED_ROWS = 4  # rows from which it is certain that columns do not begin together
_MIN_MIXED = 0.25  # share of rows in which one side begins something and the other side goes on

_ITEM = re.compile(r"(?:[•·▪◦‣■□●○*–—-]|[(\[]?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})[.)\]])(?=\s|$)")


class SplitRow(NamedTuple):
    """A row divided by a path."""

    row: int
    left: list[LineFragment]
    right: list[LineFragment]


class _ColumnLine(NamedTuple):
    """The part of a row in the column next to a gutter."""

    row: int
    box: Box
    text: str
    first_word_width: float
    is_item: bool
    """Whether it begins a list item."""

    @property
    def width(self) -> float:
        return self.box.right - self.box.left

    def continues(self, above: _ColumnLine) -> bool:
        """Whether the line goes on in the middle of a sentence or of a word."""
        if above.text.endswith(("-", "¬", "\u2010")) and above.text[-2:-1].isalpha():
            return True
        return self.text[:1].islower() and word_count(self.text) >= _MIN_SENTENCE_WORDS


class Judgment(NamedTuple):
    """What stands on both sides of a path."""

    is_gutter: bool | None
    """Whether the columns are read one after the other; None if there is too little text."""
    is_certain: bool = True
    """Whether the columns are clearly prose or clearly cells."""


def judge(section: Sequence[SplitRow], height: float) -> Judgment:
    """Judge a section of a path."""
    left, right = _left_column(section, height), _right_column(section, height)
    if len(left) < _MIN_ROWS or len(right) < _MIN_ROWS:
        return Judgment(None)
    both = sum(1 for each in section if each.left and each.right)
    alone = 1 - both / min(len(left), len(right))
    narrow, wide = sorted((left, right), key=_usual_width)
    are_apart = _begin_apart(left, right)
    if _usual_width(wide) < _MIN_PROSE_WIDTH * height or _usual_width(narrow) < _MIN_NOTE_WIDTH * height:
        return Judgment(None)
    is_narrow = _usual_width(narrow) < _MIN_PROSE_WIDTH * height
    if is_narrow and alone < _MIN_ALONE and not are_apart:
        return Judgment(None)
    if 2 * sum(line.text.endswith((":", "：")) for line in left) > len(left):
        return Judgment(is_gutter=False)  # labels of a form
    prose = _likeness(left, right)
    is_easy = alone > _MAX_ALONE or _are_wide(narrow, height)
    min_prose = _MIN_PROSE_APART if is_easy else _MIN_PROSE
    is_long = min(len(left), len(right)) >= _SURE_ROWS and not is_narrow
    if _pause_together(section, height):
        return Judgment(is_gutter=False, is_certain=not is_long or prose < min_prose)
    if are_apart and prose >= _MIN_PROSE_APART:
        return Judgment(is_gutter=True)
    is_sure = prose >= _SURE_PROSE and min(len(left), len(right)) >= _SURE_ROWS
    has_figures = 2 * sum(rows_with_figures(section, height)) >= both > 0
    if not is_sure and (has_figures or is_narrow):
        return Judgment(is_gutter=False)
    return Judgment(prose >= min_prose, is_certain=not is_long or abs(prose - min_prose) >= _DOUBT)


def _left_column(section: Sequence[SplitRow], height: float) -> list[_ColumnLine]:
    lines: list[_ColumnLine] = []
    for row in section:
        if row.left:
            last = max(row.left, key=lambda fragment: fragment.box.right)
            before = [each for each in row.left if each is not last and each.box.right <= last.box.left]
            marker = max(before, key=lambda fragment: fragment.box.right, default=None)
            is_marked = marker is not None and _is_marker(marker, height)
            lines.append(_column_line(row.row, [marker, last] if marker and is_marked else [last]))
    return _adjacent(lines)


def _right_column(section: Sequence[SplitRow], height: float) -> list[_ColumnLine]:
    lines: list[_ColumnLine] = []
    for row in section:
        if row.right:
            first, *rest = sorted(row.right, key=lambda fragment: fragment.box.left)
            is_marked = bool(rest) and _is_marker(first, height)
            lines.append(_column_line(row.row, [first, rest[0]] if is_marked else [first]))
    return _adjacent(lines)


def _is_marker(fragment: LineFragment, height: float) -> bool:
    is_narrow = fragment.width <= 2 * _MAX_BULLET_WIDTH * height
    return is_narrow and bool(_ITEM.fullmatch(fragment.line.text.strip()))


def _column_line(row: int, fragments: Sequence[LineFragment]) -> _ColumnLine:
    text = " ".join(fragment.line.text.strip() for fragment in fragments)
    is_item = bool(_ITEM.match(text))
    return _ColumnLine(row, enclosing_box(fragments), text, fragments[0].first_word_width, is_item)


def _adjacent(column: list[_ColumnLine]) -> list[_ColumnLine]:
    """The column next to a gutter, without lines of the column beyond it in rows where it is empty."""
    if not column:
        return column
    left = statistics.median(line.box.left for line in column)
    right = statistics.median(line.box.right for line in column)
    return [line for line in column if line.box.right > left and line.box.left < right]


def _usual_width(column: Sequence[_ColumnLine]) -> float:
    return sorted(line.width for line in column)[len(column) // 2]


def _are_wide(narrow: Sequence[_ColumnLine], height: float) -> bool:
    """Whether a column, the narrower one of two, is wide and some of its lines go on in a sentence."""
    words = statistics.fmean(word_count(line.text) for line in narrow)
    is_wide = _usual_width(narrow) >= _WIDE_COLUMN * height and words >= _WIDE_WORDS
    return is_wide and _flow(narrow) >= _MIN_WIDE_FLOW


def _likeness(left: Sequence[_ColumnLine], right: Sequence[_ColumnLine]) -> float:
    """From 0 to 1: how much both columns look like prose. A list alone shows nothing about its column."""
    known = [each for each in (_fit_and_flow(left), _fit_and_flow(right)) if each is not None]
    return statistics.fmean(known) if len(known) == 2 else 0.5 * sum(known)


def _fit_and_flow(column: Sequence[_ColumnLine]) -> float | None:
    plain = [line for line in column if not line.is_item]
    return max(_fit(column), _flow(column)) if len(plain) >= _MIN_ROWS else None


def _flow(column: Sequence[_ColumnLine]) -> float:
    """The share of lines that go on in the middle of a sentence."""
    pairs = [(above, line) for above, line in itertools.pairwise(column) if not line.is_item]
    return sum(line.continues(above) for above, line in pairs) / len(pairs) if pairs else 0.0


def _fit(column: Sequence[_ColumnLine]) -> float:
    """How many lines fill their column, and how many break for lack of room. Lists do not count."""
    forced: list[bool] = []
    filled: list[bool] = []
    for index, line in enumerate(column):
        following = column[index + 1] if index + 1 < len(column) else None
        box = _enclosing(column[max(0, index - _NEARBY_LINES) : index + _NEARBY_LINES + 1])
        if not line.is_item:
            filled.append(line.width >= _FULL_LINE * box.width)
        if following and not following.is_item:
            forced.append(_is_forced_break(line, following, box.right))
    shares = [sum(each) / len(each) for each in (forced, filled) if each]
    return statistics.fmean(shares) if shares else 0.0


def _enclosing(lines: Sequence[_ColumnLine]) -> Box:
    lefts, tops, rights, bottoms = zip(*(line.box for line in lines), strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def _is_forced_break(line: _ColumnLine, following: _ColumnLine, edge: float) -> bool:
    """Whether the first word of the next line did not fit on this one."""
    if following.box.top - line.box.top > _MAX_LINE_DISTANCE * line.box.height:
        return False
    return edge - line.box.right < following.first_word_width + 0.3 * line.box.height


def _begin_apart(left: Sequence[_ColumnLine], right: Sequence[_ColumnLine]) -> bool:
    """Whether one side often begins something while the other one goes on: cells of a row begin together."""
    going_on = [
        {line.row: line.continues(above) for above, line in itertools.pairwise(column)}
        for column in (left, right)
    ]
    common = going_on[0].keys() & going_on[1].keys()
    if len(common) < _MIN_MIXED_ROWS:
        return False
    mixed = sum(going_on[0][row] != going_on[1][row] for row in common)
    both = sum(going_on[0][row] and going_on[1][row] for row in common)
    return mixed >= _MIN_MIXED * len(common) and both >= 1


def rows_with_figures(section: Sequence[SplitRow], height: float) -> list[bool]:
    """For each row, whether it has narrow entries beyond the two columns next to the path, as tables do.

    Entries on one side only do not count beside a full line of prose: then the table is inside a column.
    """
    left_width = _full_width([row.left[-1] for row in section if row.left])
    right_width = _full_width([row.right[0] for row in section if row.right])
    found: list[bool] = []
    for row in section:
        beyond_left = any(_is_figure(fragment, height) for fragment in row.left[:-1])
        beyond_right = any(_is_figure(fragment, height) for fragment in row.right[1:])
        fills_left = bool(row.left) and _is_full_line(row.left[-1], left_width)
        fills_right = bool(row.right) and _is_full_line(row.right[0], right_width)
        is_table = (beyond_right and (beyond_left or not fills_left)) or (beyond_left and not fills_right)
        found.append(bool(row.left and row.right) and is_table)
    return found


def _is_full_line(fragment: LineFragment, width: float) -> bool:
    return fragment.width >= _FULL_LINE * width and word_count(fragment.line.text) >= _WIDE_WORDS


def _full_width(fragments: Sequence[LineFragment]) -> float:
    """The width of most full lines."""
    widths = sorted(fragment.width for fragment in fragments)
    return widths[len(widths) * 9 // 10] if widths else 0.0


def _is_figure(fragment: LineFragment, height: float) -> bool:
    is_narrow = _MAX_BULLET_WIDTH * height < fragment.width < _MIN_PROSE_WIDTH * height
    return is_narrow and not _is_marker(fragment, height)


def _pause_together(section: Sequence[SplitRow], height: float) -> bool:
    """Whether the columns consist of table cells with several lines, which begin at the same heights."""
    columns = [
        [enclosing_box(each.left) for each in section if each.left],
        [enclosing_box(each.right) for each in section if each.right],
    ]
    distances = sorted(other.top - one.top for column in columns for one, other in itertools.pairwise(column))
    min_pause = distances[len(distances) * 2 // 5] * _PAUSE_RATIO
    starts = [
        [
            column[0].top,
            *(other.top for one, other in itertools.pairwise(column) if other.top - one.top > min_pause),
        ]
        for column in columns
    ]
    fewer, more = sorted(starts, key=len)
    common = sum(any(abs(top - other) < _SAME_HEIGHT * height for other in more) for top in fewer)
    lines = sum(map(len, columns)) / 2
    return (
        common >= _MIN_COMMON_PAUSES
        and common >= _MIN_COMMON_SHARE * len(more)
        and lines / common <= _MAX_CELL_LINES
    )
