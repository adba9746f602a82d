"""Where on a sheet tables stand: by rules that cross, by rules above one another, by their columns alone."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from ocrkit.geometry import Box, Point, bounding_box
from ocrkit.tables.pieces import Row
from ocrkit.tables.rules import Rule, Rules
from ocrkit.tables.sheet import LINE

_TOUCH = 0.4 * LINE  # so near to its crossing a rule may end
_SAME_WIDTH = 0.8  # of the longer one: so much two rules of one table share
_MOSTLY = 0.8  # of a rule lies in a table that it belongs to
_COLUMN_GAP = 0.9 * LINE
_PROSE = 9.0 * LINE  # two columns as wide as this, line for line, are text in columns
_WITH_COLUMNS = 0.34  # of the rows of a table
_HEADING = 0.6  # of its table: longer is a line of prose
_FEWEST = 3  # rows that have the same columns by chance are fewer
_MANY = 4  # rows: of fewer nobody can say
_NEXT_ROW = 3.5 * LINE  # the next row of a table without rules is not further down
_NOT_TABLE = 2.5 * LINE  # less between two rules is no room for anything but a row
_TALLEST = 4  # lines of a cell that nothing stands beside
_NEXT_LINE = 0.3 * LINE


class Region(NamedTuple):
    """Where a table may stand, and the rules in it."""

    box: Box
    rules: Rules


def ruled(rules: Rules) -> list[Region]:
    """Where upright rules cross level ones."""
    level, upright = rules
    groups: list[tuple[list[Rule], list[Rule]]] = []
    for rule in upright:
        crossed = [each for each in level if _meet(each, rule)]
        if len(crossed) < 2:
            continue
        joined = (crossed, [rule])
        for other in [group for group in groups if any(each in group[0] for each in crossed)]:
            groups.remove(other)
            joined = (
                [*other[0], *(each for each in joined[0] if each not in other[0])],
                other[1] + joined[1],
            )
        groups.append(joined)
    return [Region(_around(*group), Rules(sorted(group[0]), sorted(group[1]))) for group in groups]


def _meet(level: Rule, upright: Rule) -> bool:
    return (
        upright.start - _TOUCH <= level.at <= upright.end + _TOUCH
        and level.start - _TOUCH <= upright.at <= level.end + _TOUCH
    )


def _around(level: Sequence[Rule], upright: Sequence[Rule]) -> Box:
    corners = [Point(x, each.at) for each in level for x in (each.start, each.end)]
    corners += [Point(each.at, y) for each in upright for y in (each.start, each.end)]
    return bounding_box(corners)


def between_rules(level: Sequence[Rule], rows: Sequence[Row]) -> list[Region]:
    """Where level rules of one width stand above one another, with columns between them."""
    stacks: list[list[Rule]] = []
    for rule in sorted(level):
        for stack in stacks:
            first = stack[0]
            shared = first.covers(rule.start, rule.end)
            if shared >= _SAME_WIDTH * max(first.length, rule.length):
                stack.append(rule)
                break
        else:
            stacks.append([rule])
    return [
        Region(box, Rules([rule for rule in level if _within(rule, box)], []))
        for stack in stacks
        for part in _tables(stack, rows)
        if len(part) > 1 and is_tabular(rows_in(rows, box := _around(part, [])))
    ]


def _tables(stack: list[Rule], rows: Sequence[Row]) -> list[list[Rule]]:
    """The rules of a stack by table: between two tables stands a heading, a note, or nothing."""
    parts = [[stack[0]]]
    for above, below in pairwise(stack):
        between = rows_in(rows, _around([above, below], []))
        plain = all(len(row) == 1 for row in between) or (len(between) >= _MANY and not is_tabular(between))
        if plain and below.at - above.at > _NOT_TABLE:
            parts.append([])
        parts[-1].append(below)
    return parts


def _within(rule: Rule, box: Box) -> bool:
    inside = box.top - _TOUCH <= rule.at <= box.bottom + _TOUCH
    return inside and rule.covers(box.left, box.right) > _MOSTLY * rule.length


def by_columns(rows: Sequence[Row], level: Sequence[Rule]) -> list[Region]:
    """Where rows follow one another that have the same columns."""
    runs: list[list[Row]] = [[]]
    pending: list[Row] = []

    def end() -> None:
        if pending and _goes_on(pending, runs[-1]):
            runs[-1].extend(pending)
        runs.append([])
        pending.clear()

    for row in rows:
        if runs[-1] and top(row) - bottom((pending or runs[-1])[-1]) > _NEXT_ROW:
            end()
        if not _has_columns(row):
            pending.extend([row] if runs[-1] else [])
            continue
        if not _may_belong(pending, runs[-1]):
            end()
        runs[-1] += [*pending, row]
        pending.clear()
    end()
    found = []
    for run in runs:
        if len(run) >= _FEWEST and is_tabular(run):
            box = _extent(run)
            found.append(Region(box, Rules([rule for rule in level if _within(rule, box)], [])))
    return found


def _may_belong(lines: Sequence[Row], rows: Sequence[Row]) -> bool:
    """Whether lines without columns may stand in a table: one as a heading, several in one of its columns."""
    if not lines or _is_narrow(lines, rows):
        return True
    if len(lines) > 1 or len(lines[0]) > 1:
        return False
    line = lines[0][0]
    is_short = line.box.width < _HEADING * _extent(rows).width
    return is_short or sum(line.over(run.box.left, run.box.right) > 0 for run in rows[-1]) < 2


def _is_narrow(lines: Sequence[Row], rows: Sequence[Row]) -> bool:
    """Whether lines stand in one column of these rows."""
    widest, whole = _extent(lines), _extent(rows)
    inside = whole.left - _TOUCH <= widest.left and widest.width < _HEADING * whole.width
    return inside and len(lines) <= _TALLEST


def _goes_on(lines: Sequence[Row], rows: Sequence[Row]) -> bool:
    """Whether the last cell of a table has these lines, too."""
    close = top(lines[0]) - bottom(rows[-1]) < _NEXT_LINE
    return close and lines[0][0].text[:1].islower() and _is_narrow(lines, rows)


def together(ruled: Sequence[Region], aligned: Sequence[Region]) -> list[Region]:
    """Regions found by rules, as far as their columns go on; then those that have no rules."""
    whole, alone = list(ruled), []
    for region in aligned:
        met = [place for place, each in enumerate(whole) if each.box.intersection(region.box)]
        if len(met) == 1:
            other = whole[met[0]]
            level = sorted({*other.rules.level, *region.rules.level})
            whole[met[0]] = Region(other.box.union(region.box), Rules(level, []))
        elif not met:
            alone.append(region)
    return whole + alone


def is_tabular(rows: Sequence[Row]) -> bool:
    """Whether enough of the rows have columns, and not those of prose."""
    return sum(map(_has_columns, rows)) >= max(1.0, _WITH_COLUMNS * len(rows))


def _has_columns(row: Row) -> bool:
    apart = any(after.box.left - before.box.right > _COLUMN_GAP for before, after in pairwise(row))
    return apart and sorted(run.box.width for run in row)[-2] < _PROSE


def rows_in(rows: Sequence[Row], box: Box) -> list[Row]:
    """What of the rows stands in a box."""
    inside = ([run for run in row if _holds(box, run.box)] for row in rows)
    return [row for row in inside if row]


def _holds(box: Box, other: Box) -> bool:
    x, y = other.center
    return box.left - _TOUCH <= x <= box.right + _TOUCH and box.top <= y <= box.bottom


def top(row: Row) -> float:
    return min(run.box.top for run in row)


def bottom(row: Row) -> float:
    return max(run.box.bottom for run in row)


def middle(row: Row) -> float:
    return statistics.fmean(run.box.center.y for run in row)


def _extent(rows: Sequence[Row]) -> Box:
    return bounding_box(corner for row in rows for run in row for corner in run.box.polygon)
