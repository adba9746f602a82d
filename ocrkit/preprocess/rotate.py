"""Rotate a page by quarter turns."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ocrkit.geometry import Transform
from ocrkit.harmless import Harmless
from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.preprocess.base import StepOptions

_ROTATIONS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class Rotate(StepOptions):
    """Rotate the page clockwise by a multiple of 90 degrees, without resampling."""

    degrees: Harmless[Literal[0, 90, 180, 270]] = 90
    """The clockwise rotation."""

    def __call__(self, page: Page) -> Page:
        if self.degrees == 0:
            return page
        rotated = np.asarray(cv2.rotate(page.pixels, _ROTATIONS[self.degrees]), dtype=np.uint8)
        to_page = Transform.quarter_turns(-self.degrees // 90, rotated.shape[1], rotated.shape[0])
        return page.derive(rotated, to_page)
