"""Noise out: the cheap filters blur, the dear ones look where the strokes are."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, field_validator

from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.preprocess.base import StepOptions, repainted

_BILATERAL = 2.0  # times the deviation of the grain: there the error against the clean page is least
_NLM = 1.3
_PATCH, _NEIGHBOURHOOD = 3, 11  # a stroke is three pixels wide; larger ones cost more and gain nothing


class Denoise(StepOptions):
    """Take away noise.

    `gaussian` is for fine grain and `median` for single black or white pixels; strokes as thin as their
    window go with the noise, so keep it small. `bilateral` takes grain away and leaves edges sharp. `nlm`
    (non-local means) does so best, by comparing neighbourhoods, and takes one or two seconds a page for it.
    """

    method: Literal["gaussian", "median", "bilateral", "nlm"] = "gaussian"
    size: int = Field(5, ge=3, le=31)
    """Side of the window in pixels, an odd number; `nlm` has its own."""
    strength: float = Field(10.0, gt=0, le=100)
    """`bilateral` and `nlm` only: by how many levels the grain deviates; much greater differences are ink."""

    @field_validator("size")
    @classmethod
    def _odd(cls, size: int) -> int:
        if size % 2 == 0:
            raise ValueError("the window has a middle pixel, so its side is an odd number")
        return size

    def __call__(self, page: Page) -> Page:
        return repainted(page, np.asarray(self._smooth(page.pixels), dtype=np.uint8))

    def _smooth(self, pixels: Pixels) -> cv2.typing.MatLike:
        if self.method == "median":
            return cv2.medianBlur(pixels, self.size)
        if self.method == "bilateral":
            return cv2.bilateralFilter(pixels, self.size, _BILATERAL * self.strength, self.size / 2)
        if self.method == "nlm":
            return cv2.fastNlMeansDenoising(pixels, None, _NLM * self.strength, _PATCH, _NEIGHBOURHOOD)
        return cv2.GaussianBlur(pixels, (self.size, self.size), 0)
