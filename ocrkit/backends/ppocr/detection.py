"""Text line detection: a DB network gives each pixel a text probability; connected regions become lines.

The scale of the input is a trade-off between speed and small print. The first pass uses a moderate scale. A
second, larger pass runs only if the lines found are small, and a smaller one if they are large: letters much
larger than those that the network learned from are torn apart, and lines of large handwriting are merged.
Rows of ink on a large page that were not found are looked at once more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.backends.ppocr.runtime import Network, Tensor, normalize
from ocrkit.backends.ppocr.small_print import find_small_print, is_new
from ocrkit.opencv import cv2
from ocrkit.page import Pixels

_STRIDE = 32  # input sizes of the network are multiples of this
_MIN_SIDE = 3  # thinner regions, in input pixels, are specks
_BLANK_DEVIATION = 4.0  # pages with a lower standard deviation are blank, apart from scanner noise
_MAX_SCALE = 2.0  # of the first pass, for small images
_MAX_SECOND_PASS = 3.0  # scale of the second pass relative to the first
_MAX_SMALL_PRINT = 2.0  # input of the passes over small print relative to the first pass, at most
_BEST_HEIGHT = 40.0  # of large lines, in input pixels of the second pass
_BORDER = 16  # without a margin, text at the edge of the image is missed


class Quad(NamedTuple):
    """A text line as a rotated rectangle: four corners, clockwise from the top left, and a probability."""

    corners: NDArray[np.float32]
    score: float

    @property
    def width(self) -> float:
        return float(np.linalg.norm(self.corners[1] - self.corners[0]))

    @property
    def height(self) -> float:
        return float(np.linalg.norm(self.corners[3] - self.corners[0]))


@dataclass(frozen=True)
class Detector:
    """Finds text lines. The default thresholds are those published with the model."""

    network: Network
    pixels: int
    """Approximate input size of the first pass, in pixels."""
    smallest_text: float
    """Line height, in input pixels, below which the second pass runs."""
    largest_text: float = 60.0
    """Line height, in input pixels, above which a second pass runs at a smaller scale."""
    pixel_threshold: float = 0.3
    box_threshold: float = 0.5
    growth: float = 1.6

    def __call__(self, image: Pixels) -> list[Quad]:
        """Find the lines of an RGB image, sorted by the vertical position of their centers."""
        height, width = image.shape[:2]
        scale = min(_MAX_SCALE, math.sqrt(self.pixels / (width * height)))
        quads = self._detect_at(image, scale)
        other = self._better_scale(image, scale, [min(quad.width, quad.height) * scale for quad in quads])
        if other is not None:
            scale = other
            quads = self._detect_at(image, scale)
        if self.smallest_text:
            quads += self._small_print(image, quads, scale)
        return sorted(quads, key=lambda quad: tuple(quad.corners.mean(axis=0)[::-1]))

    def _better_scale(self, image: Pixels, scale: float, heights: Sequence[float]) -> float | None:
        """The scale of the second pass, from the heights of the lines in the first; None if one is enough."""
        # The lower quartile is the height of body text, not of headings.
        typical = float(np.quantile(heights, 0.25)) if heights else self.smallest_text / _MAX_SECOND_PASS
        if typical > self.largest_text:
            return scale * _BEST_HEIGHT / typical
        larger = min(1.0, _MAX_SECOND_PASS * scale)
        is_small = typical < self.smallest_text and (heights or _has_content(image))
        if larger > 1.2 * scale and is_small:
            return min(larger, 1.25 * scale * self.smallest_text / typical)
        return None

    def _small_print(self, image: Pixels, quads: Sequence[Quad], scale: float) -> list[Quad]:
        """The lines that are too small for the scale at which the page was looked at."""
        found = [quad.corners for quad in quads]
        parts = find_small_print(image, found, scale, _MAX_SMALL_PRINT * self.pixels)
        small: list[Quad] = []
        for part in reversed(parts):  # a part may lie in the box of a larger one
            crop = np.ascontiguousarray(image[part.top : part.bottom, part.left : part.right])
            offset = np.array([part.left, part.top], dtype=np.float32)
            lines = [
                quad._replace(corners=quad.corners + offset) for quad in self._detect_at(crop, part.scale)
            ]
            whole = [quad for quad in lines if not part.cuts(quad.corners, image)]
            new = [quad for quad in whole if is_new(quad.corners, found)]
            small += new
            found += [quad.corners for quad in new]
        return small

    def _detect_at(self, image: Pixels, scale: float) -> list[Quad]:
        height, width = image.shape[:2]
        size = max(1, round(width * scale)), max(1, round(height * scale))
        if size != (width, height):
            interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            image = np.asarray(cv2.resize(image, size, interpolation=interpolation), dtype=np.uint8)
        right = -(size[0] + 2 * _BORDER) % _STRIDE + _BORDER
        bottom = -(size[1] + 2 * _BORDER) % _STRIDE + _BORDER
        padded = cv2.copyMakeBorder(image, _BORDER, bottom, _BORDER, right, cv2.BORDER_REPLICATE)
        probabilities = self.network(normalize(np.asarray(padded, dtype=np.uint8)))[0, 0]
        exact_scale = np.array([size[0] / width, size[1] / height], dtype=np.float32)
        image_size = np.array([width, height], dtype=np.float32)
        return [
            Quad(np.clip((corners - _BORDER) / exact_scale, 0, image_size), score)
            for corners, score in self._rectangles(probabilities)
        ]

    def _rectangles(self, probabilities: Tensor) -> list[tuple[NDArray[np.float32], float]]:
        mask = (probabilities > self.pixel_threshold).astype(np.uint8)
        mask = np.asarray(cv2.dilate(mask, np.ones((2, 2), np.uint8)), dtype=np.uint8)
        # CCOMP puts holes on a second level, so text inside a ring of text is a region of its own.
        contours, levels = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        parents = levels[0][:, 3] if contours else ()
        found = []
        for contour, parent in zip(contours, parents, strict=True):
            if parent >= 0:
                continue
            center, (width, height), angle = cv2.minAreaRect(contour)
            if min(width, height) < _MIN_SIDE:
                continue
            core = np.asarray(cv2.boxPoints((center, (width, height), angle)), dtype=np.float32)
            score = _mean_probability(probabilities, core)
            if score < self.box_threshold:
                continue
            # The network marks the shrunken core of a line: expand it to the full line.
            grow = width * height * self.growth / (width + height)
            corners = cv2.boxPoints((center, (width + grow, height + grow), angle))
            found.append((_clockwise_from_top_left(np.asarray(corners, dtype=np.float32)), score))
        return found


def _mean_probability(probabilities: Tensor, corners: NDArray[np.float32]) -> float:
    height, width = probabilities.shape
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), 0, (width - 1, height - 1)).astype(int)
    mask = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(mask, [np.round(corners - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(probabilities[top : bottom + 1, left : right + 1], mask)[0])


def _clockwise_from_top_left(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Order corners clockwise, starting with the smallest x + y."""
    center = corners.mean(axis=0)
    order = np.argsort(np.arctan2(*(corners - center).T[::-1]))
    ordered = corners[order]
    start = int(np.argmin(ordered.sum(axis=1)))
    return np.roll(ordered, -start, axis=0)


def _has_content(image: Pixels) -> bool:
    """Whether the page is not blank."""
    _, deviation = cv2.meanStdDev(image)
    return float(np.max(deviation)) > _BLANK_DEVIATION
