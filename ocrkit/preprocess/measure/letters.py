"""The letters of a page, as pieces of ink."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.opencv import cv2

_LEAST_HEIGHT = 3  # pixels
_FLATTEST, _NARROWEST = 8.0, 8.0  # width by height, height by width: a rule is no letter
_LEAST_LETTERS = 8
_LOWEST, _TALLEST = 0.6, 1.7  # of the middle height


class Letters(NamedTuple):
    """Pieces of ink that may be letters."""

    height: float
    """How tall their bodies are, in pixels."""
    centres: NDArray[np.int64]
    """A row and a column for each."""
    regularity: float
    """Which share of all pieces they are: print is regular, leaves of a tree are not."""


def find_letters(ink: NDArray[np.bool_]) -> Letters | None:
    """Those that are about as tall as the middle one; None where there are hardly any.

    Dots, accents and specks are much smaller than that and do not count, pictures and rules are larger and
    few.
    """
    _, _, boxes, centres = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    widths, heights = boxes[1:, cv2.CC_STAT_WIDTH], boxes[1:, cv2.CC_STAT_HEIGHT]
    may_be = (heights >= _LEAST_HEIGHT) & (widths <= _FLATTEST * heights) & (heights <= _NARROWEST * widths)
    if np.count_nonzero(may_be) < _LEAST_LETTERS:
        return None
    tall = heights[may_be]
    middle = float(np.median(tall[tall > np.median(tall) / 2]))
    are = may_be & (heights > _LOWEST * middle) & (heights < _TALLEST * middle)
    places = centres[1:][are][:, ::-1].astype(np.int64)
    return Letters(middle, places, len(places) / len(tall))
