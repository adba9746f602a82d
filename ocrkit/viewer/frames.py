"""Frames: polygons in the form that the web page draws."""

from __future__ import annotations

from ocrkit.geometry import Point, Polygon, bounding_box


def frame(polygon: Polygon) -> tuple[float, float, float, float, float, float]:
    """A parallelogram: its first corner, its edge in reading direction, and its edge downwards.

    A polygon that does not have four corners becomes its bounding box.
    """
    if len(polygon) == 4:
        start, along, _, down = polygon
        return (
            start.x, start.y, along.x - start.x, along.y - start.y, down.x - start.x, down.y - start.y
        )  # fmt: skip
    box = bounding_box(polygon)
    corner = Point(box.left, box.top)
    return (corner.x, corner.y, box.width, 0.0, 0.0, box.height)
