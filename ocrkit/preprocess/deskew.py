"""Lines that slope made level."""

from __future__ import annotations

import math

import numpy as np
from pydantic import Field

from ocrkit.geometry import Transform
from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.preprocess.base import StepOptions
from ocrkit.preprocess.measure.light import paper_colour
from ocrkit.preprocess.measure.sketch import Sketch


class Deskew(StepOptions):
    """Turn the page so that its lines are level. It grows as far as its corners need.

    The angle is measured to about a twentieth of a degree. A page on which no angle stands out, such as a
    photo of a street, stays as it is.
    """

    degrees: float | None = Field(None, ge=-45, le=45)
    """How far the lines are turned clockwise; left out, it is measured."""
    up_to: float = Field(45.0, gt=0, le=45)
    """The largest angle that is looked for."""
    least: float = Field(0.1, ge=0, le=45)
    """Smaller angles are left alone."""
    certainty: float = Field(1.25, ge=1)
    """How much better than the middle one the angle has to be."""

    def __call__(self, page: Page) -> Page:
        degrees = self.measured(page) if self.degrees is None else self.degrees
        return page if abs(degrees) < max(self.least, 1e-3) else turned(page, -degrees)

    def measured(self, page: Page) -> float:
        """How far the lines are turned clockwise, in degrees; 0 where no angle stands out."""
        skew = Sketch(page).skew(self.up_to)
        return skew.degrees if skew and skew.certainty >= self.certainty else 0.0


def turned(page: Page, degrees: float) -> Page:
    """The page turned clockwise, on paper of its colour that is large enough for its corners."""
    sine, cosine = abs(math.sin(math.radians(degrees))), abs(math.cos(math.radians(degrees)))
    width = math.ceil(page.width * cosine + page.height * sine)
    height = math.ceil(page.width * sine + page.height * cosine)
    there = (
        Transform.shift(-page.width / 2, -page.height / 2)
        .then(Transform.rotation(degrees))
        .then(Transform.shift(width / 2, height / 2))
    )
    pixels = cv2.warpAffine(
        page.pixels,
        np.array(there.on_pixel_centres.rows[:2]),
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=paper_colour(page.pixels),
    )
    return page.derive(np.asarray(pixels, dtype=np.uint8), there.inverse())
