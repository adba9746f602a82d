"""What Tesseract is shown: the page itself, or the page turned, with the way back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from ocrkit.geometry import IDENTITY, Transform
from ocrkit.page import Page, Pixels

_FEWEST_LETTERS = 3

# The resolution steers Tesseract's layout analysis. Where it is unknown it follows from the letters: those of
# ten-point print are about 1/15 inch high. (Left alone, the engine assumes 70 and says so on stderr.)
_DPI_PER_LETTER_HEIGHT = 15
_USUAL_DPI = 300
_CREDIBLE_DPI = (70, 2400)


Turn: TypeAlias = Literal[0, 90, 180, 270]


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """Pixels for the engine. `turn` is the clockwise turn against the page, in degrees."""

    pixels: Pixels
    dpi: int
    to_page: Transform = IDENTITY
    turn: Turn = 0
    has_letters: bool = True


def page_image(page: Page) -> PageImage:
    """The page as it is, with a resolution."""
    found = measure_letters(page.pixels)
    dpi = page.dpi or (found * _DPI_PER_LETTER_HEIGHT if found else _USUAL_DPI)
    return PageImage(page.pixels, _credible(dpi), has_letters=found is not None)


def turned(view: PageImage, turn: Turn) -> PageImage:
    """The page turned clockwise; the view is one of the page as it lies."""
    height, width = view.pixels.shape[:2]
    quarters = turn // 90
    back = Transform.quarter_turns(quarters, width, height).inverse()
    return replace(
        view,
        pixels=np.ascontiguousarray(np.rot90(view.pixels, -quarters)),
        to_page=back.then(view.to_page),
        turn=turn,
    )


def measure_letters(pixels: Pixels) -> float | None:
    """The median height of what looks like letters, or None where there are too few to tell."""
    from ocrkit.opencv import cv2

    gray = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    _, ink = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    if cv2.countNonZero(ink) * 2 > ink.size:
        ink = cv2.bitwise_not(ink)
    count, _, figures, _ = cv2.connectedComponentsWithStats(ink)
    wide, high = figures[1:count, cv2.CC_STAT_WIDTH], figures[1:count, cv2.CC_STAT_HEIGHT]
    # Not specks, not rules, not pictures. On a page that lies on its side letters are about as wide as high.
    small, large = np.minimum(wide, high), np.maximum(wide, high)
    letters = high[(large >= 4) & (small >= 2) & (large <= 200) & (large <= 10 * small)]
    return float(np.median(letters)) if letters.size >= _FEWEST_LETTERS else None


def _credible(dpi: float) -> int:
    low, high = _CREDIBLE_DPI
    return round(min(max(dpi, low), high))
