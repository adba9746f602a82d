"""Remove noise: fast filters blur strokes, slow ones preserve edges."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, field_validator

from ocrkit.harmless import Harmless
from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.preprocess.base import StepOptions, with_pixels

# Times the standard deviation of the grain: these give the least error against the clean page.
_BILATERAL_SIGMA, _NLM_STRENGTH = 2.0, 1.3
_NLM_PATCH, _NLM_SEARCH = 3, 11  # pixels: a stroke is three wide; larger windows cost more and gain nothing


class Denoise(StepOptions):
    """Remove noise.

    `gaussian` is for fine grain, and `median` for single black or white pixels. Both also remove strokes as
    thin as their window, so keep it small. `bilateral` removes grain and keeps edges sharp. `nlm`
    (non-local means) does this best, but takes one or two seconds per page.
    """

    method: Harmless[Literal["gaussian", "median", "bilateral", "nlm"]] = "gaussian"
    size: Harmless[int] = Field(5, ge=3, le=31)
    """The side of the window in pixels, an odd number; without effect on `nlm`."""
    strength: Harmless[float] = Field(10.0, gt=0, le=100)
    """`bilateral` and `nlm` only: the standard deviation of the grain; much larger differences are ink."""

    @field_validator("size")
    @classmethod
    def _odd(cls, size: int) -> int:
        if size % 2 == 0:
            raise ValueError("must be odd, so that the window has a center pixel")
        return size

    def __call__(self, page: Page) -> Page:
        return with_pixels(page, np.asarray(self._smooth(page.pixels), dtype=np.uint8))

    def _smooth(self, pixels: Pixels) -> cv2.typing.MatLike:
        if self.method == "median":
            return cv2.medianBlur(pixels, self.size)
        if self.method == "bilateral":
            return cv2.bilateralFilter(pixels, self.size, _BILATERAL_SIGMA * self.strength, self.size / 2)
        if self.method == "nlm":
            return cv2.fastNlMeansDenoising(
                pixels, None, _NLM_STRENGTH * self.strength, _NLM_PATCH, _NLM_SEARCH
            )
        return cv2.GaussianBlur(pixels, (self.size, self.size), 0)
