"""The small picture of a page that most is measured on."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.preprocess.measure import grain
from ocrkit.preprocess.measure.letters import Letters, find_letters
from ocrkit.preprocess.measure.light import background, flattened, is_inverted, reduced, to_gray
from ocrkit.preprocess.measure.skew import Skew, find_skew

_LONGEST = 1800  # pixels: an A4 page at 150 dpi as it is, larger ones soon gone through
_EVERY = 7  # pixel is enough to know the middle one
_FAINTEST = 8  # levels below the paper: less is its grain


class Sketch:
    """A page in gray, small enough to be looked at from several sides in a few milliseconds.

    Light text on dark ground is turned round, and single specks are taken out: all that is looked for is ink
    which is darker than its paper. Each look is taken when it is asked for, and once.
    """

    def __init__(self, page: Page) -> None:
        """Look at a page."""
        full = to_gray(page.pixels)
        self.grain = grain.grain_of(full)
        if self.grain.specks > grain.MANY_SPECKS:
            full = np.asarray(cv2.medianBlur(full, 3), dtype=np.uint8)
        factor = math.ceil(max(full.shape) / _LONGEST)
        full, self.scale = reduced(full, factor), 1 / factor
        self.is_inverted = is_inverted(full)
        self.gray: Pixels = np.asarray(cv2.bitwise_not(full), dtype=np.uint8) if self.is_inverted else full

    @cached_property
    def paper(self) -> Pixels:
        """The paper, without what stands on it."""
        return background(self.gray)

    @cached_property
    def ink(self) -> NDArray[np.bool_]:
        """Where it is darker than the paper around it."""
        flat = flattened(self.gray, self.paper)
        level, _ = cv2.threshold(flat, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        return np.asarray((flat <= level) & (cv2.subtract(self.paper, self.gray) >= _FAINTEST))

    @cached_property
    def contrast(self) -> float:
        """By how much ink is darker than paper: 0 to 1, which is black on white."""
        if not self.ink.any():
            return 0.0
        return float(np.median(cv2.subtract(self.paper, self.gray)[self.ink][::_EVERY])) / 255

    @cached_property
    def letters(self) -> Letters | None:
        """What may be letters, in this picture; None where there is hardly anything."""
        return find_letters(self.ink)

    @property
    def text_height(self) -> float | None:
        """How tall the bodies of the letters are, in pixels of the page."""
        return None if self.letters is None else self.letters.height / self.scale

    @cached_property
    def shadow(self) -> float:
        """The share of the letters that stand on paper which is as dark as ink elsewhere on the page."""
        if self.letters is None:
            return 0.0
        level, _ = cv2.threshold(self.gray, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        return float(np.mean(self.paper[tuple(self.letters.centres.T)] < level))

    def skew(self, up_to: float = 45.0) -> Skew | None:
        """How far its lines are turned."""
        return find_skew(self.ink, up_to=up_to)
