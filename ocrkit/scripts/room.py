"""Readings that are far too short for their lines: most of the letters in the picture were not recognized."""

from __future__ import annotations

import math
import unicodedata

from ocrkit.geometry import Polygon

_WIDE = 4.0
"""Shorter lines, in multiples of their height, are not judged: they may hold a few wide letters."""
_HARDLY = 0.3
_NARROW = frozenset("iIl.,:;'|!jtf1-()[] ")


def is_hardly_read(polygon: Polygon, text: str) -> bool:
    """Whether a line has room for more than three times as many letters as its reading has.

    Of 632 lines of 32 pages, readings of ordinary print fill a line to 0.98 on average and to 0.42 at least,
    widely spaced titles included; what an engine makes of other scripts often fills less than 0.1.
    """
    if len(polygon) != 4:
        return False
    width, height = math.dist(polygon[0], polygon[1]), math.dist(polygon[1], polygon[2])
    return width >= _WIDE * height > 0 and sum(map(_width_of, text)) * height < _HARDLY * width


def _width_of(letter: str) -> float:
    """The usual width of a letter, in heights of its line."""
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return 0.25 if letter in _NARROW else 0.5
