"""Correct the skew of a page."""

from __future__ import annotations

import math

import numpy as np
from pydantic import Field

from ocrkit.geometry import Transform
from ocrkit.harmless import Harmless
from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.preprocess.base import StepOptions
from ocrkit.preprocess.measure.analysis import PageAnalysis
from ocrkit.preprocess.measure.lighting import paper_color


class Deskew(StepOptions):
    """Rotate the page so that its lines are level. The page grows so that no corner is cut off.

    The angle is measured to about a twentieth of a degree. A page without a clear angle, such as a photo of a
    street, is not changed.
    """

    degrees: Harmless[float | None] = Field(None, ge=-45, le=45)
    """The clockwise rotation of the lines; measured by default."""
    max_angle: Harmless[float] = Field(45.0, gt=0, le=45)
    """The largest angle to look for, in degrees."""
    min_angle: Harmless[float] = Field(0.1, ge=0, le=45)
    """Smaller angles are not corrected, in degrees."""
    min_certainty: Harmless[float] = Field(1.25, ge=1)
    """The least certainty of a measured angle: its score divided by the median score of all angles."""

    def __call__(self, page: Page) -> Page:
        degrees = self.measure_skew(page) if self.degrees is None else self.degrees
        return page if abs(degrees) < max(self.min_angle, 1e-3) else rotate_page(page, -degrees)

    def measure_skew(self, page: Page) -> float:
        """The clockwise rotation of the lines in degrees; 0 if no angle is certain enough."""
        skew = PageAnalysis(page).skew(self.max_angle)
        return skew.degrees if skew and skew.certainty >= self.min_certainty else 0.0


def rotate_page(page: Page, degrees: float) -> Page:
    """The page rotated clockwise, enlarged to hold its corners and filled with the color of its paper."""
    sine, cosine = abs(math.sin(math.radians(degrees))), abs(math.cos(math.radians(degrees)))
    width = math.ceil(page.width * cosine + page.height * sine)
    height = math.ceil(page.width * sine + page.height * cosine)
    to_rotated = (
        Transform.shift(-page.width / 2, -page.height / 2)
        .then(Transform.rotation(degrees))
        .then(Transform.shift(width / 2, height / 2))
    )
    pixels = cv2.warpAffine(
        page.pixels,
        np.array(to_rotated.on_pixel_centers.rows[:2]),
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=paper_color(page.pixels),
    )
    return page.derive(np.asarray(pixels, dtype=np.uint8), to_rotated.inverse())
