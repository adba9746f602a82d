"""Find the letters of a page among its connected components."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.opencv import cv2

_MIN_HEIGHT = 3  # pixels
_MAX_ASPECT = 8.0  # of width to height and of height to width: anything longer is a rule
_MIN_LETTERS = 8
_SHORTEST, _TALLEST = 0.6, 1.7  # times the median height


class Letters(NamedTuple):
    """The components that have the size of letters."""

    height: float
    """Their median height (the x-height of the text), in pixels."""
    centers: NDArray[np.int64]
    """Row and column of each."""
    regularity: float
    """Their share of all components: high for print, low for the leaves of a tree."""


def find_letters(ink: NDArray[np.bool_]) -> Letters | None:
    """The components whose height is close to the median; None if there are fewer than eight candidates.

    Dots, accents and specks are too small to count; pictures and rules are larger and few.
    """
    _, _, stats, centers = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    widths, heights = stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT]
    candidates = (
        (heights >= _MIN_HEIGHT) & (widths <= _MAX_ASPECT * heights) & (heights <= _MAX_ASPECT * widths)
    )
    if np.count_nonzero(candidates) < _MIN_LETTERS:
        return None
    candidate_heights = heights[candidates]
    median = float(np.median(candidate_heights[candidate_heights > np.median(candidate_heights) / 2]))
    are_letters = candidates & (heights > _SHORTEST * median) & (heights < _TALLEST * median)
    found = centers[1:][are_letters][:, ::-1].astype(np.int64)
    return Letters(median, found, len(found) / len(candidate_heights))
