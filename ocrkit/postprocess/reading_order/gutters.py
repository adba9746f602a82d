"""Find gutters: the white space between columns of prose that are read one after the other.

A gutter is a path of white space down through the rows. It may bend around a picture and its caption as
long as the white space is connected. Paths between the columns of a table, a form or a receipt are not
gutters, because such columns are read row by row. They are recognized by narrow columns, by entries on
common baselines that end before their column is full, or by columns that pause at the same heights.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ocrkit.postprocess.reading_order.line_fragments import LineFragment, enclosing_box, flatten

_MIN_GUTTER = 0.6  # narrowest gutter, in line heights
_MIN_BEND_OVERLAP = 0.3  # where a gutter bends, consecutive gaps overlap at least this much, in line heights
_MIN_PROSE_WIDTH = 7.0  # narrowest column of prose, in line heights
_MIN_NOTE_WIDTH = 4.0  # narrowest column beside prose whose lines are on other baselines, in line heights
_MAX_BULLET_WIDTH = 1.4  # widest bullet or list number, in line heights
_MIN_ROWS = 2  # shortest column, in rows
_FULL_LINE = 0.8  # how much of its column a line of prose fills
_MIN_PROSE = 0.5  # least likeness to prose of columns on common baselines
_MIN_PROSE_APART = 0.3  # and of columns on different baselines
_SURE_PROSE = 0.85  # and of columns beside figures
_MAX_ALONE = 0.25  # share of rows with text on one side only, up to which baselines count as common
_NEARBY_LINES = 4  # lines above and below that show the width of a column
_SURE_ROWS = 6  # rows from which the likeness to prose is certain
_MAX_LINE_DISTANCE = 2.0  # greatest distance between consecutive lines, in line heights
_MIN_ALONE = 0.5  # share of rows with text on one side only, from which a narrow column counts
_MAX_PAUSE = 1.3  # white space across all columns, in line heights, after which a gutter is judged again
_BEND_COST = 4  # in rows
_PAUSE_RATIO = 1.2  # a distance this many times the usual one is a pause
_SAME_HEIGHT = 0.4  # tops that differ by less are at the same height, in line heights
_MIN_COMMON_PAUSES = 3  # columns that pause together at least so often are cells of a table
_MIN_COMMON_SHARE = 0.75  # if this share of the pauses is common
_MAX_CELL_LINES = 6.0  # and cells have at most this many lines
_MAX_CAPTION_ROWS = 3  # rows of a caption that a gutter may skip
_MAX_GAPS = 24  # rows with more gaps belong to no columns
_MIN_REACH = 0.1  # part of a row's height by which fragments of the next row must reach into it
_MAX_TRIES = 12  # paths examined, the longest first


class Gutter(NamedTuple):
    """A range of rows, end exclusive, and the columns on both sides of the gutter."""

    start: int
    end: int
    left: list[LineFragment]
    right: list[LineFragment]


class _PathNode(NamedTuple):
    """A path of white space at one row, linked to the row before."""

    left: float
    right: float
    """The gap in this row."""
    row: int
    is_between: bool
    """Whether there are fragments on both sides."""
    previous: _PathNode | None
    straight: tuple[float, float]
    """The gap common to all rows since the last bend."""
    score: float
    """Number of rows with fragments on both sides, less the cost of bends."""

    def extend(
        self, row: int, left: float, right: float, *, is_between: bool, min_overlap: float
    ) -> _PathNode | None:
        """The path in the next row, or None if the gap there is not connected."""
        overlap = min(right, self.right) - max(left, self.left)
        above = self
        for _ in range(_MAX_CAPTION_ROWS):  # continue below a caption that divides the white space
            if overlap >= min_overlap or not (is_between and above.is_between and above.previous):
                break
            above = above.previous
            overlap = min(right, above.right) - max(left, above.left)
        if overlap < min_overlap:
            return None
        straight = max(left, self.straight[0]), min(right, self.straight[1])
        bends = straight[1] - straight[0] < min_overlap
        score = self.score + is_between - bends * _BEND_COST
        return _PathNode(left, right, row, is_between, self, (left, right) if bends else straight, score)


def find_gutter(rows: Sequence[Sequence[LineFragment]], height: float) -> Gutter | None:
    """The gutter through most rows, or None."""
    ends = sorted(_path_ends(rows, height), key=lambda node: (-node.score, node.row, node.left))
    examined: set[tuple[int, float]] = set()
    tries = 0
    for end in ends:
        if end.score < _MIN_ROWS or tries == _MAX_TRIES:
            return None
        path = _path_to(end)
        between = {(node.row, node.left) for node in path if node.is_between}
        if len(between & examined) > len(between) / 2:
            continue  # nearly the same as an earlier path
        examined |= between
        tries += 1
        gutter = _longest_gutter(rows, path, height)
        if gutter:
            return gutter
    return None


def _path_ends(rows: Sequence[Sequence[LineFragment]], height: float) -> Iterator[_PathNode]:
    """The last nodes of all paths that begin between two fragments."""
    min_gutter, min_overlap = _MIN_GUTTER * height, _MIN_BEND_OVERLAP * height
    current: list[_PathNode] = []
    for index in range(len(rows)):
        row = _row_with_neighbors(rows, index)
        row_left, row_right = row[0].box.left, max(fragment.box.right for fragment in row)
        gaps = list(_gaps(row, min_gutter))
        if len(gaps) > _MAX_GAPS:
            yield from current
            current = []
            continue
        nodes = {
            gap: _PathNode(*gap, index, is_between=True, previous=None, straight=gap, score=1) for gap in gaps
        }
        for node in current:
            sides = ((max(node.left, row_right), node.right), (node.left, min(node.right, row_left)))
            extensions = [
                node.extend(index, *gap, is_between=True, min_overlap=min_overlap) for gap in gaps
            ] + [node.extend(index, *side, is_between=False, min_overlap=min_overlap) for side in sides]
            for extension in extensions:
                if extension is None:
                    continue
                known = nodes.get((extension.left, extension.right))
                if known is None or known.score < extension.score:
                    nodes[extension.left, extension.right] = extension
            if not any(extensions):
                yield node
        current = list(nodes.values())
    yield from current


def _row_with_neighbors(rows: Sequence[Sequence[LineFragment]], index: int) -> list[LineFragment]:
    """A row and the fragments of adjacent rows that reach into it: columns need no common baselines."""
    row = list(rows[index])
    top = min(fragment.box.top for fragment in row)
    bottom = max(fragment.box.bottom for fragment in row)
    margin = _MIN_REACH * (bottom - top)
    for other in (*rows[max(0, index - 1) : index], *rows[index + 1 : index + 2]):
        row += [
            fragment
            for fragment in other
            if fragment.box.top < bottom - margin and top + margin < fragment.box.bottom
        ]
    return sorted(row, key=lambda fragment: fragment.box.left)


def _gaps(row: Sequence[LineFragment], min_width: float) -> Iterator[tuple[float, float]]:
    reach = row[0].box.right
    for fragment in row[1:]:
        if fragment.box.left - reach >= min_width:
            yield reach, fragment.box.left
        reach = max(reach, fragment.box.right)


def _path_to(end: _PathNode) -> list[_PathNode]:
    path = [end]
    while previous := path[-1].previous:
        path.append(previous)
    return path[::-1]


class _SplitRow(NamedTuple):
    """A row divided by a path."""

    row: int
    left: list[LineFragment]
    right: list[LineFragment]


def _longest_gutter(
    rows: Sequence[Sequence[LineFragment]], path: list[_PathNode], height: float
) -> Gutter | None:
    """The longest section of a path that is a gutter; a table may share the path with prose below it."""
    split_rows = [_split_row(rows[node.row], node) for node in path]
    sections = _split_at_pauses(rows, split_rows, height)
    verdicts = [_is_gutter(section, height) for section in sections]
    gutters = [number for number, verdict in enumerate(verdicts) if verdict]
    best: list[_SplitRow] = []
    run: list[_SplitRow] = []
    for number, section in enumerate(sections):
        nearest = min(gutters, key=lambda other: abs(other - number), default=None)
        if nearest is None:
            return None
        belongs = verdicts[number] is None and _belongs_to(section, sections[nearest], height)
        run = [*run, *section] if verdicts[number] or belongs else []
        best = max(best, run, key=len)
    start, end = best[0].row, best[-1].row + 1
    if start == path[0].row:
        start, best = _extend_upward(rows, path[0], best, height)
    left = [fragment for each in best for fragment in each.left]
    right = [fragment for each in best for fragment in each.right]
    return Gutter(start, end, left, right) if left and right else None


def _belongs_to(section: Sequence[_SplitRow], gutter: Sequence[_SplitRow], height: float) -> bool:
    """Whether a section too short to judge continues the columns of a gutter: it begins where they begin."""
    sides = [(flatten(each.left for each in section), flatten(each.left for each in gutter))]
    sides += [(flatten(each.right for each in section), flatten(each.right for each in gutter))]
    if all(side for side, _ in sides) and len(section) > _MIN_ROWS:
        return False
    if sum(len(side) for side, _ in sides) == 1 and section[0].row > gutter[-1].row:
        return False  # a page number
    return all(
        abs(enclosing_box(side).left - enclosing_box(column).left) < height for side, column in sides if side
    )


def _split_row(row: Sequence[LineFragment], node: _PathNode) -> _SplitRow:
    sides: tuple[list[LineFragment], list[LineFragment]] = ([], [])
    for fragment in row:
        sides[fragment.box.left + fragment.box.right > node.left + node.right].append(fragment)
    return _SplitRow(node.row, *sides)


def _extend_upward(
    rows: Sequence[Sequence[LineFragment]], first: _PathNode, split_rows: list[_SplitRow], height: float
) -> tuple[int, list[_SplitRow]]:
    """Add the rows above that are on one side only, and so are not part of the path."""
    left, right, start = first.left, first.right, first.row
    above: list[_SplitRow] = []
    while start:
        box, below = enclosing_box(rows[start - 1]), enclosing_box(rows[start])
        if below.top - box.bottom > _MAX_PAUSE * height:
            break
        if right - max(left, box.right) >= _MIN_BEND_OVERLAP * height:
            left = max(left, box.right)
            above.append(_SplitRow(start - 1, list(rows[start - 1]), []))
        elif min(right, box.left) - left >= _MIN_BEND_OVERLAP * height:
            right = min(right, box.left)
            above.append(_SplitRow(start - 1, [], list(rows[start - 1])))
        else:
            break
        start -= 1
    return start, [*above[::-1], *split_rows]


def _split_at_pauses(
    rows: Sequence[Sequence[LineFragment]], split_rows: Sequence[_SplitRow], height: float
) -> list[list[_SplitRow]]:
    sections: list[list[_SplitRow]] = []
    reach = 0.0
    for split_row in split_rows:
        box = enclosing_box(rows[split_row.row])
        if not sections or box.top - reach > _MAX_PAUSE * height:
            sections.append([])
            reach = box.bottom
        sections[-1].append(split_row)
        reach = max(reach, box.bottom)
    return sections


def _is_gutter(section: Sequence[_SplitRow], height: float) -> bool | None:
    """Whether the columns on both sides are read one after the other; None if there is too little text."""
    left = _adjacent_column(
        [max(each.left, key=lambda fragment: fragment.box.right) for each in section if each.left]
    )
    right = _adjacent_column(
        [min(each.right, key=lambda fragment: fragment.box.left) for each in section if each.right]
    )
    if len(left) < _MIN_ROWS or len(right) < _MIN_ROWS:
        return None
    both = sum(1 for each in section if each.left and each.right)
    alone = 1 - both / min(len(left), len(right))
    narrow, wide = sorted((_usual_width(left), _usual_width(right)))
    if wide < _MIN_PROSE_WIDTH * height or narrow < _MIN_NOTE_WIDTH * height:
        return None
    if narrow < _MIN_PROSE_WIDTH * height and alone < _MIN_ALONE:
        return None
    if 2 * sum(fragment.line.text.rstrip().endswith((":", "：")) for fragment in left) > len(left):
        return False  # labels of a form
    prose = (_prose_likeness(left) + _prose_likeness(right)) / 2
    is_sure = prose >= _SURE_PROSE and min(len(left), len(right)) >= _SURE_ROWS
    has_figures = 2 * _rows_with_figures(section, height) >= both > 0
    if not is_sure and (has_figures or narrow < _MIN_PROSE_WIDTH * height):
        return False
    min_prose = _MIN_PROSE if alone <= _MAX_ALONE else _MIN_PROSE_APART
    return prose >= min_prose and not _pause_together(section, height)


def _rows_with_figures(section: Sequence[_SplitRow], height: float) -> int:
    """How many rows have a narrow entry beyond the two columns, as tables do."""
    return sum(
        any(
            _MAX_BULLET_WIDTH * height < fragment.width < _MIN_PROSE_WIDTH * height
            for fragment in each.left[:-1] + each.right[1:]
        )
        for each in section
        if each.left and each.right
    )


def _adjacent_column(column: list[LineFragment]) -> list[LineFragment]:
    """The column next to a gutter, without fragments of the column beyond it in rows where it is empty."""
    if not column:
        return column
    left = statistics.median(fragment.box.left for fragment in column)
    right = statistics.median(fragment.box.right for fragment in column)
    return [fragment for fragment in column if fragment.box.right > left and fragment.box.left < right]


def _usual_width(column: Sequence[LineFragment]) -> float:
    return sorted(fragment.width for fragment in column)[len(column) // 2]


def _prose_likeness(column: Sequence[LineFragment]) -> float:
    """From 0 to 1: how many lines fill their column, and how many break for lack of room."""
    forced = filled = 0
    for index, fragment in enumerate(column):
        box = enclosing_box(column[max(0, index - _NEARBY_LINES) : index + _NEARBY_LINES + 1])
        filled += fragment.width >= _FULL_LINE * box.width
        forced += index + 1 < len(column) and _is_forced_break(fragment, column[index + 1], box.right)
    return (forced / (len(column) - 1) + filled / len(column)) / 2


def _is_forced_break(fragment: LineFragment, following: LineFragment, edge: float) -> bool:
    """Whether the first word of the next line did not fit on this one."""
    if following.box.top - fragment.box.top > _MAX_LINE_DISTANCE * fragment.box.height:
        return False
    return edge - fragment.box.right < following.first_word_width + 0.3 * fragment.box.height


def _pause_together(section: Sequence[_SplitRow], height: float) -> bool:
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
