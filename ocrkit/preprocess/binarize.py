"""Gray to black and white."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, field_validator

from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.preprocess.base import StepOptions, repainted
from ocrkit.preprocess.measure.light import to_gray

_GREATEST_DEVIATION = 127.5  # levels: half of a neighbourhood black, half of it white


class Binarize(StepOptions):
    """Make the page black and white.

    `fixed` cuts at one level everywhere, `otsu` finds that level for the page; `adaptive` and `sauvola` find
    one for every neighbourhood and so stand uneven light. Where a neighbourhood is empty, `adaptive` turns
    its grain into specks and `sauvola` leaves it white.
    """

    method: Literal["fixed", "otsu", "adaptive", "sauvola"] = "otsu"
    level: int = Field(127, ge=0, le=255)
    """`fixed` only: what is lighter becomes white."""
    window: int = Field(31, ge=3, le=999)
    """`adaptive` and `sauvola` only: side of the neighbourhood in pixels, an odd number."""
    offset: float = 10.0
    """`adaptive` only: how much darker than its neighbourhood a pixel has to be."""
    k: float = Field(0.2, ge=0, le=1)
    """`sauvola` only: how far below an empty neighbourhood a pixel has to be, as a share of its level; the
    more, the thinner the strokes."""

    @field_validator("window")
    @classmethod
    def _odd(cls, window: int) -> int:
        if window % 2 == 0:
            raise ValueError("the neighbourhood has a middle pixel, so its side is an odd number")
        return window

    def __call__(self, page: Page) -> Page:
        return repainted(page, self._cut(to_gray(page.pixels)))

    def _cut(self, gray: Pixels) -> Pixels:
        if self.method == "sauvola":
            return _sauvola(gray, self.window, self.k)
        if self.method == "adaptive":
            kind = cv2.ADAPTIVE_THRESH_GAUSSIAN_C
            binary = cv2.adaptiveThreshold(gray, 255, kind, cv2.THRESH_BINARY, self.window, self.offset)
        else:
            how = cv2.THRESH_BINARY + (cv2.THRESH_OTSU if self.method == "otsu" else 0)
            _, binary = cv2.threshold(gray, self.level, 255, how)
        return np.asarray(binary, dtype=np.uint8)


def _sauvola(gray: Pixels, window: int, k: float) -> Pixels:
    """White where `gray > mean * (1 + k * (deviation / 127.5 - 1))`, in place: the arrays are large."""
    side = (window, window)
    edge = cv2.BORDER_REFLECT_101
    mean = np.asarray(cv2.boxFilter(gray, cv2.CV_32F, side, borderType=edge), dtype=np.float32)
    level = np.asarray(cv2.sqrBoxFilter(gray, cv2.CV_32F, side, borderType=edge), dtype=np.float32)
    level -= mean * mean
    np.maximum(level, 0, out=level)  # rounding can make a variance of nothing negative
    np.sqrt(level, out=level)
    level *= k / _GREATEST_DEVIATION
    level += 1 - k
    level *= mean
    return np.where(gray > level, np.uint8(255), np.uint8(0))
