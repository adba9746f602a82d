"""Soft edges to steep ones."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.preprocess.base import StepOptions, repainted


class Sharpen(StepOptions):
    """Make edges steeper by an unsharp mask: the page, and more of what a blur would take from it.

    It repairs slight blur. What is out of focus it cannot bring back, and grain it makes stronger.
    """

    radius: float = Field(1.5, gt=0, le=20)
    """Deviation of the blur in pixels: about as wide as the soft edges are."""
    amount: float = Field(1.0, gt=0, le=5)
    """How much of the difference is added."""
    threshold: int = Field(4, ge=0, le=255)
    """Pixels that a blur changes by fewer levels stay as they are: grain."""

    def __call__(self, page: Page) -> Page:
        blurred = cv2.GaussianBlur(page.pixels, (0, 0), self.radius)
        sharp = cv2.addWeighted(page.pixels, 1 + self.amount, blurred, -self.amount, 0)
        if self.threshold:
            difference = cv2.absdiff(page.pixels, blurred)
            _, grain = cv2.threshold(difference, self.threshold - 1, 255, cv2.THRESH_BINARY_INV)
            cv2.copyTo(page.pixels, grain, sharp)
        return repainted(page, np.asarray(sharp, dtype=np.uint8))
