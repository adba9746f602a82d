"""Reads doubtful lines again in other ways, and merges the readings by a vote on their characters.

Handwriting that the network misreads is often read right with smoother strokes, or upright instead of
slanted. No look is better than the plain one on average, but the vote of the three is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocrkit.alignment import merge_readings
from ocrkit.backends.ppocr.fast_recognizer import LineRecognizer
from ocrkit.backends.ppocr.line_reader import RecognizedLine
from ocrkit.opencv import cv2
from ocrkit.page import Pixels

DOUBTFUL_HANDWRITING = 0.87
DOUBTFUL_PRINT = 0.8  # print is read well above, and costs no second look
_SLANTS = (-0.2, 0.0, 0.2, 0.4, 0.6)  # shifts to the right from the foot to the head, relative to the height
_BLUR = 1.0  # pixels of the crop, which is 48 pixels high
_PAPER = 40  # differences from the background that are not ink


def look_again(
    recognizer: LineRecognizer, lines: Sequence[RecognizedLine], below: float
) -> list[RecognizedLine]:
    """The lines, those with a confidence below a bar read again."""
    doubtful = [line for line in lines if line.text.confidence < below]
    # One call for all, which distributes them over the threads.
    texts = recognizer.read(look(line.crop) for line in doubtful for look in LOOKS)
    merged: list[RecognizedLine] = []
    for line in lines:
        if line.text.confidence >= below:
            merged.append(line)
            continue
        others = [next(texts) for _ in LOOKS]
        characters = merge_readings(line.text.characters, [other.characters for other in others])
        merged.append(line._replace(text=line.text._replace(characters=tuple(characters))))
    return merged


def _smoother(crop: Pixels) -> Pixels:
    """The crop with the edges of its strokes smoothed."""
    return np.asarray(cv2.GaussianBlur(crop, (0, 0), _BLUR), dtype=np.uint8)


def _upright(crop: Pixels) -> Pixels:
    """The crop with its slant removed: the slant at which strokes are most concentrated in columns."""
    gray = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), dtype=np.float32)
    ink = np.abs(gray - np.median(gray))
    ink[ink < _PAPER] = 0

    def concentration(slant: float) -> float:
        return float((_shear(ink, slant).sum(axis=0) ** 2).sum())

    return np.asarray(_shear(crop, max(_SLANTS, key=concentration)), dtype=np.uint8)


def _shear(image: NDArray[Any], slant: float) -> NDArray[Any]:
    """The image with strokes of this slant upright; its middle stays where it is."""
    height, width = image.shape[:2]
    shear = np.array([[1, slant, -slant * height / 2], [0, 1, 0]], dtype=np.float32)
    return np.asarray(cv2.warpAffine(image, shear, (width, height), borderMode=cv2.BORDER_REPLICATE))


LOOKS: tuple[Callable[[Pixels], Pixels], ...] = (_smoother, _upright)
"""The ways to look at the crop of a line."""
