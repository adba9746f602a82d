"""Readings that are far too short for their lines: most of the letters in the picture were not recognized."""

from __future__ import annotations

import math
import unicodedata
from itertools import pairwise

import numpy as np

from ocrkit.geometry import Box, Polygon
from ocrkit.page import Pixels
from ocrkit.result import Line

_WIDE = 4.0
"""Shorter lines, in multiples of their height, are not judged: they may hold a few wide letters."""
_HARDLY = 0.36
_GAP = 2.0
"""A wider gap between words, in heights of the line, may be that of two columns."""
_BLANK = 0.3
"""A gap is blank if its contrast is at most this share of that of its line."""
_NARROW = frozenset("iIl.,:;'|!jtf1-()[] ")


def is_hardly_read(polygon: Polygon, text: str, blank: float = 0.0) -> bool:
    """Whether a line has room for nearly three times as many letters as its reading has.

    Of 632 lines of 32 pages, readings of ordinary print fill a line to 0.98 on average and to 0.42 at least,
    widely spaced titles included; what an engine makes of other scripts often fills less than 0.1.

    Args:
        polygon: the outline of the line.
        text: its reading.
        blank: the width of its gaps without ink; see `blank_width`.
    """
    if len(polygon) != 4:
        return False
    width, height = math.dist(polygon[0], polygon[1]), math.dist(polygon[1], polygon[2])
    width -= blank
    return width >= _WIDE * height > 0 and sum(map(_width_of, text)) * height < _HARDLY * width


def blank_width(pixels: Pixels, line: Line) -> float:
    """The width of the wide gaps between the words of a line that hold no ink.

    An engine may read two columns as one line. The space between them is no text that was not recognized.
    """
    boxes = sorted((word.box for word in line.words if word.box is not None), key=lambda box: box.left)
    if line.box is None or len(boxes) < 2:
        return 0.0
    height = line.box.bottom - line.box.top
    gaps = [
        Box(before.right, line.box.top, after.left, line.box.bottom)
        for before, after in pairwise(boxes)
        if after.left - before.right > _GAP * height
    ]
    limit = _BLANK * _contrast(pixels, line.box) if gaps else 0.0
    return sum(gap.right - gap.left for gap in gaps if _contrast(pixels, gap) <= limit)


def _contrast(pixels: Pixels, box: Box) -> float:
    part = pixels[max(0, int(box.top)) : int(box.bottom) + 1, max(0, int(box.left)) : int(box.right) + 1]
    return float(np.subtract(*np.percentile(part, (98, 2)))) if part.size else 0.0


def _width_of(letter: str) -> float:
    """The usual width of a letter, in heights of its line."""
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return 0.25 if letter in _NARROW else 0.5
