"""Lines of several readings at the same position on the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ocrkit.geometry import Box
from ocrkit.result import Line

LineGroup: TypeAlias = tuple[tuple[int, ...], ...]
"""For each reading, the positions of its lines in one place."""

_SAME_PLACE = 0.5
"""The share of the smaller of two lines that must lie on the other one."""


def group_lines(readings: Sequence[Sequence[Line]]) -> list[LineGroup]:
    """The lines of several readings, grouped by place, in the order of the first reading.

    A line of one reading may correspond to several of another, as in tables. If a reading has lines without
    a place, the whole page is one group.
    """
    lines = [(reading, number) for reading, found in enumerate(readings) for number in range(len(found))]
    if len(readings) > 1 and any(line.box is None for found in readings for line in found):
        return [tuple(tuple(range(len(found))) for found in readings)]
    group = _groups(readings, lines)
    order = _order(readings, group)
    grouped: dict[int, list[list[int]]] = {each: [[] for _ in readings] for each in order}
    for reading, number in lines:
        grouped[group[reading, number]][reading].append(number)
    return [tuple(tuple(numbers) for numbers in grouped[each]) for each in order]


def _order(readings: Sequence[Sequence[Line]], group: dict[tuple[int, int], int]) -> list[int]:
    """The groups in the order of the first reading; others follow their predecessor in their own reading."""
    order: list[int] = []
    for reading, found in enumerate(readings):
        after = 0
        for number in range(len(found)):
            current = group[reading, number]
            if current not in order:
                order.insert(after, current)
            after = order.index(current) + 1
    return order


def _groups(
    readings: Sequence[Sequence[Line]], lines: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], int]:
    """The group of each line: connected components of lines at the same position."""
    parents = list(range(len(lines)))

    def root(line: int) -> int:
        while parents[line] != line:
            line = parents[line]
        return line

    boxes = [readings[reading][number].box for reading, number in lines]
    for first, (reading, _) in enumerate(lines):
        for second in range(first + 1, len(lines)):
            if lines[second][0] != reading and _same_place(boxes[first], boxes[second]):
                parents[root(second)] = root(first)
    return {line: root(number) for number, line in enumerate(lines)}


def _same_place(first: Box | None, second: Box | None) -> bool:
    if first is None or second is None or first.top >= second.bottom or second.top >= first.bottom:
        return False
    common = first.intersection(second)
    return common is not None and common.area > _SAME_PLACE * min(first.area, second.area)
