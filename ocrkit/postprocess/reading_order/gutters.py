"""Find gutters: the white space between columns of prose that are read one after the other.

A gutter is a path of white space down through the rows. It may bend around a picture and its caption as
long as the white space is connected. Paths between the columns of a table, a form or a receipt are not
gutters, because such columns are read row by row. They are recognized by narrow columns, by entries on
common baselines that end before their column is full, or by columns that pause at the same heights.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ocrkit.postprocess.reading_order.line_fragments import LineFragment, enclosing_box, flatten
from ocrkit.postprocess.reading_order.prose import SplitRow, judge, rows_with_figures

_MIN_GUTTER = 0.6  # narrowest gutter, in line heights
_MIN_BEND_OVERLAP = 0.3  # where a gutter bends, consecutive gaps overlap at least this much, in line heights
_MIN_ROWS = 2  # shortest column, in rows
_MAX_PAUSE = 1.3  # white space across all columns, in line heights, after which a gutter is judged again
_BEND_COST = 4  # in rows
_MAX_CAPTION_ROWS = 3  # rows of a caption that a gutter may skip
_MAX_GAPS = 24  # rows with more gaps belong to no columns
_MIN_REACH = 0.1  # part of a row's height by which fragments of the next row must reach into it
_MIN_TABLE_ROWS = 3  # consecutive rows with figures on both sides of a gutter that are a table across it
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


class Search(NamedTuple):
    """The result of a search for a gutter."""

    gutter: Gutter | None
    is_certain: bool
    """Whether no other answer is likely."""


def find_gutter(rows: Sequence[Sequence[LineFragment]], height: float) -> Search:
    """Look for the gutter through most rows."""
    ends = sorted(_path_ends(rows, height), key=lambda node: (-node.score, node.row, node.left))
    examined: set[tuple[int, float]] = set()
    tries = 0
    is_certain = True
    for end in ends:
        if end.score < _MIN_ROWS or tries == _MAX_TRIES:
            break
        path = _path_to(end)
        between = {(node.row, node.left) for node in path if node.is_between}
        if len(between & examined) > len(between) / 2:
            continue  # nearly the same as an earlier path
        examined |= between
        tries += 1
        found = _longest_gutter(rows, path, height)
        if found.gutter:
            return found
        is_certain = is_certain and found.is_certain
    return Search(None, is_certain)


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


def _longest_gutter(rows: Sequence[Sequence[LineFragment]], path: list[_PathNode], height: float) -> Search:
    """The longest section of a path that is a gutter; a table may share the path with prose below it."""
    split_rows = [_split_row(rows[node.row], node) for node in path]
    sections = [
        part for each in _split_at_pauses(rows, split_rows, height) for part in _split_at_tables(each, height)
    ]
    judgments = [judge(section, height) for section in sections]
    verdicts = [each.is_gutter for each in judgments]
    is_certain = all(each.is_certain for each in judgments)
    gutters = [number for number, verdict in enumerate(verdicts) if verdict]
    best: list[SplitRow] = []
    run: list[SplitRow] = []
    for number, section in enumerate(sections):
        nearest = min(gutters, key=lambda other: abs(other - number), default=None)
        if nearest is None:
            return Search(None, is_certain)
        belongs = verdicts[number] is None and _belongs_to(section, sections[nearest], height)
        run = [*run, *section] if verdicts[number] or belongs else []
        best = max(best, run, key=len)
    start, end = best[0].row, best[-1].row + 1
    if start == path[0].row:
        start, best = _extend_upward(rows, path[0], best, height)
    left = [fragment for each in best for fragment in each.left]
    right = [fragment for each in best for fragment in each.right]
    return Search(Gutter(start, end, left, right) if left and right else None, is_certain)


def _belongs_to(section: Sequence[SplitRow], gutter: Sequence[SplitRow], height: float) -> bool:
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


def _split_row(row: Sequence[LineFragment], node: _PathNode) -> SplitRow:
    sides: tuple[list[LineFragment], list[LineFragment]] = ([], [])
    for fragment in row:
        sides[fragment.box.left + fragment.box.right > node.left + node.right].append(fragment)
    return SplitRow(node.row, *sides)


def _extend_upward(
    rows: Sequence[Sequence[LineFragment]], first: _PathNode, split_rows: list[SplitRow], height: float
) -> tuple[int, list[SplitRow]]:
    """Add the rows above that are on one side only, and so are not part of the path."""
    left, right, start = first.left, first.right, first.row
    above: list[SplitRow] = []
    while start:
        box, below = enclosing_box(rows[start - 1]), enclosing_box(rows[start])
        if below.top - box.bottom > _MAX_PAUSE * height:
            break
        if right - max(left, box.right) >= _MIN_BEND_OVERLAP * height:
            left = max(left, box.right)
            above.append(SplitRow(start - 1, list(rows[start - 1]), []))
        elif min(right, box.left) - left >= _MIN_BEND_OVERLAP * height:
            right = min(right, box.left)
            above.append(SplitRow(start - 1, [], list(rows[start - 1])))
        else:
            break
        start -= 1
    return start, [*above[::-1], *split_rows]


def _split_at_pauses(
    rows: Sequence[Sequence[LineFragment]], split_rows: Sequence[SplitRow], height: float
) -> list[list[SplitRow]]:
    sections: list[list[SplitRow]] = []
    reach = 0.0
    for split_row in split_rows:
        box = enclosing_box(rows[split_row.row])
        if not sections or box.top - reach > _MAX_PAUSE * height:
            sections.append([])
            reach = box.bottom
        sections[-1].append(split_row)
        reach = max(reach, box.bottom)
    return sections


def _split_at_tables(section: list[SplitRow], height: float) -> list[list[SplitRow]]:
    """Separate the rows of a table over both columns from the prose above and below it."""
    runs = [
        (has_figures, [row for row, _ in group])
        for has_figures, group in itertools.groupby(
            zip(section, rows_with_figures(section, height), strict=True), key=lambda each: each[1]
        )
    ]
    parts: list[list[SplitRow]] = []
    is_table = False
    for has_figures, rows in runs:
        begins = has_figures and len(rows) >= _MIN_TABLE_ROWS
        if not parts or begins or is_table:
            parts.append([])
        parts[-1] += rows
        is_table = begins
    return parts
