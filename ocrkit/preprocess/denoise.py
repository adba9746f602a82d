"""Noise out: Gaussian against fine grain, median against single black or white pixels."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, field_validator

from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.preprocess.base import StepOptions


class Denoise(StepOptions):
    """Blur away noise. Strokes as thin as the window go with it, so keep the window small."""

    method: Literal["gaussian", "median"] = "gaussian"
    size: int = Field(5, ge=3, le=31)
    """Side of the window in pixels, an odd number."""

    @field_validator("size")
    @classmethod
    def _odd(cls, size: int) -> int:
        if size % 2 == 0:
            raise ValueError("the window has a middle pixel, so its side is an odd number")
        return size

    def __call__(self, page: Page) -> Page:
        if self.method == "median":
            return page.derive(np.asarray(cv2.medianBlur(page.pixels, self.size), dtype=np.uint8))
        smooth = cv2.GaussianBlur(page.pixels, (self.size, self.size), 0)
        return page.derive(np.asarray(smooth, dtype=np.uint8))
