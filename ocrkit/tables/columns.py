"""The columns of text that has no rules between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

from ocrkit.tables.pieces import Row, Run
from ocrkit.tables.sheet import LINE

Span: TypeAlias = tuple[float, float]
"""From where to where a column reaches."""

_OVER = 0.25 * LINE  # a run stands over another by no less
_GUTTER = 0.2 * LINE
_CLOSE = 2.0 * LINE  # parts of one column are no further apart
_ALIGNED = 0.6 * LINE
_FEWEST = 3  # rows that show a gutter
_BOTH = 0.5  # of the rows have something on both sides of it
_BRIDGED = 1 / 8  # of them go across, at most


def columns_of(rows: Sequence[Row]) -> list[Span]:
    """From where to where each column reaches, left to right, without what stands over several."""
    spans: list[Span] = []
    plain = [run for row in rows for run in row if not _spans(run, rows)]
    for run in sorted(plain, key=lambda each: each.box.left):
        if spans and run.box.left - spans[-1][1] < _GUTTER:
            spans[-1] = (spans[-1][0], max(spans[-1][1], run.box.right))
        else:
            spans.append((run.box.left, run.box.right))
    return _merged([part for span in spans for part in _split(span, plain, rows)], rows)


def _split(span: Span, plain: Sequence[Run], rows: Sequence[Row]) -> list[Span]:
    """A span in two where nearly all rows have something on both sides: what bridges it stands over both."""
    inside = [run for run in plain if run.over(*span) > 0]
    among = {id(run) for run in inside}
    edges = sorted({edge for run in inside for edge in (run.box.left, run.box.right)})
    count = sum(any(id(run) in among for run in row) for row in rows)
    best: tuple[int, float, float] | None = None
    for left, right in pairwise(edges):
        across = [run for run in inside if run.box.left < right and run.box.right > left]
        if right - left < _GUTTER or len(across) > _BRIDGED * count:
            continue
        both = sum(
            any(span[0] <= run.box.left and run.box.right <= left for run in row)
            and any(right <= run.box.left and run.box.right <= span[1] for run in row)
            for row in rows
        )
        if both >= max(_FEWEST, _BOTH * count) and (best is None or both > best[0]):
            best = both, left, right
    if best is None:
        return [span]
    _, left, right = best
    return [*_split((span[0], left), plain, rows), *_split((right, span[1]), plain, rows)]


def _spans(run: Run, rows: Sequence[Row]) -> bool:
    """Whether it stands over several columns: most rows that have something under it have several things."""
    others = (row for row in rows if all(each is not run for each in row))
    under = [sum(run.over(each.box.left, each.box.right) > _OVER for each in row) for row in others]
    several = sum(count > 1 for count in under)
    return several > 0 and 2 * several >= sum(count > 0 for count in under)


def _merged(spans: list[Span], rows: Sequence[Row]) -> list[Span]:
    """A heading and figures that stand under its other end are one column: no row has both."""
    used = [{number for run in row for number in within(run, spans)} for row in rows]
    merged: list[Span] = []
    members: list[set[int]] = []
    for number, span in enumerate(spans):
        mine = {place for place, numbers in enumerate(used) if number in numbers}
        if merged and not mine & members[-1] and span[0] - merged[-1][1] < _CLOSE:
            merged[-1] = (merged[-1][0], span[1])
            members[-1] |= mine
        else:
            merged.append(span)
            members.append(mine)
    return merged


def within(run: Run, spans: Sequence[Span]) -> range:
    """The columns that a run stands in."""
    over = [
        number
        for number, (left, right) in enumerate(spans)
        if run.over(left, right) > min(_OVER, run.box.width / 2)
    ]
    if over:
        return range(over[0], over[-1] + 1)
    middle = run.box.center.x
    nearest = min(range(len(spans)), key=lambda each: max(spans[each][0] - middle, middle - spans[each][1]))
    return range(nearest, nearest + 1)


def is_aligned(run: Run, span: Span) -> bool:
    """Whether it begins, ends, or is centred with its column."""
    left, right = run.box.left - span[0], span[1] - run.box.right
    return min(abs(left), abs(right), abs(left - right) / 2) < _ALIGNED
