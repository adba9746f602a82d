"""Enlarge pages with small text."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from ocrkit.geometry import Transform
from ocrkit.harmless import Harmless
from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.preprocess.base import StepOptions
from ocrkit.preprocess.measure.analysis import PageAnalysis

_X_HEIGHT_INCHES = 0.07  # of text in 10 points
_MIN_FACTOR = 1.2
_SOFTNESS = 0.35  # pixels of the small page: less shows the corners of pixels, more closes gaps in letters
_MAX_PIXELS = 100_000_000


class Upscale(StepOptions):
    """Enlarge a page with small text.

    The x-height of the text is measured. If there are too few letters, it is estimated from the resolution of
    the page, assuming text in 10 points. A page whose text is tall enough is not changed.
    """

    text_height: Harmless[float] = Field(20.0, ge=4, le=200)
    """The x-height to reach, in pixels."""
    max_factor: Harmless[float] = Field(3.0, ge=1, le=8)
    """The largest factor."""
    factor: Harmless[float | None] = Field(None, ge=1, le=8)
    """The factor; computed from the x-height by default."""
    method: Harmless[Literal["soft", "cubic", "lanczos"]] = "soft"
    """The interpolation. `cubic` and `lanczos` stay sharp, but keep the corners of pixels visible; `soft`
    smooths them, and gives the best recognition."""

    def __call__(self, page: Page) -> Page:
        factor = self._compute_factor(page) if self.factor is None else self.factor
        factor = min(factor, (_MAX_PIXELS / (page.width * page.height)) ** 0.5)
        return page if factor < _MIN_FACTOR else enlarge_page(page, factor, self.method)

    def _compute_factor(self, page: Page) -> float:
        height = PageAnalysis(page).text_height
        if height is None and page.dpi:
            height = page.dpi * _X_HEIGHT_INCHES
        return min(self.max_factor, self.text_height / height) if height else 1.0


def enlarge_page(page: Page, factor: float, method: Literal["soft", "cubic", "lanczos"]) -> Page:
    """The page with each side multiplied by a factor."""
    width, height = round(page.width * factor), round(page.height * factor)
    if (width, height) == (page.width, page.height):
        return page
    interpolation = cv2.INTER_LANCZOS4 if method == "lanczos" else cv2.INTER_CUBIC
    pixels = cv2.resize(page.pixels, (width, height), interpolation=interpolation)
    if method == "soft":
        pixels = cv2.GaussianBlur(pixels, (0, 0), _SOFTNESS * factor)
    to_page = Transform.scaling(page.width / width, page.height / height)
    return page.derive(np.asarray(pixels, dtype=np.uint8), to_page, dpi=page.dpi and page.dpi * factor)
