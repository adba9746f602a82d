"""Vertical text in groups that are scattered over a page, such as the balloons of a comic.

The columns of a balloon are read one after the other, and the balloons of a tier of panels from right to
left. On the leveled page, on which columns run to the right, these are rows from top to bottom: a tier is a
strip from the top of the leveled page to its foot, and the first tier is the leftmost strip.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ocrkit.geometry import run_down
from ocrkit.postprocess.reading_order.line_fragments import LineFragment, enclosing_box
from ocrkit.result import PageResult

_MAX_COLUMN_GAP = 0.9  # of columns of one balloon, in their thickness
_MIN_SHARED_LENGTH = 0.5  # of the shorter of two columns of one balloon
_MAX_THICKNESS_RATIO = 1.5
_MIN_BALLOONS, _MAX_BALLOONS = 4, 200  # on a page with more groups they are the labels of a plan or a list
_MAX_COLUMNS = 8  # of a balloon; longer text is a story in columns, which has no balloons
_TIER_FIRST = 3.0  # a gap between tiers counts this much more than one between balloons of a tier


class _Gap(NamedTuple):
    """White space between groups, and a position inside it."""

    width: float
    position: float


def balloons(fragments: Sequence[LineFragment], result: PageResult) -> list[list[LineFragment]] | None:
    """The groups in reading order; None if the page is not one with groups of vertical text."""
    is_vertical = not result.rotation and run_down(line.polygon or () for line in result.lines)
    if not is_vertical or any(each.kept_block for each in fragments):
        return None
    groups = _groups(fragments)
    if not _MIN_BALLOONS <= len(groups) <= _MAX_BALLOONS or max(map(len, groups)) > _MAX_COLUMNS:
        return None
    boxes = [enclosing_box(group) for group in groups]
    if min(box.right for box in boxes) >= max(box.left for box in boxes):
        return None  # all side by side: columns that are far apart
    return _ordered(groups)


def _groups(fragments: Sequence[LineFragment]) -> list[list[LineFragment]]:
    """Fragments that are close enough to be columns of one balloon, each group in reading order."""
    group_of = {id(fragment): [fragment] for fragment in fragments}
    beside: list[LineFragment] = []
    for fragment in sorted(fragments, key=lambda each: each.box.left):
        # Only columns that share a part of their length: a page of a newspaper has a thousand.
        beside = [other for other in beside if other.box.right >= fragment.box.left]
        for other in beside:
            larger, smaller = group_of[id(fragment)], group_of[id(other)]
            if larger is not smaller and _belong_together(fragment, other):
                if len(larger) < len(smaller):
                    larger, smaller = smaller, larger
                larger += smaller
                group_of |= {id(each): larger for each in smaller}
        beside.append(fragment)
    groups = {id(group): group for group in group_of.values()}.values()
    return [
        sorted(group, key=lambda each: (each.box.top + each.box.bottom, each.box.left)) for group in groups
    ]


def _belong_together(one: LineFragment, other: LineFragment) -> bool:
    thin, thick = sorted((one.box.height, other.box.height))
    gap = max(one.box.top, other.box.top) - min(one.box.bottom, other.box.bottom)
    shared = min(one.box.right, other.box.right) - max(one.box.left, other.box.left)
    return (
        thick <= _MAX_THICKNESS_RATIO * thin
        and gap <= _MAX_COLUMN_GAP * thin
        and shared >= _MIN_SHARED_LENGTH * min(one.width, other.width)
    )


def _ordered(groups: list[list[LineFragment]]) -> list[list[LineFragment]]:
    """The groups in order: cut at the widest gap between tiers, or between balloons side by side."""
    if len(groups) < 2:
        return groups
    boxes = [enclosing_box(group) for group in groups]
    tier = _widest_gap((box.left, box.right) for box in boxes)
    beside = _widest_gap((box.top, box.bottom) for box in boxes)
    if not tier and not beside:
        return sorted(groups, key=lambda group: (enclosing_box(group).left, enclosing_box(group).top))
    if tier and (not beside or _TIER_FIRST * tier.width >= beside.width):
        is_before = [box.left < tier.position for box in boxes]
    else:
        position = beside.position if beside else 0.0
        is_before = [box.top < position for box in boxes]
    first = [group for group, before in zip(groups, is_before, strict=True) if before]
    second = [group for group, before in zip(groups, is_before, strict=True) if not before]
    return _ordered(first) + _ordered(second)


def _widest_gap(spans: Iterable[tuple[float, float]]) -> _Gap | None:
    """The widest gap that no span covers."""
    ordered = sorted(spans)
    best: _Gap | None = None
    end = ordered[0][1]
    for start, stop in ordered[1:]:
        if start > end and (best is None or start - end > best.width):
            best = _Gap(start - end, (start + end) / 2)
        end = max(end, stop)
    return best
