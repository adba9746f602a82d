"""Finding lines of text: the DB network gives every pixel's likelihood of being text; islands become boxes.

How large the page is shown to the network decides between speed and small print. It is first shown at a
moderate size; only when the lines found there turn out to be small is it shown again, larger.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.backends.ppocr.runtime import Network, Tensor, normalised
from ocrkit.opencv import cv2
from ocrkit.page import Pixels

_STRIDE = 32  # the network's own granularity
_SHORTEST = 3  # islands thinner than this, in the network's pixels, are specks
_PLAIN = 4.0  # a page whose levels deviate less is blank, give or take the noise of a scanner
_LARGEST = 2.0  # how far a small picture is enlarged
_CLOSER = 3.0  # how much larger the second look may be
_BORDER = 16  # text that touches the edge of the picture is missed without some margin


class Quad(NamedTuple):
    """A line of text as a turned rectangle: four corners, clockwise from the top left, and a likelihood."""

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
    """Finds lines. The thresholds are the ones the model was published with."""

    network: Network
    pixels: int
    """How many pixels the network is shown at first, about."""
    smallest_text: float
    """Lines lower than this many of the network's pixels are worth a second, larger look."""
    pixel_threshold: float = 0.3
    box_threshold: float = 0.5
    growth: float = 1.6

    def __call__(self, image: Pixels) -> list[Quad]:
        """The lines of an RGB image, from the top down; what that is worth depends on the layout."""
        height, width = image.shape[:2]
        scale = min(_LARGEST, math.sqrt(self.pixels / (width * height)))
        quads = self._look(image, scale)
        larger = min(1.0, _CLOSER * scale)
        if larger > 1.2 * scale:
            heights = [min(quad.width, quad.height) * scale for quad in quads]
            # Of all the lines, the smaller ones count: body text, not headings.
            typical = float(np.quantile(heights, 0.25)) if heights else self.smallest_text / _CLOSER
            if typical < self.smallest_text and (heights or _has_marks(image)):
                quads = self._look(image, min(larger, 1.25 * scale * self.smallest_text / typical))
        return sorted(quads, key=lambda quad: tuple(quad.corners.mean(axis=0)[::-1]))

    def _look(self, image: Pixels, scale: float) -> list[Quad]:
        height, width = image.shape[:2]
        size = max(1, round(width * scale)), max(1, round(height * scale))
        if size != (width, height):
            how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            image = np.asarray(cv2.resize(image, size, interpolation=how), dtype=np.uint8)
        right = -(size[0] + 2 * _BORDER) % _STRIDE + _BORDER
        bottom = -(size[1] + 2 * _BORDER) % _STRIDE + _BORDER
        padded = cv2.copyMakeBorder(image, _BORDER, bottom, _BORDER, right, cv2.BORDER_REPLICATE)
        likelihood = self.network(normalised(np.asarray(padded, dtype=np.uint8)))[0, 0]
        exact = np.array([size[0] / width, size[1] / height], dtype=np.float32)
        limit = np.array([width, height], dtype=np.float32)
        return [
            Quad(np.clip((corners - _BORDER) / exact, 0, limit), score)
            for corners, score in self._islands(likelihood)
        ]

    def _islands(self, likelihood: Tensor) -> list[tuple[NDArray[np.float32], float]]:
        mask = (likelihood > self.pixel_threshold).astype(np.uint8)
        mask = np.asarray(cv2.dilate(mask, np.ones((2, 2), np.uint8)), dtype=np.uint8)
        # In two levels, the second of which are holes: text inside a ring of text is an island of its own.
        contours, levels = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        parents = levels[0][:, 3] if contours else ()
        found = []
        for contour, parent in zip(contours, parents, strict=True):
            if parent >= 0:
                continue
            center, (width, height), angle = cv2.minAreaRect(contour)
            if min(width, height) < _SHORTEST:
                continue
            core = np.asarray(cv2.boxPoints((center, (width, height), angle)), dtype=np.float32)
            score = _mean_inside(likelihood, core)
            if score < self.box_threshold:
                continue
            # The network is trained to mark the core of a line; the line itself is larger by this much.
            grow = width * height * self.growth / (width + height)
            corners = cv2.boxPoints((center, (width + grow, height + grow), angle))
            found.append((_from_top_left(np.asarray(corners, dtype=np.float32)), score))
        return found


def _mean_inside(likelihood: Tensor, corners: NDArray[np.float32]) -> float:
    height, width = likelihood.shape
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), 0, (width - 1, height - 1)).astype(int)
    mask = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(mask, [np.round(corners - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(likelihood[top : bottom + 1, left : right + 1], mask)[0])


def _from_top_left(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """The corners clockwise, beginning where the sum of x and y is least."""
    center = corners.mean(axis=0)
    order = np.argsort(np.arctan2(*(corners - center).T[::-1]))
    ordered = corners[order]
    start = int(np.argmin(ordered.sum(axis=1)))
    return np.roll(ordered, -start, axis=0)


def _has_marks(image: Pixels) -> bool:
    """Whether there is anything on the page at all."""
    _, deviation = cv2.meanStdDev(image)
    return float(np.max(deviation)) > _PLAIN
