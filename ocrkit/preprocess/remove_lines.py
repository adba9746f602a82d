"""Remove the rules of tables and forms, which engines confuse with letters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ocrkit.harmless import Harmless
from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.preprocess.base import StepOptions, with_pixels
from ocrkit.preprocess.measure.lighting import to_gray

_MIN_LENGTH = 60  # pixels: on a small page too, shorter lines may be strokes of letters
_MIN_ASPECT = 20  # length to thickness: strokes of large letters are thicker
_MIN_FREE = 0.7  # share of a rule with paper on both sides; rows of joined letters have less
_MIN_CONTRAST = 12  # gray levels between a rule and its surroundings
_WINDOW = 51  # pixels: wider than most rules and the gaps beside them
_WAVINESS = 1  # pixels by which a rule leaves its row: none is perfectly straight
_SOFT_EDGE = 2  # pixels beside a rule that have some of its color


class _Rule(NamedTuple):
    """A horizontal rule: its area on the page, a mask of its pixels in this area, and its thickness."""

    area: tuple[slice, slice]
    mask: NDArray[np.bool_]
    thickness: Harmless[int]


class RemoveLines(StepOptions):
    """Paint over long, thin horizontal and vertical rules with the color of the paper beside them.

    Letters that cross a rule stay complete. The step is for dark print on lighter paper. Deskew pages with a
    skew of a degree or more first. Dotted rules stay.
    """

    length: Harmless[float] = Field(0.05, gt=0, le=1)
    """The least length of a rule, as a share of the longer side; never less than 60 pixels."""
    thickness: int = Field(10, ge=1, le=100)
    """The largest thickness of a rule in pixels."""

    def __call__(self, page: Page) -> Page:
        window = max(_WINDOW, 4 * self.thickness + 1)
        gray = to_gray(page.pixels)
        ink = cv2.adaptiveThreshold(
            gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, _MIN_CONTRAST
        )
        length = max(_MIN_LENGTH, round(self.length * max(gray.shape)))
        horizontal, vertical = (
            list(_find_rules(each, length, self.thickness)) for each in (ink, cv2.transpose(ink))
        )
        pixels = page.pixels
        if horizontal:
            pixels = _paint_over(pixels, horizontal)
        if vertical:  # second: where they cross, the horizontal rules would be the "paper" beside them
            pixels = _transpose(_paint_over(_transpose(pixels), vertical))
        return with_pixels(page, pixels)


def _find_rules(ink: cv2.typing.MatLike, length: int, thickness: int) -> Iterator[_Rule]:
    """The horizontal rules among the ink."""
    runs = _long_runs(ink, length, thickness)
    outlines, _ = cv2.findContours(runs, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    reach = thickness + 2 * _SOFT_EDGE
    for outline in outlines:
        left, top, width, height = cv2.boundingRect(outline)
        if width < length:
            continue
        area = (
            slice(max(0, top - reach), top + height + reach),
            slice(max(0, left - _SOFT_EDGE), left + width + _SOFT_EDGE),
        )
        inside = np.zeros(ink[area].shape, np.uint8)
        cv2.drawContours(inside, [outline], -1, 255, cv2.FILLED, offset=(-area[1].start, -area[0].start))
        mask = np.asarray(cv2.bitwise_and(inside, runs[area])) > 0
        columns = mask.sum(axis=0)
        thick = round(float(np.median(columns[columns > 0])))
        crossing = np.asarray(cv2.morphologyEx(ink[area], cv2.MORPH_OPEN, _column(thick + 3)))
        if thick <= min(thickness, width / _MIN_ASPECT) and np.mean(crossing[mask] == 0) >= _MIN_FREE:
            yield _Rule(area, mask, thick)


def _long_runs(ink: cv2.typing.MatLike, length: int, thickness: int) -> cv2.typing.MatLike:
    """The ink in horizontal runs of at least this length and at most this thickness."""
    row = np.ones((1, length | 1), np.uint8)
    runs = cv2.erode(cv2.dilate(ink, _column(2 * _WAVINESS + 1)), row)
    if not cv2.countNonZero(runs):
        return runs
    runs = cv2.bitwise_and(cv2.dilate(runs, row), ink)
    blocks = cv2.morphologyEx(runs, cv2.MORPH_OPEN, _column(thickness + 2 * _WAVINESS + 1))
    return cv2.subtract(runs, blocks)


def _paint_over(pixels: Pixels, rules: list[_Rule]) -> Pixels:
    """A copy in which each rule has the color above and below it, except where ink crosses it."""
    painted = pixels.copy()
    for area, mask, thickness in rules:
        part = painted[area]
        filled = np.asarray(cv2.morphologyEx(part, cv2.MORPH_CLOSE, _column(thickness + _SOFT_EDGE)))
        window = np.ones((2 * _SOFT_EDGE + 1, 2 * _SOFT_EDGE + 1), np.uint8)
        is_painted = cv2.dilate(mask.astype(np.uint8), window) > 0
        part[is_painted] = filled[is_painted]
    return painted


def _column(height: int) -> NDArray[np.uint8]:
    """A structuring element of odd height: with an even one, OpenCV shifts the result of an opening."""
    return np.ones((height | 1, 1), np.uint8)


def _transpose(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.transpose(pixels), dtype=np.uint8)
