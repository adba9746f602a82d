"""Gutters: where a page falls into columns that are read one after the other.

A gutter is a river of white that runs down through the rows. It may bend around a picture and its caption,
as long as there is white to go on through. It only counts between columns of prose. The columns of a table,
a form or a receipt belong to their rows: they are narrow; or they stand in pairs on common baselines and
their lines end before they would have to; or all of them pause at the same heights.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ocrkit.postprocess.reading_order.pieces import Piece, around, flat

_GUTTER = 0.6  # narrowest gutter, in line heights
_BEND = 0.3  # where a gutter bends, its parts share at least this much
_PROSE = 7.0  # narrowest column that counts as prose, in line heights
_NOTE = 4.0  # narrowest column beside prose, if its lines are out of step with those
_BULLET = 1.4  # widest bullet or list number, in line heights
_ROWS = 2  # shortest column that counts, in rows
_FILLED = 0.8  # how much of its column a line of prose fills
_FLOWING = 0.5  # how much columns in step have to look like prose
_FLOWING_APART = 0.3  # and how much columns that are not
_SURELY_FLOWING = 0.85  # and how much beside figures
_ALONE = 0.25  # the share of rows that a table may have on one side only
_NEAR = 4  # lines above and below that show how wide a column is there
_LONG = 6  # rows after which a look at the lines is sure
_NEXT_LINE = 2.0  # how far below a line the next one begins at most, in line heights
_OUT_OF_STEP = 0.5  # with so many rows alone, even a narrow column is one
_PAUSE = 1.3  # white over all columns, in line heights, after which a gutter has to prove itself again
_COST_OF_A_BEND = 4  # in rows
_PAUSED = 1.2  # a distance this many times the usual one is a pause
_ALIKE = 0.4  # tops that differ by less, in line heights, are at the same height
_CELLS, _MOSTLY, _CELL = 3, 0.75, 6.0  # cells pause together so often, mostly, and have so many lines at most
_UNDER_A_CAPTION = 3  # rows of one that end a gutter only to let it go on below
_MOST_GAPS = 24  # in a row
_REACH = 0.1  # of the height of a row, that a piece of the next one has to reach into it
_TRIES = 12  # rivers that are looked at, the longest ones first


class Gutter(NamedTuple):
    """A gutter that counts: the rows from and to which it runs, and what stands on both sides."""

    start: int
    end: int
    left: list[Piece]
    right: list[Piece]


class _Step(NamedTuple):
    """A river in one row."""

    left: float
    right: float
    """The white it runs through."""
    row: int
    between: bool
    """Whether there are pieces on both sides."""
    before: _Step | None
    core: tuple[float, float]
    """The white it has run through since it last bent."""
    worth: float
    """How many rows it had pieces on both sides of, less what bends cost."""

    def onward(self, row: int, left: float, right: float, *, between: bool, least: float) -> _Step | None:
        """The river in the next row, if it gets there."""
        share = min(right, self.right) - max(left, self.left)
        above = self
        for _ in range(_UNDER_A_CAPTION):  # on below a caption that parts the white
            if share >= least or not (between and above.between and above.before):
                break
            above = above.before
            share = min(right, above.right) - max(left, above.left)
        if share < least:
            return None
        straight = max(left, self.core[0]), min(right, self.core[1])
        bends = straight[1] - straight[0] < least
        core = (left, right) if bends else straight
        return _Step(left, right, row, between, self, core, self.worth + between - bends * _COST_OF_A_BEND)


def find_gutter(rows: Sequence[Sequence[Piece]], height: float) -> Gutter | None:
    """The gutter through most rows, or None."""
    ends = sorted(_rivers(rows, height), key=lambda step: (-step.worth, step.row, step.left))
    used: set[tuple[int, float]] = set()
    tries = 0
    for end in ends:
        if end.worth < _ROWS or tries == _TRIES:
            return None
        path = _path(end)
        inner = {(step.row, step.left) for step in path if step.between}
        if len(inner & used) > len(inner) / 2:
            continue  # much the same as one before
        used |= inner
        tries += 1
        found = _best_part(rows, path, height)
        if found:
            return found
    return None


def _rivers(rows: Sequence[Sequence[Piece]], height: float) -> Iterator[_Step]:
    """The last steps of all rivers that begin between two pieces."""
    least, bend = _GUTTER * height, _BEND * height
    current: list[_Step] = []
    for index in range(len(rows)):
        beside = _beside(rows, index)
        first, last = beside[0].box.left, max(piece.box.right for piece in beside)
        gaps = list(_gaps(beside, least))
        if len(gaps) > _MOST_GAPS:  # nothing that would be read column by column
            yield from current
            current = []
            continue
        steps = {gap: _Step(*gap, index, between=True, before=None, core=gap, worth=1) for gap in gaps}
        for step in current:
            sides = ((max(step.left, last), step.right), (step.left, min(step.right, first)))
            onward = [step.onward(index, *gap, between=True, least=bend) for gap in gaps]
            onward += [step.onward(index, *side, between=False, least=bend) for side in sides]
            for following in onward:
                if following is None:
                    continue
                known = steps.get((following.left, following.right))
                if known is None or known.worth < following.worth:
                    steps[following.left, following.right] = following
            if not any(onward):
                yield step
        current = list(steps.values())
    yield from current


def _beside(rows: Sequence[Sequence[Piece]], index: int) -> list[Piece]:
    """A row, and what reaches into its height from the rows next to it: columns need no common baselines."""
    row = list(rows[index])
    top, bottom = min(piece.box.top for piece in row), max(piece.box.bottom for piece in row)
    margin = _REACH * (bottom - top)
    for other in (*rows[max(0, index - 1) : index], *rows[index + 1 : index + 2]):
        row += [
            piece for piece in other if piece.box.top < bottom - margin and top + margin < piece.box.bottom
        ]
    return sorted(row, key=lambda piece: piece.box.left)


def _gaps(row: Sequence[Piece], least: float) -> Iterator[tuple[float, float]]:
    reach = row[0].box.right
    for piece in row[1:]:
        if piece.box.left - reach >= least:
            yield reach, piece.box.left
        reach = max(reach, piece.box.right)


def _path(end: _Step) -> list[_Step]:
    path = [end]
    while before := path[-1].before:
        path.append(before)
    return path[::-1]


class _Crossing(NamedTuple):
    """A row with a river through it."""

    row: int
    left: list[Piece]
    right: list[Piece]


def _best_part(rows: Sequence[Sequence[Piece]], path: list[_Step], height: float) -> Gutter | None:
    """The longest part of a river that is a gutter. Prose may follow a table with a gap at the same place."""
    crossings = [_crossing(rows[step.row], step) for step in path]
    parts = _between_pauses(rows, crossings, height)
    verdicts = [_is_gutter(part, height) for part in parts]
    proven = [number for number, verdict in enumerate(verdicts) if verdict]
    best: list[_Crossing] = []
    run: list[_Crossing] = []
    for number, part in enumerate(parts):
        nearest = min(proven, key=lambda other: abs(other - number), default=None)
        if nearest is None:
            return None
        fits = verdicts[number] is None and _belongs(part, parts[nearest], height)
        run = [*run, *part] if verdicts[number] or fits else []
        best = max(best, run, key=len)
    start, end = best[0].row, best[-1].row + 1
    if start == path[0].row:
        start, best = _upwards(rows, path[0], best, height)
    left = [piece for each in best for piece in each.left]
    right = [piece for each in best for piece in each.right]
    return Gutter(start, end, left, right) if left and right else None


def _belongs(part: Sequence[_Crossing], proven: Sequence[_Crossing], height: float) -> bool:
    """Whether what stands apart, over a pause, is still part of the columns: it begins where those begin."""
    sides = [(flat(each.left for each in part), flat(each.left for each in proven))]
    sides += [(flat(each.right for each in part), flat(each.right for each in proven))]
    if all(side for side, _ in sides) and len(part) > _ROWS:
        return False
    if sum(len(side) for side, _ in sides) == 1 and part[0].row > proven[-1].row:
        return False  # a page number
    return all(abs(around(side).left - around(column).left) < height for side, column in sides if side)


def _crossing(row: Sequence[Piece], step: _Step) -> _Crossing:
    sides: tuple[list[Piece], list[Piece]] = ([], [])
    for piece in row:
        sides[piece.box.left + piece.box.right > step.left + step.right].append(piece)
    return _Crossing(step.row, *sides)


def _upwards(
    rows: Sequence[Sequence[Piece]], first: _Step, best: list[_Crossing], height: float
) -> tuple[int, list[_Crossing]]:
    """A river begins between two pieces; what stands above, on one side of it, is part of its column."""
    left, right, start = first.left, first.right, first.row
    above: list[_Crossing] = []
    while start:
        box, below = around(rows[start - 1]), around(rows[start])
        if below.top - box.bottom > _PAUSE * height:
            break
        if right - max(left, box.right) >= _BEND * height:
            left = max(left, box.right)
            above.append(_Crossing(start - 1, list(rows[start - 1]), []))
        elif min(right, box.left) - left >= _BEND * height:
            right = min(right, box.left)
            above.append(_Crossing(start - 1, [], list(rows[start - 1])))
        else:
            break
        start -= 1
    return start, [*above[::-1], *best]


def _between_pauses(
    rows: Sequence[Sequence[Piece]], crossings: Sequence[_Crossing], height: float
) -> list[list[_Crossing]]:
    parts: list[list[_Crossing]] = []
    reach = 0.0
    for crossing in crossings:
        box = around(rows[crossing.row])
        if not parts or box.top - reach > _PAUSE * height:
            parts.append([])
            reach = box.bottom
        parts[-1].append(crossing)
        reach = max(reach, box.bottom)
    return parts


def _is_gutter(part: Sequence[_Crossing], height: float) -> bool | None:
    """Whether the columns on both sides are read one after the other; None where too little is there."""
    left = _nearest([max(each.left, key=lambda piece: piece.box.right) for each in part if each.left])
    right = _nearest([min(each.right, key=lambda piece: piece.box.left) for each in part if each.right])
    if len(left) < _ROWS or len(right) < _ROWS:
        return None
    both = sum(1 for each in part if each.left and each.right)
    alone = 1 - both / min(len(left), len(right))
    narrow, wide = sorted((_usual_width(left), _usual_width(right)))
    if wide < _PROSE * height or narrow < _NOTE * height:
        return None
    if narrow < _PROSE * height and alone < _OUT_OF_STEP:
        return None
    if 2 * sum(piece.line.text.rstrip().endswith((":", "：")) for piece in left) > len(left):
        return False
    figures = sum(
        any(_BULLET * height < piece.width < _PROSE * height for piece in each.left[:-1] + each.right[1:])
        for each in part
        if each.left and each.right
    )
    prose = (_prose(left) + _prose(right)) / 2
    sure = prose >= _SURELY_FLOWING and min(len(left), len(right)) >= _LONG
    if not sure and (2 * figures >= both > 0 or narrow < _PROSE * height):
        return False
    least = _FLOWING if alone <= _ALONE else _FLOWING_APART
    return prose >= least and not _pause_together(part, height)


def _nearest(stack: list[Piece]) -> list[Piece]:
    """The column next to a gutter, without what is seen behind it where it has no line."""
    if not stack:
        return stack
    left = statistics.median(piece.box.left for piece in stack)
    right = statistics.median(piece.box.right for piece in stack)
    return [piece for piece in stack if piece.box.right > left and piece.box.left < right]


def _usual_width(stack: Sequence[Piece]) -> float:
    return sorted(piece.width for piece in stack)[len(stack) // 2]


def _prose(stack: Sequence[Piece]) -> float:
    """How much the lines of a column look like prose, up to 1: they fill it, and break where they must."""
    forced = filled = 0
    for index, piece in enumerate(stack):
        box = around(stack[max(0, index - _NEAR) : index + _NEAR + 1])
        filled += piece.width >= _FILLED * box.width
        forced += index + 1 < len(stack) and is_forced(piece, stack[index + 1], box.right)
    return (forced / (len(stack) - 1) + filled / len(stack)) / 2


def is_forced(piece: Piece, following: Piece, edge: float) -> bool:
    """Whether the first word of the next line had no room on this one."""
    if following.box.top - piece.box.top > _NEXT_LINE * piece.box.height:
        return False
    return edge - piece.box.right < following.first_word + 0.3 * piece.box.height


def _pause_together(part: Sequence[_Crossing], height: float) -> bool:
    """Whether two columns are cells of several lines: they begin anew at the same heights."""
    columns = [
        [around(each.left) for each in part if each.left],
        [around(each.right) for each in part if each.right],
    ]
    pitches = sorted(other.top - one.top for column in columns for one, other in itertools.pairwise(column))
    least = pitches[len(pitches) * 2 // 5] * _PAUSED
    starts = [
        [
            column[0].top,
            *(other.top for one, other in itertools.pairwise(column) if other.top - one.top > least),
        ]
        for column in columns
    ]
    fewer, more = sorted(starts, key=len)
    together = sum(any(abs(top - other) < _ALIKE * height for other in more) for top in fewer)
    lines = sum(map(len, columns)) / 2
    return together >= _CELLS and together >= _MOSTLY * len(more) and lines / together <= _CELL
