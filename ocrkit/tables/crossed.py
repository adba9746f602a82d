"""The grid of a table with upright rules. Where some are missing, its text says how it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ocrkit.geometry import Box
from ocrkit.tables.columns import Span, columns_of
from ocrkit.tables.grid import ACROSS, SAME, Grid, between, inner
from ocrkit.tables.pieces import Row
from ocrkit.tables.regions import Region, rows_in
from ocrkit.tables.rows import figures, grouped
from ocrkit.tables.rules import Rule
from ocrkit.tables.sheet import LINE

_COVERED = 0.5  # of the side of a cell is rule, or the cell goes on
_SEVERAL = 0.6  # of the rows of a column have several things in it: they are columns of their own
_ALONE = 0.7  # of the rows have one line of text in a column: it is no cell over all of them


def crossed(region: Region, inside: Sequence[Row]) -> Grid:
    """The grid of what stands inside a region."""
    box, (level, upright) = region.box, region.rules
    edges = [box.left, *inner([rule.at for rule in upright], box.left, box.right), box.right]
    gutters = _gutters(edges, inside)
    xs = sorted([*edges, *gutters])
    drawn = [box.top, *inner([rule.at for rule in level], box.top, box.bottom), box.bottom]
    parted = _parted(region, drawn, inside, list(pairwise(xs)))
    ys = _trimmed(sorted([*drawn, *parted]), box, inside)
    grid = Grid(ys, xs)
    for row, (above, below) in enumerate(pairwise(ys)):
        for column, x in enumerate(xs[1:-1]):
            if x not in gutters and _cover(upright, x, above, below) < _COVERED * (below - above):
                grid.join(row, column, row, column + 1)
    for column, (left, right) in enumerate(pairwise(xs)):
        least = _COVERED * (right - left)
        missing = [y for y in ys[1:-1] if y not in parted and _cover(level, y, left, right) < least]
        if len(missing) > 2 and _stands_row_by_row(ys, left, right, inside):
            continue
        for row, y in enumerate(ys[1:-1]):
            if y in missing:
                grid.join(row, column, row + 1, column)
    _bridge(grid, gutters, inside)
    return grid


def _gutters(edges: Sequence[float], inside: Sequence[Row]) -> set[float]:
    """Where columns of text have no rule between them."""
    gutters: set[float] = set()
    for left, right in pairwise(edges):
        rows = [part for row in inside if (part := [run for run in row if left <= run.box.center.x < right])]
        several = [row for row in rows if len(row) > 1]
        if len(several) > 2 and len(several) >= _SEVERAL * len(rows):
            spans = columns_of(rows)
            gutters |= {(a[1] + b[0]) / 2 for a, b in pairwise(spans) if b[0] - a[1] > LINE}
    return gutters


def _parted(
    region: Region, drawn: Sequence[float], inside: Sequence[Row], spans: Sequence[Span]
) -> list[float]:
    """Where rows of text have no rule between them. Between many rules each band is a row already."""
    box, level = region.box, region.rules.level
    full = [y for y in drawn[1:-1] if _cover(level, y, box.left, box.right) >= ACROSS * box.width]
    bands = [
        (above, below, rows_in(inside, box._replace(top=above, bottom=below)))
        for above, below in pairwise([box.top, *full, box.bottom])
    ]
    are_many = sum(bool(rows) for _, _, rows in bands) > 2
    parted = []
    for number, (above, below, rows) in enumerate(bands):
        if len(rows) < 2 or any(above < y < below for y in drawn):
            continue
        if not are_many or figures(rows, spans):
            parted += between(grouped(rows, spans, heading=number == 0 and len(bands) > 1))
    return parted


def _trimmed(ys: list[float], box: Box, inside: Sequence[Row]) -> list[float]:
    """Without what is empty from side to side at the top and at the bottom: rules that frame a heading."""
    filled = [bool(rows_in(inside, box._replace(top=a, bottom=b))) for a, b in pairwise(ys)]
    if not any(filled):
        return ys
    return ys[filled.index(True) : len(ys) - filled[::-1].index(True)]


def _stands_row_by_row(ys: Sequence[float], left: float, right: float, inside: Sequence[Row]) -> bool:
    """Whether the text of a column does so all the same where its rules are missing: they were too faint."""
    heights = [run.box.center.y for row in inside for run in row if left <= run.box.center.x < right]
    slots = [sum(above < height <= below for height in heights) for above, below in pairwise(ys)]
    return sum(count == 1 for count in slots) >= max(3.0, _ALONE * len(slots))


def _bridge(grid: Grid, gutters: set[float], inside: Sequence[Row]) -> None:
    """Join what a run of words goes across, where no rule is."""
    for run in (run for row in inside for run in row):
        places = [
            number
            for number, x in enumerate(grid.xs)
            if x in gutters and run.over(run.box.left, x) > SAME and run.over(x, run.box.right) > SAME
        ]
        if places:
            row = grid.row_at(run.box.center.y)
            grid.join(row, places[0] - 1, row, places[-1])


def _cover(rules: Sequence[Rule], at: float, start: float, end: float) -> float:
    return sum(rule.covers(start, end) for rule in rules if abs(rule.at - at) < SAME)
