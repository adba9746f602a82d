"""Sharpen a page by an unsharp mask."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from ocrkit.harmless import Harmless
from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.preprocess.base import StepOptions, with_pixels


class Sharpen(StepOptions):
    """Sharpen edges by an unsharp mask: add the difference between the page and a blurred copy.

    This corrects slight blur. It cannot restore text that is out of focus, and it amplifies grain.
    """

    radius: Harmless[float] = Field(1.5, gt=0, le=20)
    """The standard deviation of the blur in pixels: about the width of the soft edges."""
    amount: Harmless[float] = Field(1.0, gt=0, le=5)
    """The factor for the difference."""
    threshold: Harmless[int] = Field(4, ge=0, le=255)
    """Pixels with a smaller difference, in gray levels, are grain and are not changed."""

    def __call__(self, page: Page) -> Page:
        blurred = cv2.GaussianBlur(page.pixels, (0, 0), self.radius)
        sharp = cv2.addWeighted(page.pixels, 1 + self.amount, blurred, -self.amount, 0)
        if self.threshold:
            difference = cv2.absdiff(page.pixels, blurred)
            _, grain = cv2.threshold(difference, self.threshold - 1, 255, cv2.THRESH_BINARY_INV)
            cv2.copyTo(page.pixels, grain, sharp)
        return with_pixels(page, np.asarray(sharp, dtype=np.uint8))
