"""The page laid level, its lines of text equally tall whatever the scan: so that lengths mean the same."""

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

LINE = 32.0
"""Pixels that a line of text is tall on a sheet."""
_MOST_PIXELS = 30_000_000
_LONGEST = 32_000  # pixels of a side: OpenCV's warps take no more
_LEAST_SKEW, _MOST_SKEW = 0.1, 20.0  # degrees
_SMALLER = 0.7  # of the page
_DARK = 110  # levels: paper is never as dark


class Sheet(NamedTuple):
    """Where the page lies on it."""

    placed: Transform
    """From the page that was read."""
    width: int
    height: int

    @classmethod
    def of(cls, result: PageResult) -> Sheet | None:
        """A sheet for what was read; None where nothing was, or nobody knows where."""
        sides = [sides for line in result.lines if (sides := _sides(line))]
        if not sides:
            return None
        turns = _turns(sides)
        skews = [(angle - 90 * turns + 180) % 360 - 180 for angle, _, _ in sides]
        weighed = sorted(
            (skew, side[1]) for skew, side in zip(skews, sides, strict=True) if abs(skew) < _MOST_SKEW
        )
        skew = _median(weighed)
        tall = statistics.median(height for _, _, height in sides)
        width, height = result.width, result.height
        largest = min(math.sqrt(_MOST_PIXELS / (width * height)), _LONGEST / math.hypot(width, height))
        scale = min(LINE / tall, largest)
        level = Transform.quarter_turns(-turns, width, height)
        if abs(skew) > _LEAST_SKEW:
            level = level.then(Transform.rotation(-skew))
        level = level.then(Transform.scaling(scale))
        whole = bounding_box(level.polygon(Box(0, 0, width, height).polygon))
        level = level.then(Transform.shift(-whole.left, -whole.top))
        return cls(level, math.ceil(whole.width), math.ceil(whole.height))

    def picture(self, page: Page, to_page: Transform) -> NDArray[np.uint8]:
        """The page on the sheet: in gray, ink darker than paper.

        Args:
            page: the pixels to take.
            to_page: from the page that was read to this one.
        """
        gray = page.pixels if page.is_gray else cv2.cvtColor(page.pixels, cv2.COLOR_RGB2GRAY)
        scale = math.sqrt(self.width * self.height / (page.width * page.height))
        scale = min(scale, _LONGEST / max(page.width, page.height))
        there = to_page.inverse()
        if scale < _SMALLER:  # rules are thinner than the steps that a warp would take
            size = max(1, round(page.width * scale)), max(1, round(page.height * scale))
            gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
            there = Transform.scaling(page.width / size[0], page.height / size[1]).then(there)
        matrix = np.array(there.then(self.placed).on_pixel_centers.rows)
        laid = cv2.warpPerspective(gray, matrix, (self.width, self.height), borderMode=cv2.BORDER_REPLICATE)
        laid = cv2.bitwise_not(laid) if np.median(laid) < _DARK else laid
        return np.asarray(laid, dtype=np.uint8)


def _sides(line: Line) -> tuple[float, float, float] | None:
    """The direction of a line in degrees, how long it is, and how tall."""
    if not line.polygon or len(line.polygon) < 4:
        return None
    first, second, _, fourth = line.polygon[0], line.polygon[1], line.polygon[2], line.polygon[3]
    length, height = math.dist(first, second), math.dist(first, fourth)
    if not length or not height:
        return None
    return math.degrees(math.atan2(second.y - first.y, second.x - first.x)), length, height


def _turns(sides: list[tuple[float, float, float]]) -> int:
    weights = [0.0] * 4
    for angle, length, _ in sides:
        weights[round(angle / 90) % 4] += length
    return weights.index(max(weights))


def _median(weighed: list[tuple[float, float]]) -> float:
    half = sum(weight for _, weight in weighed) / 2
    for value, weight in weighed:
        half -= weight
        if half <= 0:
            return value
    return 0.0
