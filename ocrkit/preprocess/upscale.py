"""Small text made larger."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from ocrkit.geometry import Transform
from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.preprocess.base import StepOptions
from ocrkit.preprocess.measure.sketch import Sketch

_BODY_INCHES = 0.07  # of a letter without its upper length, in text of 10 points
_WORTH_IT = 1.2
_SOFTNESS = 0.35  # of a pixel of the small page: less keeps its corners, more closes the eyes of its letters
_MOST_PIXELS = 100_000_000


class Upscale(StepOptions):
    """Enlarge a page whose letters are small, until they are as tall as wanted.

    How tall they are is measured; where there are too few, it follows from the resolution that the page
    declares, for text of ordinary size. A page whose letters are tall enough stays as it is.
    """

    text_height: float = Field(20.0, ge=4, le=200)
    """How tall the bodies of letters shall be, in pixels."""
    at_most: float = Field(3.0, ge=1, le=8)
    """The largest factor."""
    factor: float | None = Field(None, ge=1, le=8)
    """The factor; left out, it follows from the height of the letters."""
    method: Literal["soft", "cubic", "lanczos"] = "soft"
    """What is put between the pixels. Cubic and Lanczos keep them as sharp as they can, and with them their
    corners; `soft` smooths these away, and is what engines read best."""

    def __call__(self, page: Page) -> Page:
        factor = self._needed(page) if self.factor is None else self.factor
        factor = min(factor, (_MOST_PIXELS / (page.width * page.height)) ** 0.5)
        return page if factor < _WORTH_IT else enlarged(page, factor, self.method)

    def _needed(self, page: Page) -> float:
        height = Sketch(page).text_height
        if height is None and page.dpi:
            height = page.dpi * _BODY_INCHES
        return min(self.at_most, self.text_height / height) if height else 1.0


def enlarged(page: Page, factor: float, method: Literal["soft", "cubic", "lanczos"]) -> Page:
    """The page with each side so many times as long."""
    width, height = round(page.width * factor), round(page.height * factor)
    if (width, height) == (page.width, page.height):
        return page
    how = cv2.INTER_LANCZOS4 if method == "lanczos" else cv2.INTER_CUBIC
    pixels = cv2.resize(page.pixels, (width, height), interpolation=how)
    if method == "soft":
        pixels = cv2.GaussianBlur(pixels, (0, 0), _SOFTNESS * factor)
    back = Transform.scaling(page.width / width, page.height / height)
    return page.derive(np.asarray(pixels, dtype=np.uint8), back, dpi=page.dpi and page.dpi * factor)
