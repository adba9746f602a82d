"""Page analysis on a reduced gray copy."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.preprocess.measure.grain import MANY_SPECKS, measure_grain
from ocrkit.preprocess.measure.letters import Letters, find_letters
from ocrkit.preprocess.measure.lighting import (
    divide_by_background,
    downscale,
    estimate_background,
    is_inverted,
    to_gray,
)
from ocrkit.preprocess.measure.skew import Skew, find_skew

_MAX_SIDE = 1800  # pixels: an A4 page at 150 dpi fits; larger pages are reduced for speed
_STRIDE = 7  # every seventh pixel is enough for the median
_MIN_INK_CONTRAST = 8  # gray levels below the paper: anything lighter is grain


class PageAnalysis:
    """Measurements of a page on a gray copy of at most 1800 pixels, each computed once, on first use.

    Light text on a dark page is inverted and specks are removed first, so ink is always darker than paper.
    """

    def __init__(self, page: Page) -> None:
        full = to_gray(page.pixels)
        self.grain = measure_grain(full)
        if self.grain.specks > MANY_SPECKS:
            full = np.asarray(cv2.medianBlur(full, 3), dtype=np.uint8)
        factor = math.ceil(max(full.shape) / _MAX_SIDE)
        small, self.scale = downscale(full, factor), 1 / factor
        self.is_inverted = is_inverted(small)
        self.gray: Pixels = np.asarray(cv2.bitwise_not(small), dtype=np.uint8) if self.is_inverted else small

    @cached_property
    def paper(self) -> Pixels:
        """The level of the paper at each pixel."""
        return estimate_background(self.gray)

    @cached_property
    def ink(self) -> NDArray[np.bool_]:
        """The pixels that are darker than the paper around them."""
        flat = divide_by_background(self.gray, self.paper)
        level, _ = cv2.threshold(flat, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        return np.asarray((flat <= level) & (cv2.subtract(self.paper, self.gray) >= _MIN_INK_CONTRAST))

    @cached_property
    def contrast(self) -> float:
        """How much darker the ink is than the paper; 1 is black on white."""
        if not self.ink.any():
            return 0.0
        return float(np.median(cv2.subtract(self.paper, self.gray)[self.ink][::_STRIDE])) / 255

    @cached_property
    def letters(self) -> Letters | None:
        """The letters in the reduced copy; None where there are hardly any."""
        return find_letters(self.ink)

    @property
    def text_height(self) -> float | None:
        """The x-height of the text, in pixels of the page."""
        return None if self.letters is None else self.letters.height / self.scale

    @cached_property
    def shadow(self) -> float:
        """The share of the letters on paper that is as dark as ink elsewhere on the page."""
        if self.letters is None:
            return 0.0
        level, _ = cv2.threshold(self.gray, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        return float(np.mean(self.paper[tuple(self.letters.centers.T)] < level))

    def skew(self, max_angle: float = 45.0) -> Skew | None:
        """The clockwise rotation of the lines; None where there is too little ink."""
        return find_skew(self.ink, max_angle=max_angle)
