"""The grid of a table without upright rules: its columns are where its text leaves gutters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ocrkit.tables.columns import Span, columns_of, is_aligned, within
from ocrkit.tables.grid import ACROSS, SAME, Grid, between, inner
from ocrkit.tables.pieces import Row, Run
from ocrkit.tables.regions import Region, middle, rows_in
from ocrkit.tables.rows import grouped
from ocrkit.tables.rules import Rule
from ocrkit.tables.sheet import LINE

_LEAST_FILLED = 0.5  # of a table that has no rules: words that stand apart by chance leave more places empty
_EACH = 0.7  # of the lines of text have a rule of their own: then each rule ends a row
_FEW = 4  # lines, more than which no cell of such a table has
_BELOW = 1.2 * LINE  # a heading over several columns has its rule no further down
_UNDER = 0.8  # of the heading stands over its rule
_SHARED = 0.5


def aligned(region: Region, inside: Sequence[Row]) -> Grid | None:
    """The grid of what stands inside a region; None where that has no columns."""
    box, level = region.box, region.rules.level
    spans = columns_of(inside)
    if len(spans) < 2:
        return None
    left, right = min(box.left, spans[0][0]), max(box.right, spans[-1][1])
    wide = [rule.at for rule in level if rule.length >= ACROSS * box.width]
    narrow = [rule for rule in level if rule.length < ACROSS * box.width]
    bands = [
        (below, rows)
        for above, below in pairwise([box.top, *inner(wide, box.top, box.bottom), box.bottom])
        if (rows := rows_in(inside, box._replace(left=left, top=above, right=right, bottom=below)))
    ]
    body = columns_of([row for _, rows in bands[1:] for row in rows])
    under = body if len(body) == len(spans) else spans
    each_ruled = len(bands) > 2 and len(bands) >= _EACH * len(inside) - 1
    ys, texts = [box.top], []
    for number, (below, rows) in enumerate(bands):
        groups = _parted_by(narrow, rows)
        if not each_ruled or len(rows) >= _FEW:
            heading = number == 0 and len(bands) > 1
            columns = under if heading else spans
            groups = [part for group in groups for part in grouped(group, columns, heading=heading)]
        ys += [*between(groups), below]
        texts += groups
    if not level and _filled(texts, spans) < _LEAST_FILLED:
        return None
    grid = Grid(ys, [left, *((a[1] + b[0]) / 2 for a, b in pairwise(spans)), right])
    for number, group in enumerate(texts):
        runs = [run for row in group for run in row]
        for run in runs:
            first, last = _extent(run, runs, under, narrow)
            grid.join(number, first, number, last)
    return grid


def _parted_by(rules: Sequence[Rule], rows: Sequence[Row]) -> list[list[Row]]:
    """The lines of text, parted by the rules between them."""
    groups = [[rows[0]]]
    for above, below in pairwise(rows):
        if any(middle(above) < rule.at < middle(below) for rule in rules):
            groups.append([])
        groups[-1].append(below)
    return groups


def _filled(texts: Sequence[list[Row]], spans: Sequence[Span]) -> float:
    """The share of places where something stands."""
    taken = {
        (number, column)
        for number, group in enumerate(texts)
        for row in group
        for run in row
        for column in within(run, spans)
    }
    return len(taken) / (len(texts) * len(spans))


def _extent(run: Run, runs: Sequence[Run], spans: Sequence[Span], narrow: Sequence[Rule]) -> tuple[int, int]:
    """The first and the last column that something stands over, in a row of these runs."""
    own = within(run, spans)
    for rule in narrow:  # it says best what a heading stands over
        near = 0 < rule.at - run.box.center.y < _BELOW
        if near and run.over(rule.start, rule.end) > _UNDER * run.box.width:
            over = [
                number
                for number, (left, right) in enumerate(spans)
                if rule.covers(left, right) > _SHARED * min(right - left, rule.length)
            ]
            if over:
                return min(over[0], own[0]), max(over[-1], own[-1])
    if len(runs) == 1 or (len(own) == 1 and is_aligned(run, spans[own[0]])):
        return own[0], own[-1]
    taken = {number for other in runs if other is not run for number in within(other, spans)}
    return _centred(run, spans, taken)


def _centred(run: Run, spans: Sequence[Span], taken: set[int]) -> tuple[int, int]:
    """The columns over which a heading is centred, as far to both sides as nothing else stands there."""
    own = within(run, spans)
    best = (own[0], own[-1])
    for first in range(own[0], -1, -1):
        if first in taken:
            break
        for last in range(own[-1], len(spans)):
            if last in taken:
                break
            if _off(run, spans, first, last) < _off(run, spans, *best) - SAME:
                best = (first, last)
    return best


def _off(run: Run, spans: Sequence[Span], first: int, last: int) -> float:
    return abs((spans[first][0] + spans[last][1]) / 2 - run.box.center.x)
