"""Small print on large pages: ink in rows that the detector does not see at the scale of the whole page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.opencv import cv2
from ocrkit.page import Pixels

_MAX_SCALE = 0.6  # of the detection; at a larger one small print is seen
_ZOOM = 2.0  # the scale at which ink is looked for, relative to that of the detection
_WINDOW = 25  # pixels of the neighborhood that ink differs from; lengths below are pixels of the same scale
_MIN_CONTRAST = 20  # gray levels
_DARK = 100  # gray level of paper on which ink is light
_MAX_LETTER_GAP = 9
_MIN_HEIGHT, _MAX_HEIGHT = 3, 16
_MIN_WIDTH = 24
_MIN_ASPECT = 3.0
_MIN_FILLED, _MAX_FILLED = 0.3, 0.95  # share of the box of a row: a rule fills it
_REACH = (25, 41)  # rows closer than half of this, down and across, are one region
_MIN_ROWS = 2
_MIN_LONE_WIDTH = 120
_INPUT_HEIGHT = 18.0  # of a row, in pixels of the detector's input
_EDGE = 2  # pixels of the page
_GROWTH = 0.15  # of the lines that were found, in line heights


class SmallPrint(NamedTuple):
    """A part of a page with rows that were not found, and the scale at which to look for them."""

    left: int
    top: int
    right: int
    bottom: int
    scale: float

    @property
    def input_pixels(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top) * self.scale**2

    def cuts(self, corners: NDArray[np.float32], image: Pixels) -> bool:
        """Whether a line goes on outside of the part: its own have a margin."""
        height, width = image.shape[:2]
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        return bool(
            (left <= self.left + _EDGE and self.left > 0)
            or (top <= self.top + _EDGE and self.top > 0)
            or (right >= self.right - _EDGE and self.right < width)
            or (bottom >= self.bottom - _EDGE and self.bottom < height)
        )


def find_small_print(
    image: Pixels, found: Sequence[NDArray[np.float32]], scale: float, most_pixels: float
) -> list[SmallPrint]:
    """The parts of a page that may have small print, the largest first.

    Args:
        image: the page in RGB.
        found: the corners of the lines that were found.
        scale: the scale at which they were found.
        most_pixels: the detector's input for all parts together, at most.
    """
    if scale > _MAX_SCALE:
        return []
    zoom = min(1.0, _ZOOM * scale)
    rows = _rows(_ink_outside(image, found, zoom))
    parts = sorted(_regions(rows, image, zoom), key=lambda part: part.input_pixels, reverse=True)
    chosen: list[SmallPrint] = []
    for part in parts:
        if sum(each.input_pixels for each in chosen) + part.input_pixels <= most_pixels:
            chosen.append(part)
    return chosen


def is_new(corners: NDArray[np.float32], found: Sequence[NDArray[np.float32]]) -> bool:
    """Whether the center of a line lies in no line that was found before."""
    x, y = (float(value) for value in corners.mean(axis=0))
    return all(cv2.pointPolygonTest(other, (x, y), measureDist=False) < 0 for other in found)


def _ink_outside(image: Pixels, found: Sequence[NDArray[np.float32]], zoom: float) -> NDArray[np.uint8]:
    """Ink that differs from the paper around it, outside of the lines that were found."""
    small = cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA) if zoom < 1 else image
    gray = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    around = cv2.blur(gray, (_WINDOW, _WINDOW))
    difference = np.where(around < _DARK, cv2.subtract(gray, around), cv2.subtract(around, gray))
    _, ink = cv2.threshold(np.asarray(difference, np.uint8), _MIN_CONTRAST, 1, cv2.THRESH_BINARY)
    for corners in found:
        middle = corners.mean(axis=0)
        height = float(np.linalg.norm(corners[3] - corners[0]))
        width = float(np.linalg.norm(corners[1] - corners[0]))
        growth = 1 + 2 * _GROWTH * height / max(1.0, min(width, height))
        cv2.fillPoly(ink, [np.round(((corners - middle) * growth + middle) * zoom).astype(np.int32)], 0)
    return np.asarray(ink, dtype=np.uint8)


def _rows(ink: NDArray[np.uint8]) -> NDArray[np.int32]:
    """The boxes of ink that has the shape of a row of small letters: left, top, width, height."""
    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, _MAX_LETTER_GAP), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=4)
    boxes = stats[1:]
    widths, heights, areas = boxes[:, 2], boxes[:, 3], boxes[:, 4]
    filled = areas / (widths * heights)
    is_row = (heights >= _MIN_HEIGHT) & (heights <= _MAX_HEIGHT) & (widths >= _MIN_WIDTH)
    is_row &= (widths >= _MIN_ASPECT * heights) & (filled >= _MIN_FILLED) & (filled <= _MAX_FILLED)
    return np.asarray(boxes[is_row, :4], dtype=np.int32)


def _regions(rows: NDArray[np.int32], image: Pixels, zoom: float) -> list[SmallPrint]:
    """Rows that are close together, as parts of the page."""
    height, width = image.shape[:2]
    mask = np.zeros((round(height * zoom) + 1, round(width * zoom) + 1), np.uint8)
    for left, top, across, down in rows:
        mask[top : top + down, left : left + across] = 1
    mask = np.asarray(cv2.dilate(mask, np.ones(_REACH, np.uint8)), dtype=np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    label_of_row = labels[rows[:, 1] + rows[:, 3] // 2, rows[:, 0] + rows[:, 2] // 2] if len(rows) else rows
    parts = []
    for label in range(1, count):
        own = rows[label_of_row == label]
        if len(own) < _MIN_ROWS and int(own[:, 2].max(initial=0)) < _MIN_LONE_WIDTH:
            continue
        left, top, across, down = (float(value) / zoom for value in stats[label, :4])
        scale = min(1.0, _INPUT_HEIGHT / (float(np.median(own[:, 3])) / zoom))
        parts.append(
            SmallPrint(
                max(0, int(left)),
                max(0, int(top)),
                min(width, int(left + across)),
                min(height, int(top + down)),
                scale,
            )
        )
    return parts
