"""Light on dark to dark on light."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.preprocess.base import StepOptions
from ocrkit.preprocess.measure.sketch import Sketch


class Invert(StepOptions):
    """Turn light text on dark ground into dark text on light ground."""

    when: Literal["needed", "always"] = "needed"
    """`needed`: only a page that is mostly dark, with light on it that is as thin as letters."""

    def __call__(self, page: Page) -> Page:
        if self.when == "needed" and not Sketch(page).is_inverted:
            return page
        return page.derive(np.asarray(cv2.bitwise_not(page.pixels), dtype=np.uint8))
