"""The image of a page for Tesseract: pixels, resolution, rotation, and the transform to the page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from ocrkit.geometry import IDENTITY, Transform
from ocrkit.page import Page, Pixels

_MIN_LETTERS = 3

# Tesseract's layout analysis depends on the resolution. An unknown one is estimated from the height of the
# letters, about 1/15 inch in ten-point print. (Otherwise the engine assumes 70 and prints so on stderr.)
_DPI_PER_LETTER_HEIGHT = 15
_DEFAULT_DPI = 300
_DPI_RANGE = (70, 2400)

QuarterTurn: TypeAlias = Literal[0, 90, 180, 270]


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """Input of the engine; `rotation` is clockwise, in degrees, relative to the page."""

    pixels: Pixels
    dpi: int
    to_page: Transform = IDENTITY
    rotation: QuarterTurn = 0
    has_letters: bool = True


def page_image(page: Page) -> PageImage:
    """The unrotated image of a page, with its resolution or an estimate."""
    letter_height = median_letter_height(page.pixels)
    dpi = page.dpi or (letter_height * _DPI_PER_LETTER_HEIGHT if letter_height else _DEFAULT_DPI)
    low, high = _DPI_RANGE
    return PageImage(page.pixels, round(min(max(dpi, low), high)), has_letters=letter_height is not None)


def rotate(image: PageImage, rotation: QuarterTurn) -> PageImage:
    """Rotate an unrotated image clockwise."""
    height, width = image.pixels.shape[:2]
    quarters = rotation // 90
    back = Transform.quarter_turns(quarters, width, height).inverse()
    return replace(
        image,
        pixels=np.ascontiguousarray(np.rot90(image.pixels, -quarters)),
        to_page=back.then(image.to_page),
        rotation=rotation,
    )


def median_letter_height(pixels: Pixels) -> float | None:
    """The median height of connected components the size of letters, or None if there are too few."""
    from ocrkit.opencv import cv2

    gray = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    _, ink = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    if cv2.countNonZero(ink) * 2 > ink.size:
        ink = cv2.bitwise_not(ink)
    count, _, stats, _ = cv2.connectedComponentsWithStats(ink)
    widths, heights = stats[1:count, cv2.CC_STAT_WIDTH], stats[1:count, cv2.CC_STAT_HEIGHT]
    # Without specks, rules and pictures. Width and height are interchangeable, as the page may lie sideways.
    small, large = np.minimum(widths, heights), np.maximum(widths, heights)
    letters = heights[(large >= 4) & (small >= 2) & (large <= 200) & (large <= 10 * small)]
    return float(np.median(letters)) if letters.size >= _MIN_LETTERS else None
