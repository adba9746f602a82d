"""Correct the perspective of photographed pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import field_validator

from ocrkit.geometry import Box, Point, Transform
from ocrkit.harmless import Harmless
from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.preprocess.base import StepOptions
from ocrkit.preprocess.measure.lighting import paper_color, to_gray

# Lengths below are in pixels of a reduced photo.
_MAX_SIDE = 500
_MIN_SIDE = 50  # in a smaller photo there is no room for a desk
_MIN_AREA, _MAX_AREA = 0.2, 0.97  # share of the photo: less is an object on a page, more is the whole page
_MIN_OVERLAP = 0.93  # of the found area and the quadrilateral: their intersection divided by their union
_MIN_DISTANCE = 2  # from each corner to the edge of the photo: the page must be completely visible
_SAME_CORNER = 0.01  # pixels of the photo: closer to the corners of the photo, nothing would change
_MIN_SLANT = 0.012  # radians: an upright rectangle needs no correction
_MIN_CORNER_SINE = 0.7  # of the sharpest corner: pages are not photographed at a flatter angle
_STEP_DISTANCE = 4  # from a side of the page to where the levels inside and outside are sampled
_MIN_STEP = 25  # gray levels between page and desk
_MIN_STEP_RATIO = 0.4  # of the smallest step to the largest: lighting is uneven, but the desk is one
_PRINT_WINDOW = 15  # wider than print and narrower than shadows
_MIN_PRINT_CONTRAST = 0.3  # of the contrast between page and desk
_MAX_PRINT_OUTSIDE = 0.1  # share of the print
_MAX_STRAY_PRINT = 0.003  # share of the desk that may look like print if the page is empty

_Quad: TypeAlias = NDArray[np.float64]
"""Four corners, one per row, clockwise from the top left."""


class Dewarp(StepOptions):
    """Correct the perspective of a photographed page and cut off the desk around it.

    The page must be the only bright quadrilateral on a darker background, and be completely visible. The step
    does nothing if there is none, or if it could be a picture or a box on a page. Curved pages stay curved.
    """

    corners: Harmless[tuple[Point, Point, Point, Point] | None] = None
    """The corners of the page in pixels, clockwise from where its text begins; detected by default. Corners
    outside the photo are moved to its edge."""

    @field_validator("corners")
    @classmethod
    def _convex(cls, corners: tuple[Point, ...] | None) -> tuple[Point, ...] | None:
        if corners is not None and not _is_convex(np.array(corners)):
            raise ValueError("must be the corners of a convex quadrilateral, in clockwise order")
        return corners

    def __call__(self, page: Page) -> Page:
        quad = _detect_page(page) if self.corners is None else _clip_to_page(self.corners, page)
        if quad is None or np.allclose(quad, _rectangle(page.width, page.height), rtol=0, atol=_SAME_CORNER):
            return page
        lengths = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
        width, height = (max(1, round(float(lengths[side::2].max()))) for side in (0, 1))
        flat = _rectangle(width, height)
        matrix = cv2.getPerspectiveTransform(flat.astype(np.float32), quad.astype(np.float32))
        to_photo = Transform(*np.asarray(matrix).ravel().tolist())
        pixels = cv2.warpPerspective(
            page.pixels,
            np.array(to_photo.on_pixel_centers.rows),
            (width, height),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=paper_color(page.pixels),
        )
        return page.derive(np.asarray(pixels, dtype=np.uint8), to_photo)


def _rectangle(width: float, height: float) -> _Quad:
    return np.array(Box(0, 0, width, height).polygon)


def _clip_to_page(corners: tuple[Point, ...], page: Page) -> _Quad | None:
    """The corners, moved to the edge of the page where they lie outside; None if no area is left."""
    whole = Box(0, 0, page.width, page.height)
    quad = np.array([whole.nearest(corner) for corner in corners])
    return quad if _is_convex(quad) else None


def _is_convex(quad: _Quad, min_sine: float = 1e-6) -> bool:
    """Whether the corners are in clockwise order and the sine of each angle is at least `min_sine`."""
    sides = np.roll(quad, -1, axis=0) - quad
    lengths = np.linalg.norm(sides, axis=1)
    if not np.isfinite(lengths).all() or lengths.min() < 1:
        return False
    (x, y), (next_x, next_y) = sides.T, np.roll(sides, -1, axis=0).T
    return bool(((x * next_y - y * next_x) / (lengths * np.roll(lengths, -1))).min() >= min_sine)


def _detect_page(page: Page) -> _Quad | None:
    """The corners of the page in a photo; None in case of doubt."""
    if min(page.width, page.height) < _MIN_SIDE:
        return None
    scale = min(1.0, _MAX_SIDE / max(page.width, page.height))
    size = (max(1, round(page.width * scale)), max(1, round(page.height * scale)))
    if min(size) < _MIN_SIDE:
        return None
    small = np.asarray(cv2.resize(to_gray(page.pixels), size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    for mask in _candidate_masks(cv2.GaussianBlur(small, (5, 5), 0)):
        quad = _fit_quad(mask)
        if quad is not None and _is_page(quad, mask, small):
            return quad * (page.width / size[0], page.height / size[1])
    return None


def _candidate_masks(smooth: cv2.typing.MatLike) -> Iterator[Pixels]:
    """Masks of what may be the page: the largest bright area, and the largest area enclosed by edges."""
    _, bright = cv2.threshold(smooth, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    yield _largest_component(bright)
    window = np.ones((5, 5), np.uint8)
    enclosed = _largest_component(cv2.dilate(cv2.Canny(smooth, 30, 90), window))
    yield np.asarray(cv2.erode(enclosed, window), dtype=np.uint8)


def _largest_component(mask: cv2.typing.MatLike) -> Pixels:
    """The largest connected component with its holes filled."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    filled = np.zeros(mask.shape, np.uint8)
    if outlines:
        cv2.drawContours(filled, [max(outlines, key=cv2.contourArea)], -1, 1, cv2.FILLED)
    return np.asarray(cv2.morphologyEx(filled, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), dtype=np.uint8)


def _fit_quad(mask: Pixels) -> _Quad | None:
    """The quadrilateral around the largest component; None if it has another shape."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return None
    points = max(outlines, key=cv2.contourArea).reshape(-1, 2)
    hull = cv2.convexHull(points)
    perimeter = cv2.arcLength(hull, closed=True)
    for tolerance in (0.01, 0.02, 0.03, 0.05):
        corners = cv2.approxPolyDP(hull, tolerance * perimeter, closed=True).reshape(-1, 2).astype(np.float64)
        if len(corners) == 4:
            quad = _sort_corners(corners)
            return _refine(quad, points.astype(np.float64)) if _is_convex(quad, _MIN_CORNER_SINE) else None
    return None


def _sort_corners(corners: _Quad) -> _Quad:
    """The corners in clockwise order, starting from the one nearest to the top left."""
    x, y = (corners - corners.mean(axis=0)).T
    corners = corners[np.argsort(np.arctan2(y, x))]
    return np.roll(corners, -int(corners.sum(axis=1).argmin()), axis=0)


def _refine(quad: _Quad, points: _Quad) -> _Quad:
    """The intersections of lines fitted to all points along each side: more exact than single points."""
    lines = []
    for start, end in _sides(quad):
        along = (end - start) / np.linalg.norm(end - start)
        position = (points - start) @ along / np.linalg.norm(end - start)
        distance = np.abs((points - start) @ (-along[1], along[0]))
        near = points[(position > 0.1) & (position < 0.9) & (distance < _STEP_DISTANCE)]
        if len(near) < 10:
            return quad + 0.5
        x, y, x0, y0 = cv2.fitLine(near.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel().tolist()
        lines.append(np.cross((x0, y0, 1), (x0 + x, y0 + y, 1)))
    intersections = [np.cross(lines[side - 1], lines[side]) for side in range(4)]
    if min(abs(point[2]) for point in intersections) < 1e-6:
        return quad + 0.5
    return np.array([point[:2] / point[2] for point in intersections]) + 0.5  # contours have pixel centers


def _sides(quad: _Quad) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Start and end of each side."""
    return zip(quad, np.roll(quad, -1, axis=0), strict=True)


def _is_page(quad: _Quad, mask: Pixels, small: Pixels) -> bool:
    """Whether the quadrilateral is certainly a photographed page on a desk."""
    height, width = small.shape
    low, high = quad.min(axis=0), quad.max(axis=0)
    if low.min() < _MIN_DISTANCE or high[0] > width - _MIN_DISTANCE or high[1] > height - _MIN_DISTANCE:
        return False
    sides = np.abs(np.roll(quad, -1, axis=0) - quad)
    if (sides.min(axis=1) / sides.max(axis=1)).max() < _MIN_SLANT:
        return False
    inside = np.zeros_like(mask)
    cv2.fillConvexPoly(inside, np.rint(quad - 0.5).astype(np.int32), (1,))
    if not _MIN_AREA <= inside.mean() <= _MAX_AREA:
        return False
    if (inside & mask).sum() < _MIN_OVERLAP * (inside | mask).sum():
        return False
    steps = _brightness_steps(quad, small)
    if min(steps) < max(_MIN_STEP, _MIN_STEP_RATIO * max(steps)):
        return False
    return _contains_print(inside, small, _MIN_PRINT_CONTRAST * float(np.median(steps)))


def _brightness_steps(quad: _Quad, small: Pixels) -> list[float]:
    """For each side, by how many gray levels the page is brighter than the desk."""
    steps = []
    for start, end in _sides(quad):
        along = (end - start) / np.linalg.norm(end - start)
        outwards = np.array((along[1], -along[0])) * _STEP_DISTANCE
        points = start + np.linspace(0.1, 0.9, 64)[:, None] * (end - start)
        inside, outside = (_sample_levels(small, points + offset) for offset in (-outwards, outwards))
        steps.append(float(np.median(inside - outside)))
    return steps


def _sample_levels(small: Pixels, points: _Quad) -> NDArray[np.int16]:
    columns, rows = np.floor(points).astype(int).T
    height, width = small.shape
    return np.asarray(small[rows.clip(0, height - 1), columns.clip(0, width - 1)], dtype=np.int16)


def _contains_print(inside: Pixels, small: Pixels, contrast: float) -> bool:
    """Whether nearly all print is inside the quadrilateral; otherwise it is a box on a page."""
    looks_like_print = cv2.absdiff(small, cv2.medianBlur(small, _PRINT_WINDOW)) >= contrast
    window = np.ones((2 * _STEP_DISTANCE + 1, 2 * _STEP_DISTANCE + 1), np.uint8)
    is_outside = cv2.dilate(inside, window) == 0
    print_inside = int(np.count_nonzero(looks_like_print & (cv2.erode(inside, window) > 0)))
    print_outside = int(np.count_nonzero(looks_like_print & is_outside))
    allowed = max(_MAX_PRINT_OUTSIDE * print_inside, _MAX_STRAY_PRINT * np.count_nonzero(is_outside))
    return print_outside <= allowed
