"""Correct uneven lighting and remove shadows."""

from __future__ import annotations

import numpy as np

from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.preprocess.base import StepOptions, with_pixels
from ocrkit.preprocess.measure.lighting import divide_by_background, estimate_background, to_gray

_WHITE = 254  # gray level: a page whose paper is this light everywhere is not changed


class Illumination(StepOptions):
    """Divide the page by the estimated level of its paper, so that the paper becomes white.

    Corrects shadows and uneven lighting for engines that use one threshold for the whole page. Large dark
    areas become white as well, and light text on them is lost.
    """

    def __call__(self, page: Page) -> Page:
        gray = to_gray(page.pixels)
        paper = estimate_background(gray)
        if int(paper.min()) >= _WHITE:
            return page
        if page.is_gray:
            return with_pixels(page, divide_by_background(gray, paper))
        colors = cv2.divide(page.pixels, cv2.merge([paper] * 3), scale=255)
        return with_pixels(page, np.asarray(colors, dtype=np.uint8))
