"""Convert color to gray."""

from __future__ import annotations

import numpy as np

from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.preprocess.base import StepOptions


class Grayscale(StepOptions):
    """Make the page gray, weighting the channels by their perceived brightness."""

    def __call__(self, page: Page) -> Page:
        if page.is_gray:
            return page
        return page.derive(np.asarray(cv2.cvtColor(page.pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8))
