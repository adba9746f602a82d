"""Places of words, and of parts of words."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from ocrkit.geometry import Point, Polygon, bounding_box
from ocrkit.result.blocks import is_unspaced_character

How: TypeAlias = Literal["linked", "paired", "gap", "none"]
"""Why a word has its place: by its characters, opposite other words, in a gap of a line, or it has none."""
_NARROW, _WIDE = set("iljtfrI1.,:;'|!()[]-"), set("mwMW@%")


class Counterpart(NamedTuple):
    """The words that correspond to a unit of the said text."""

    how: How = "none"
    seen: tuple[int, ...] = ()
    """The units of the seen text, in its order."""
    start: int = 0
    """The range of their characters in the seen text; empty unless linked."""
    stop: int = 0
    polygon: Polygon | None = None


def part_of(polygon: Polygon, text: str, start: int, stop: int) -> Polygon:
    """The part of a polygon along its text that some of the characters fill, by their usual widths."""
    if start <= 0 and stop >= len(text):
        return polygon
    widths = [_width(each) for each in text]
    total = sum(widths) or 1.0
    if len(polygon) != 4:
        polygon = bounding_box(polygon).polygon
    first, last = sum(widths[:start]) / total, sum(widths[:stop]) / total
    top_left, top_right, bottom_right, bottom_left = polygon
    return (
        _between(top_left, top_right, first),
        _between(top_left, top_right, last),
        _between(bottom_left, bottom_right, last),
        _between(bottom_left, bottom_right, first),
    )


def _width(character: str) -> float:
    """The usual width of a character, in widths of a small letter."""
    if is_unspaced_character(character):
        return 2.0
    return 0.5 if character in _NARROW else 1.4 if character in _WIDE else 1.0


def _between(start: Point, end: Point, share: float) -> Point:
    return Point(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)


def length_of(polygon: Polygon) -> float:
    """The length of the first edge of an upright polygon."""
    return abs(polygon[1].x - polygon[0].x) + abs(polygon[1].y - polygon[0].y)
