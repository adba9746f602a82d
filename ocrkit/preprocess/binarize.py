"""Gray to black and white."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, field_validator

from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.preprocess.base import StepOptions


class Binarize(StepOptions):
    """Make the page black and white.

    `fixed` cuts at one level everywhere, `otsu` finds that level for the page, `adaptive` finds one for every
    neighbourhood and so stands uneven light.
    """

    method: Literal["fixed", "otsu", "adaptive"] = "otsu"
    level: int = Field(127, ge=0, le=255)
    """`fixed` only: what is lighter becomes white."""
    window: int = Field(31, ge=3)
    """`adaptive` only: side of the neighbourhood in pixels, an odd number."""
    offset: float = 10.0
    """`adaptive` only: how much darker than its neighbourhood a pixel has to be."""

    @field_validator("window")
    @classmethod
    def _odd(cls, window: int) -> int:
        if window % 2 == 0:
            raise ValueError("the neighbourhood has a middle pixel, so its side is an odd number")
        return window

    def __call__(self, page: Page) -> Page:
        gray = page.pixels
        if not page.is_gray:
            gray = np.asarray(cv2.cvtColor(gray, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        binary = self._cut(gray)
        return page if page.is_gray and np.array_equal(binary, page.pixels) else page.derive(binary)

    def _cut(self, gray: Pixels) -> Pixels:
        if self.method == "adaptive":
            kind = cv2.ADAPTIVE_THRESH_GAUSSIAN_C
            binary = cv2.adaptiveThreshold(gray, 255, kind, cv2.THRESH_BINARY, self.window, self.offset)
        else:
            how = cv2.THRESH_BINARY + (cv2.THRESH_OTSU if self.method == "otsu" else 0)
            _, binary = cv2.threshold(gray, self.level, 255, how)
        return np.asarray(binary, dtype=np.uint8)
