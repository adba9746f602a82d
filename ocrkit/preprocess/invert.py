"""Invert light-on-dark pages."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ocrkit.harmless import Harmless
from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.preprocess.base import StepOptions
from ocrkit.preprocess.measure.analysis import PageAnalysis


class Invert(StepOptions):
    """Turn light text on a dark background into dark text on a light background."""

    when: Harmless[Literal["needed", "always"]] = "needed"
    """`needed`: only if the page is mostly dark and its light parts are as thin as letters."""

    def __call__(self, page: Page) -> Page:
        if self.when == "needed" and not PageAnalysis(page).is_inverted:
            return page
        return page.derive(np.asarray(cv2.bitwise_not(page.pixels), dtype=np.uint8))
