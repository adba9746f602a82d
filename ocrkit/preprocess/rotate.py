"""Pages that lie on their side or stand on their head."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ocrkit.geometry import Transform
from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.preprocess.base import StepOptions

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class Rotate(StepOptions):
    """Turn the page clockwise by quarters. No pixel is lost or mixed with another."""

    degrees: Literal[0, 90, 180, 270] = 90
    """How far, clockwise as seen on the screen."""

    def __call__(self, page: Page) -> Page:
        if self.degrees == 0:
            return page
        turned = np.asarray(cv2.rotate(page.pixels, _TURNS[self.degrees]), dtype=np.uint8)
        back = Transform.quarter_turns(-self.degrees // 90, turned.shape[1], turned.shape[0])
        return page.derive(turned, back)
