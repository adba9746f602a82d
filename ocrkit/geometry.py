"""Points, boxes, polygons, and transforms between pixel grids.

All coordinates follow one convention: the origin is the top left corner of the image, x grows to the right,
and y grows downwards. Coordinates are continuous: the pixel in column i and row j covers the square from
(i, j) to (i + 1, j + 1), so scaling and quarter turns are exact. Libraries that put integer coordinates on
pixel *centers* (as OpenCV's warps do) differ by half a pixel; `Transform.on_pixel_centers` converts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias


class Point(NamedTuple):
    """A position in pixels."""

    x: float
    y: float


ORIGIN = Point(0, 0)


class Box(NamedTuple):
    """An upright rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def center(self) -> Point:
        return Point((self.left + self.right) / 2, (self.top + self.bottom) / 2)

    @property
    def area(self) -> float:
        return max(0.0, self.width) * max(0.0, self.height)

    @property
    def polygon(self) -> Polygon:
        """The four corners, clockwise from the top left."""
        left, top, right, bottom = self
        return Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)

    def nearest(self, point: Point) -> Point:
        """The point of the box that is closest to the given one."""
        return Point(min(max(point.x, self.left), self.right), min(max(point.y, self.top), self.bottom))

    def union(self, other: Box) -> Box:
        """The smallest box that contains both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def intersection(self, other: Box) -> Box | None:
        """The common area, or None if the boxes do not overlap."""
        box = Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )
        return box if box.width > 0 and box.height > 0 else None


Polygon: TypeAlias = tuple[Point, ...]
"""The outline of some text, clockwise from the top of the start of its first line.

The first edge therefore points in reading direction, also if the text is rotated.
"""


def bounding_box(points: Iterable[Point]) -> Box:
    """The smallest upright box that contains all points."""
    if isinstance(points, tuple) and len(points) == 4:
        (left, top), (right, y1), (x2, bottom), (x3, y3) = points
        if x3 == left <= right == x2 and y1 == top <= bottom == y3:  # most polygons: three times as fast
            return Box(left, top, right, bottom)
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def run_down(polygons: Iterable[Polygon]) -> bool:
    """Whether most lines of text run down, as in vertical Japanese; the first edge of a line tells."""
    down = across = 0.0
    for polygon in polygons:
        if len(polygon) > 1:
            start, end = polygon[:2]
            down += max(0.0, end.y - start.y)
            across += abs(end.x - start.x)
    return down > across


def polygon_area(polygon: Sequence[Point]) -> float:
    """The signed area of a polygon: positive if its points are in clockwise order (with y down)."""
    following = (*polygon[1:], polygon[0])
    return sum(a.x * b.y - b.x * a.y for a, b in zip(polygon, following, strict=True)) / 2


class Transform(NamedTuple):
    """A projective transform, as the nine numbers of its 3×3 matrix, row by row.

    Scaling, rotation, translation and perspective correction are all projective, so a chain of them is one
    matrix: composing is cheap, and no step rounds coordinates.
    """

    xx: float = 1.0
    xy: float = 0.0
    x0: float = 0.0
    yx: float = 0.0
    yy: float = 1.0
    y0: float = 0.0
    px: float = 0.0
    py: float = 0.0
    p0: float = 1.0

    @classmethod
    def scaling(cls, x: float, y: float | None = None) -> Transform:
        """Multiply the coordinates by a factor, or by one for each axis."""
        return cls(xx=x, yy=x if y is None else y)

    @classmethod
    def shift(cls, x: float, y: float) -> Transform:
        """Move by (x, y)."""
        return cls(x0=x, y0=y)

    @classmethod
    def rotation(cls, degrees: float, center: Point = ORIGIN) -> Transform:
        """Rotate clockwise, as seen on the screen."""
        sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
        turn = cls(xx=cosine, xy=-sine, yx=sine, yy=cosine)
        return cls.shift(-center.x, -center.y).then(turn).then(cls.shift(*center))

    @classmethod
    def quarter_turns(cls, turns: int, width: float, height: float) -> Transform:
        """Rotate an image of this size clockwise by `turns` × 90 degrees, without rounding."""
        return {
            0: cls(),
            1: cls(xx=0, xy=-1, x0=height, yx=1, yy=0, y0=0),
            2: cls(xx=-1, xy=0, x0=width, yx=0, yy=-1, y0=height),
            3: cls(xx=0, xy=1, x0=0, yx=-1, yy=0, y0=width),
        }[turns % 4]

    def then(self, after: Transform) -> Transform:
        """This transform followed by another one."""
        a, b = after.rows, self.rows
        return Transform(*(sum(a[i][k] * b[k][j] for k in range(3)) for i in range(3) for j in range(3)))

    def inverse(self) -> Transform:
        """The inverse transform.

        Raises:
            ValueError: the transform maps the plane onto a line or a point.
        """
        (a, b, c), (d, e, f), (g, h, i) = self.rows
        minors = (
            e * i - f * h, c * h - b * i, b * f - c * e,
            f * g - d * i, a * i - c * g, c * d - a * f,
            d * h - e * g, b * g - a * h, a * e - b * d,
        )  # fmt: skip
        determinant = a * minors[0] + b * minors[3] + c * minors[6]
        if abs(determinant) < 1e-12:
            raise ValueError("this transform has no inverse: it maps the plane onto a line or a point")
        return Transform(*(minor / determinant for minor in minors))

    def point(self, point: Point) -> Point:
        """The point, transformed."""
        weight = self.px * point.x + self.py * point.y + self.p0
        return Point(
            (self.xx * point.x + self.xy * point.y + self.x0) / weight,
            (self.yx * point.x + self.yy * point.y + self.y0) / weight,
        )

    def polygon(self, polygon: Iterable[Point]) -> Polygon:
        """The polygon, transformed; the order of its points stays."""
        return tuple(self.point(point) for point in polygon)

    @property
    def rows(self) -> tuple[tuple[float, float, float], ...]:
        """The 3×3 matrix."""
        return (
            (self.xx, self.xy, self.x0),
            (self.yx, self.yy, self.y0),
            (self.px, self.py, self.p0),
        )

    @property
    def on_pixel_centers(self) -> Transform:
        """The same transform for coordinates whose integers are pixel centers, as in OpenCV's warps."""
        return Transform.shift(0.5, 0.5).then(self).then(Transform.shift(-0.5, -0.5))

    @property
    def is_identity(self) -> bool:
        return self == IDENTITY


IDENTITY = Transform()
