"""The page deskewed and scaled to one line height, so that a length means the same on every scan."""

from __future__ import annotations

import math
import statistics
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.geometry import Box, Transform, bounding_box
from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.result import Line, PageResult

LINE_HEIGHT = 32.0
"""Height of a line of text on a normalized page, in pixels."""
_MAX_PIXELS = 30_000_000
_MAX_SIDE = 32_000  # pixels: OpenCV warps no larger image
_MIN_SKEW, _MAX_SKEW = 0.1, 20.0  # degrees
_RESIZE_FIRST = 0.7  # scale below which the page is resized before the warp
_DARK_PAGE = 110  # median gray level; paper is never as dark


class NormalizedPage(NamedTuple):
    """Size of the normalized page and the transform onto it."""

    transform: Transform
    """From the page that was read to this one."""
    width: int
    height: int

    @classmethod
    def of(cls, result: PageResult) -> NormalizedPage | None:
        """The normalized page of a result; None if no line has a usable polygon."""
        lines = [measured for line in result.lines if (measured := _measure(line))]
        if not lines:
            return None
        turns = _quarter_turns(lines)
        skew = _skew(lines, turns)
        width, height = result.width, result.height
        max_scale = min(math.sqrt(_MAX_PIXELS / (width * height)), _MAX_SIDE / math.hypot(width, height))
        scale = min(LINE_HEIGHT / statistics.median(line.height for line in lines), max_scale)
        transform = Transform.quarter_turns(-turns, width, height)
        if abs(skew) > _MIN_SKEW:
            transform = transform.then(Transform.rotation(-skew))
        transform = transform.then(Transform.scaling(scale))
        bounds = bounding_box(transform.polygon(Box(0, 0, width, height).polygon))
        transform = transform.then(Transform.shift(-bounds.left, -bounds.top))
        return cls(transform, math.ceil(bounds.width), math.ceil(bounds.height))

    def image(self, page: Page, to_page: Transform) -> NDArray[np.uint8]:
        """The normalized page in gray, with ink darker than paper.

        Args:
            page: the page that supplies the pixels.
            to_page: from the page that was read to this page.
        """
        gray = page.pixels if page.is_gray else cv2.cvtColor(page.pixels, cv2.COLOR_RGB2GRAY)
        scale = math.sqrt(self.width * self.height / (page.width * page.height))
        scale = min(scale, _MAX_SIDE / max(page.width, page.height))
        from_page = to_page.inverse()
        if scale < _RESIZE_FIRST:  # a warp skips pixels when it shrinks, and would lose thin lines
            size = max(1, round(page.width * scale)), max(1, round(page.height * scale))
            gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
            from_page = Transform.scaling(page.width / size[0], page.height / size[1]).then(from_page)
        matrix = np.array(from_page.then(self.transform).on_pixel_centers.rows)
        warped = cv2.warpPerspective(gray, matrix, (self.width, self.height), borderMode=cv2.BORDER_REPLICATE)
        warped = cv2.bitwise_not(warped) if np.median(warped) < _DARK_PAGE else warped
        return np.asarray(warped, dtype=np.uint8)


class _MeasuredLine(NamedTuple):
    angle: float
    """Degrees."""
    length: float
    height: float


def _measure(line: Line) -> _MeasuredLine | None:
    """None if the polygon is missing, empty, or has fewer than four corners."""
    if not line.polygon or len(line.polygon) < 4:
        return None
    first, second, _, fourth = line.polygon[0], line.polygon[1], line.polygon[2], line.polygon[3]
    length, height = math.dist(first, second), math.dist(first, fourth)
    if not length or not height:
        return None
    angle = math.degrees(math.atan2(second.y - first.y, second.x - first.x))
    return _MeasuredLine(angle, length, height)


def _quarter_turns(lines: list[_MeasuredLine]) -> int:
    weights = [0.0] * 4
    for line in lines:
        weights[round(line.angle / 90) % 4] += line.length
    return weights.index(max(weights))


def _skew(lines: list[_MeasuredLine], turns: int) -> float:
    """The median angle to the horizontal, weighted by the lengths of the lines, in degrees."""
    skews = [((line.angle - 90 * turns + 180) % 360 - 180, line.length) for line in lines]
    return _weighted_median(sorted((skew, length) for skew, length in skews if abs(skew) < _MAX_SKEW))


def _weighted_median(values: list[tuple[float, float]]) -> float:
    half = sum(weight for _, weight in values) / 2
    for value, weight in values:
        half -= weight
        if half <= 0:
            return value
    return 0.0
