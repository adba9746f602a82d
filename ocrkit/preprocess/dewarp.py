"""Photographed pages: from the quadrilateral a camera sees back to the rectangle the page is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import field_validator

from ocrkit.geometry import Box, Point, Transform
from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.preprocess.base import StepOptions
from ocrkit.preprocess.measure.light import paper_colour, to_gray

_LONGEST = 500  # pixels of the picture in which the page is looked for
_SMALLEST = 50  # pixels: there is no desk around a smaller side
_LEAST, _MOST = 0.2, 0.97  # of the picture is the page: less is something on a page, more is all of it
_FITS = 0.93  # of what was found and the quadrilateral together they share
_CLEAR = 2  # pixels of that picture from each corner to the edge: the page is seen whole
_ASLANT = 0.012  # radians by which a side leans at least: an upright rectangle needs no straightening
_SQUARE = 0.7  # sine of its sharpest corner at least: nobody photographs a page that flatly
_BESIDE = 4  # pixels of that picture from a side to where its lighter and its darker ground are seen
_BRIGHTER = 25  # levels between those, and
_ALIKE = 0.4  # of the most on any side: light is uneven, but a desk is a desk
_BLOCK = 15  # pixels of that picture: wider than print and narrower than shadows
_PRINT = 0.3  # of the contrast between page and desk is that of print at least
_OUTSIDE = 0.1  # of the print stands outside at most, and
_STRAY = 0.003  # of the desk may look like print on an empty page

_Quad: TypeAlias = NDArray[np.float64]
"""Four corners, a row each, clockwise from the top left."""


class Dewarp(StepOptions):
    """Take the perspective out of a photographed page, and the desk around it away.

    The page is the one bright quadrilateral on a darker ground, seen whole. Where there is none, or one that
    could as well be a picture or a box on a page, nothing is done. A page that bends stays bent.
    """

    corners: tuple[Point, Point, Point, Point] | None = None
    """The corners of the page in pixels, clockwise from where its text begins; looked for if not given. One
    beside the picture is moved to its edge."""

    @field_validator("corners")
    @classmethod
    def _convex(cls, corners: tuple[Point, ...] | None) -> tuple[Point, ...] | None:
        if corners is not None and not _is_convex(np.array(corners)):
            raise ValueError("must go clockwise around the page, and none may point inwards")
        return corners

    def __call__(self, page: Page) -> Page:
        quad = _found(page) if self.corners is None else _on_page(self.corners, page)
        if quad is None or np.array_equal(quad, _rectangle(page.width, page.height)):
            return page
        lengths = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
        width, height = (max(1, round(float(lengths[side::2].max()))) for side in (0, 1))
        flat = _rectangle(width, height)
        matrix = cv2.getPerspectiveTransform(flat.astype(np.float32), quad.astype(np.float32))
        to_this = Transform(*np.asarray(matrix).ravel().tolist())
        pixels = cv2.warpPerspective(
            page.pixels,
            np.array(to_this.on_pixel_centres.rows),
            (width, height),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=paper_colour(page.pixels),
        )
        return page.derive(np.asarray(pixels, dtype=np.uint8), to_this)


def _rectangle(width: float, height: float) -> _Quad:
    return np.array(Box(0, 0, width, height).polygon)


def _on_page(corners: tuple[Point, ...], page: Page) -> _Quad | None:
    """The corners as far as the page goes; None where nothing is left of it."""
    whole = Box(0, 0, page.width, page.height)
    quad = np.array([whole.nearest(corner) for corner in corners])
    return quad if _is_convex(quad) else None


def _is_convex(quad: _Quad, sine: float = 1e-6) -> bool:
    """Whether the corners go clockwise, and each turns by a sine of at least so much."""
    sides = np.roll(quad, -1, axis=0) - quad
    lengths = np.linalg.norm(sides, axis=1)
    if not np.isfinite(lengths).all() or lengths.min() < 1:
        return False
    (x, y), (next_x, next_y) = sides.T, np.roll(sides, -1, axis=0).T
    return bool(((x * next_y - y * next_x) / (lengths * np.roll(lengths, -1))).min() >= sine)


def _found(page: Page) -> _Quad | None:
    """The page in the picture, if it is there without doubt."""
    if min(page.width, page.height) < _SMALLEST:
        return None
    scale = min(1.0, _LONGEST / max(page.width, page.height))
    size = (max(1, round(page.width * scale)), max(1, round(page.height * scale)))
    if min(size) < _SMALLEST:
        return None
    small = np.asarray(cv2.resize(to_gray(page.pixels), size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    for mask in _masks(cv2.GaussianBlur(small, (5, 5), 0)):
        quad = _outline(mask)
        if quad is not None and _is_page(quad, mask, small):
            return quad * (page.width / size[0], page.height / size[1])
    return None


def _masks(soft: cv2.typing.MatLike) -> Iterator[Pixels]:
    """What may be the page: what is bright, and what is within the edges."""
    _, bright = cv2.threshold(soft, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    yield _largest(bright)
    thick = np.ones((5, 5), np.uint8)
    yield np.asarray(cv2.erode(_largest(cv2.dilate(cv2.Canny(soft, 30, 90), thick)), thick), dtype=np.uint8)


def _largest(mask: cv2.typing.MatLike) -> Pixels:
    """The largest piece, its holes filled."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    filled = np.zeros(mask.shape, np.uint8)
    if outlines:
        cv2.drawContours(filled, [max(outlines, key=cv2.contourArea)], -1, 1, cv2.FILLED)
    return np.asarray(cv2.morphologyEx(filled, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), dtype=np.uint8)


def _outline(mask: Pixels) -> _Quad | None:
    """The four straight lines around a piece."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return None
    points = max(outlines, key=cv2.contourArea).reshape(-1, 2)
    hull = cv2.convexHull(points)
    around = cv2.arcLength(hull, closed=True)
    for share in (0.01, 0.02, 0.03, 0.05):
        corners = cv2.approxPolyDP(hull, share * around, closed=True).reshape(-1, 2).astype(np.float64)
        if len(corners) == 4:
            quad = _in_order(corners)
            return _refined(quad, points.astype(np.float64)) if _is_convex(quad, _SQUARE) else None
    return None


def _in_order(corners: _Quad) -> _Quad:
    """Clockwise, from the one nearest to the top left."""
    x, y = (corners - corners.mean(axis=0)).T
    corners = corners[np.argsort(np.arctan2(y, x))]
    return np.roll(corners, -int(corners.sum(axis=1).argmin()), axis=0)


def _refined(quad: _Quad, points: _Quad) -> _Quad:
    """The corners where lines through all the points along each side meet: more exact than any one point."""
    lines = []
    for start, end in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        along = (end - start) / np.linalg.norm(end - start)
        steps = (points - start) @ along / np.linalg.norm(end - start)
        aside = np.abs((points - start) @ (-along[1], along[0]))
        beside = points[(steps > 0.1) & (steps < 0.9) & (aside < _BESIDE)]
        if len(beside) < 10:
            return quad + 0.5
        x, y, x0, y0 = cv2.fitLine(beside.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel().tolist()
        lines.append(np.cross((x0, y0, 1), (x0 + x, y0 + y, 1)))
    meets = [np.cross(lines[side - 1], lines[side]) for side in range(4)]
    if min(abs(meet[2]) for meet in meets) < 1e-6:
        return quad + 0.5
    return np.array([meet[:2] / meet[2] for meet in meets]) + 0.5  # the points are centres of pixels


def _is_page(quad: _Quad, mask: Pixels, small: Pixels) -> bool:
    """Whether it can be nothing but a photographed page on a desk."""
    height, width = small.shape
    low, high = quad.min(axis=0), quad.max(axis=0)
    if low.min() < _CLEAR or high[0] > width - _CLEAR or high[1] > height - _CLEAR:
        return False
    sides = np.abs(np.roll(quad, -1, axis=0) - quad)
    if (sides.min(axis=1) / sides.max(axis=1)).max() < _ASLANT:
        return False
    inside = np.zeros_like(mask)
    cv2.fillConvexPoly(inside, np.rint(quad - 0.5).astype(np.int32), (1,))
    if not _LEAST <= inside.mean() <= _MOST:
        return False
    if (inside & mask).sum() < _FITS * (inside | mask).sum():
        return False
    steps = _steps(quad, small)
    if min(steps) < max(_BRIGHTER, _ALIKE * max(steps)):
        return False
    return _holds_print(inside, small, _PRINT * float(np.median(steps)))


def _steps(quad: _Quad, small: Pixels) -> list[float]:
    """By how much it is brighter within each side than without."""
    found = []
    for start, end in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        along = (end - start) / np.linalg.norm(end - start)
        outwards = np.array((along[1], -along[0])) * _BESIDE
        places = start + np.linspace(0.1, 0.9, 64)[:, None] * (end - start)
        levels = [_levels(small, places + way) for way in (-outwards, outwards)]
        found.append(float(np.median(levels[0] - levels[1])))
    return found


def _levels(small: Pixels, places: _Quad) -> NDArray[np.int16]:
    columns, rows = np.floor(places).astype(int).T
    height, width = small.shape
    return np.asarray(small[rows.clip(0, height - 1), columns.clip(0, width - 1)], dtype=np.int16)


def _holds_print(inside: Pixels, small: Pixels, contrast: float) -> bool:
    """Whether what looks like print is within: a title above a box is not left out."""
    looks = cv2.absdiff(small, cv2.medianBlur(small, _BLOCK)) >= contrast
    around = np.ones((2 * _BESIDE + 1, 2 * _BESIDE + 1), np.uint8)
    within = int(np.count_nonzero(looks & (cv2.erode(inside, around) > 0)))
    outside = cv2.dilate(inside, around) == 0
    without = int(np.count_nonzero(looks & outside))
    return without <= max(_OUTSIDE * within, _STRAY * np.count_nonzero(outside))
