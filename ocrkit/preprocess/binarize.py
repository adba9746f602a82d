"""Binarize a page."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, field_validator

from ocrkit.harmless import Harmless
from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.preprocess.base import StepOptions, with_pixels
from ocrkit.preprocess.measure.lighting import to_gray

_MAX_DEVIATION = 127.5  # gray levels: half of the window is black, half of it white


class Binarize(StepOptions):
    """Make the page black and white.

    `fixed` uses the given threshold, and `otsu` computes one for the page. `adaptive` and `sauvola` compute
    a threshold for every pixel from the window around it, so they tolerate uneven lighting. On empty paper,
    `adaptive` turns grain into specks, and `sauvola` returns white.
    """

    method: Harmless[Literal["fixed", "otsu", "adaptive", "sauvola"]] = "otsu"
    level: Harmless[int] = Field(127, ge=0, le=255)
    """`fixed` only: the threshold; lighter pixels become white."""
    window: Harmless[int] = Field(31, ge=3, le=999)
    """`adaptive` and `sauvola` only: the side of the window in pixels, an odd number."""
    offset: Harmless[float] = 10.0
    """`adaptive` only: how many gray levels darker than its window a black pixel is."""
    k: Harmless[float] = Field(0.2, ge=0, le=1)
    """`sauvola` only: how much darker than an empty window a black pixel is, as a share of its level; higher
    values make strokes thinner."""

    @field_validator("window")
    @classmethod
    def _odd(cls, window: int) -> int:
        if window % 2 == 0:
            raise ValueError("must be odd, so that the window has a center pixel")
        return window

    def __call__(self, page: Page) -> Page:
        return with_pixels(page, self._threshold(to_gray(page.pixels)))

    def _threshold(self, gray: Pixels) -> Pixels:
        if self.method == "sauvola":
            return _sauvola(gray, self.window, self.k)
        if self.method == "adaptive":
            weights = cv2.ADAPTIVE_THRESH_GAUSSIAN_C
            binary = cv2.adaptiveThreshold(gray, 255, weights, cv2.THRESH_BINARY, self.window, self.offset)
        else:
            flags = cv2.THRESH_BINARY + (cv2.THRESH_OTSU if self.method == "otsu" else 0)
            _, binary = cv2.threshold(gray, self.level, 255, flags)
        return np.asarray(binary, dtype=np.uint8)


def _sauvola(gray: Pixels, window: int, k: float) -> Pixels:
    """White where `gray > mean * (1 + k * (deviation / 127.5 - 1))`, in place: the arrays are large."""
    side = (window, window)
    edge = cv2.BORDER_REFLECT_101
    mean = np.asarray(cv2.boxFilter(gray, cv2.CV_32F, side, borderType=edge), dtype=np.float32)
    level = np.asarray(cv2.sqrBoxFilter(gray, cv2.CV_32F, side, borderType=edge), dtype=np.float32)
    level -= mean * mean
    np.maximum(level, 0, out=level)  # rounding can make a variance of zero negative
    np.sqrt(level, out=level)
    level *= k / _MAX_DEVIATION
    level += 1 - k
    level *= mean
    return np.where(gray > level, np.uint8(255), np.uint8(0))
