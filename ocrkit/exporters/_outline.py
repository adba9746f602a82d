"""Outlines of regions in whole pixels, as the XML formats need them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from ocrkit.geometry import Box, Point, Polygon, Transform, bounding_box, polygon_area
from ocrkit.result import Block, Line, PageResult, Region

_Pixel: TypeAlias = tuple[int, int]

_ANGLE_TOLERANCE = 0.5
"""Degrees. A corner that is detected one pixel off gives a level line such an angle."""


class Outline(NamedTuple):
    """The outline of a region in whole pixels, clipped to the page."""

    left: int
    top: int
    right: int
    bottom: int
    points: tuple[_Pixel, ...]
    """The corners: three or more, with an area between them."""
    is_box: bool
    """Whether the corners are those of the bounding box."""
    angle: float
    """The clockwise rotation of the text in degrees, greater than -180 and at most 180."""
    baseline: tuple[_Pixel, ...]
    """The lower side of the outline in reading direction: two points or more."""
    line_height: float
    """The height across the reading direction."""

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


def region_polygon(region: Region) -> Polygon | None:
    """The polygon of a region, or else the bounding box of its parts."""
    if region.polygon:
        return region.polygon
    parts: Sequence[Region] = ()
    if isinstance(region, Block):
        parts = region.lines
    elif isinstance(region, Line):
        parts = region.words
    points = [point for part in parts for point in region_polygon(part) or ()]
    return bounding_box(points).polygon if points else None


def region_outline(region: Region, page: PageResult) -> Outline | None:
    """The outline of a region, or None where its position is unknown."""
    polygon = region_polygon(region)
    return None if polygon is None else _outline(polygon, page)


def page_outline(page: PageResult) -> Outline:
    return _outline(Box(0, 0, page.width, page.height).polygon, page)


def format_points(points: Iterable[_Pixel]) -> str:
    """Points in the notation of PAGE and ALTO."""
    return " ".join(f"{x},{y}" for x, y in points)


def _outline(polygon: Polygon, page: PageResult) -> Outline:
    points = _rounded(polygon, Box(0, 0, page.width, page.height))
    left, right = _at_least_one_pixel(min(x for x, _ in points), max(x for x, _ in points), page.width)
    top, bottom = _at_least_one_pixel(min(y for _, y in points), max(y for _, y in points), page.height)
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    if polygon_area([Point(*point) for point in points]) == 0:
        points = corners
    is_box = {*points} == {*corners}
    angle = _first_edge_angle(polygon)
    quarter_turn = 90.0 * round(angle / 90)
    if is_box or abs(angle - quarter_turn) < _ANGLE_TOLERANCE:
        angle = _normalize_degrees(quarter_turn)
    level = Transform.rotation(-angle).polygon(Point(*point) for point in points)
    height = bounding_box(level).height
    return Outline(left, top, right, bottom, points, is_box, angle, _lower_side(points, level), height)


def _lower_side(points: Sequence[_Pixel], level: Polygon) -> tuple[_Pixel, ...]:
    """The points below the text, from its start to its end. `level` is the polygon with the text level."""
    count = len(points)
    start = max(range(count), key=lambda index: level[index].y - level[index].x)
    end = max(range(count), key=lambda index: level[index].y + level[index].x)
    step = -1 if polygon_area(level) > 0 else 1
    steps = (start - end if step < 0 else end - start) % count
    return tuple(points[(start + step * number) % count] for number in range(max(steps, 1) + 1))


def _rounded(polygon: Iterable[Point], limit: Box) -> tuple[_Pixel, ...]:
    return tuple((round(x), round(y)) for x, y in map(limit.nearest, polygon))


def _at_least_one_pixel(low: int, high: int, limit: int) -> _Pixel:
    """Two edges at least one pixel apart, because many readers reject boxes without an area."""
    if low < high:
        return low, high
    low = max(0, min(low, limit - 1))
    return low, low + 1


def _first_edge_angle(polygon: Polygon) -> float:
    if len(polygon) < 2:
        return 0.0
    start, end = polygon[:2]
    return _normalize_degrees(round(math.degrees(math.atan2(end.y - start.y, end.x - start.x)), 2))


def _normalize_degrees(degrees: float) -> float:
    """The same direction, greater than -180 and at most 180 degrees."""
    turned = degrees % 360
    return turned - 360 if turned > 180 else turned
