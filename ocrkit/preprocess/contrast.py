"""Faded to full contrast."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, model_validator
from typing_extensions import Self

from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.preprocess.base import StepOptions, repainted

_FULL = 245  # levels between darkest and lightest: nobody sees the rest
_EMPTY = 16  # levels: less is the grain of an empty page, and stretching it would make ink of it


class Contrast(StepOptions):
    """Spread the levels of the page.

    `stretch` makes the darkest pixels black and the lightest white and moves the others in proportion.
    `clahe` spreads the levels of each part of the page for itself, which lifts faint print beside dark, and
    grain with it. Both leave the hues of a colour page alone. A page with nothing on it stays as it is.
    """

    method: Literal["stretch", "clahe"] = "stretch"
    low: float = Field(0.1, ge=0, le=100)
    """`stretch` only: per cent of the pixels that become black. On a sparse page the ink is hardly more."""
    high: float = Field(99.0, ge=0, le=100)
    """`stretch` only: per cent of the pixels below those that become white."""
    clip: float = Field(2.0, gt=0, le=100)
    """`clahe` only: how much steeper contrast becomes at most; less lifts less grain."""
    tiles: int = Field(8, ge=1, le=64)
    """`clahe` only: into how many parts each side of the page is divided."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low >= self.high:
            raise ValueError("'low' has to be less than 'high'")
        return self

    def __call__(self, page: Page) -> Page:
        if page.is_gray:
            return repainted(page, self._spread(page.pixels))
        lab = np.asarray(cv2.cvtColor(page.pixels, cv2.COLOR_RGB2LAB), dtype=np.uint8)
        lightness = np.ascontiguousarray(lab[:, :, 0])
        spread = self._spread(lightness)
        if spread is lightness:  # the way through another colour space is not exact
            return page
        lab[:, :, 0] = spread
        return repainted(page, np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), dtype=np.uint8))

    def _spread(self, gray: Pixels) -> Pixels:
        counts = np.asarray(cv2.calcHist([gray], [0], None, [256], [0, 256]), dtype=np.int64).ravel()
        if self.method == "clahe":
            if np.count_nonzero(counts) == 1:
                return gray
            equalizer = cv2.createCLAHE(self.clip, (self.tiles, self.tiles))
            return np.asarray(equalizer.apply(gray), dtype=np.uint8)
        below = counts.cumsum()
        low = int(np.searchsorted(below, self.low / 100 * gray.size, "right"))
        high = int(np.searchsorted(below, self.high / 100 * gray.size))
        if not _EMPTY <= high - low < _FULL:
            return gray
        levels = (np.arange(256) - low) * (255 / (high - low))
        return np.asarray(cv2.LUT(gray, np.clip(levels.round(), 0, 255).astype(np.uint8)), dtype=np.uint8)
