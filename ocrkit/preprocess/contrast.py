"""Increase the contrast of a page."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, model_validator
from typing_extensions import Self

from ocrkit.harmless import Harmless
from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.preprocess.base import StepOptions, with_pixels

_FULL_RANGE = 245  # gray levels from darkest to lightest: stretching more makes no visible difference
_MIN_RANGE = 16  # gray levels: less is the grain of an empty page, and stretching would turn it into ink


class Contrast(StepOptions):
    """Increase the contrast of the page.

    `stretch` makes the darkest pixels black and the lightest white, and scales the others linearly. `clahe`
    equalizes the histogram of each tile of the page, which makes faint print beside dark print visible, but
    also amplifies grain. Both keep the hues of a color page. An empty page is not changed.
    """

    method: Harmless[Literal["stretch", "clahe"]] = "stretch"
    low: Harmless[float] = Field(0.1, ge=0, le=100)
    """`stretch` only: the percentile that becomes black. On a sparse page hardly more pixels are ink."""
    high: Harmless[float] = Field(99.0, ge=0, le=100)
    """`stretch` only: the percentile that becomes white."""
    clip: Harmless[float] = Field(2.0, gt=0, le=100)
    """`clahe` only: the limit of the contrast; lower values amplify less grain."""
    tiles: Harmless[int] = Field(8, ge=1, le=64)
    """`clahe` only: the number of tiles along each side of the page."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.low >= self.high:
            raise ValueError("'low' must be less than 'high'")
        return self

    def __call__(self, page: Page) -> Page:
        if page.is_gray:
            return with_pixels(page, self._adjust(page.pixels))
        lab = np.asarray(cv2.cvtColor(page.pixels, cv2.COLOR_RGB2LAB), dtype=np.uint8)
        lightness = np.ascontiguousarray(lab[:, :, 0])
        adjusted = self._adjust(lightness)
        if adjusted is lightness:  # converting to LAB and back is not exact
            return page
        lab[:, :, 0] = adjusted
        return with_pixels(page, np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), dtype=np.uint8))

    def _adjust(self, gray: Pixels) -> Pixels:
        counts = np.asarray(cv2.calcHist([gray], [0], None, [256], [0, 256]), dtype=np.int64).ravel()
        if self.method == "clahe":
            if np.count_nonzero(counts) == 1:
                return gray
            equalizer = cv2.createCLAHE(self.clip, (self.tiles, self.tiles))
            return np.asarray(equalizer.apply(gray), dtype=np.uint8)
        cumulative = counts.cumsum()
        low = int(np.searchsorted(cumulative, self.low / 100 * gray.size, "right"))
        high = int(np.searchsorted(cumulative, self.high / 100 * gray.size))
        if not _MIN_RANGE <= high - low < _FULL_RANGE:
            return gray
        levels = (np.arange(256) - low) * (255 / (high - low))
        return np.asarray(cv2.LUT(gray, np.clip(levels.round(), 0, 255).astype(np.uint8)), dtype=np.uint8)
