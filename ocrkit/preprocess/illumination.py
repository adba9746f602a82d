"""Shadows and uneven light out."""

from __future__ import annotations

import numpy as np

from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.preprocess.base import StepOptions, repainted
from ocrkit.preprocess.measure.light import background, flattened, to_gray

_WHITE = 254  # levels: paper that is as light everywhere gains nothing


class Illumination(StepOptions):
    """Divide the page by the light on its paper, so that paper is white everywhere.

    Repairs shadows, lamps and photos for engines that part ink from paper at one level. Large dark areas
    become white as well, and what is light on them is lost.
    """

    def __call__(self, page: Page) -> Page:
        gray = to_gray(page.pixels)
        paper = background(gray)
        if int(paper.min()) >= _WHITE:
            return page
        if page.is_gray:
            return repainted(page, flattened(gray, paper))
        colours = cv2.divide(page.pixels, cv2.merge([paper] * 3), scale=255)
        return repainted(page, np.asarray(colours, dtype=np.uint8))
