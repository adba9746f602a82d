"""Words of a line: where the reading has a space or changes between scripts, and where the ink says so."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocrkit.backends.ppocr.recognition import Character, Corners, Reading, inked, widest_gap
from ocrkit.geometry import Point, Polygon
from ocrkit.page import Pixels
from ocrkit.result import Handwritten, Line, Word

_FEW = 2  # fewer inked pixels than this in a row or column are dust


def line_of(reading: Reading, pixels: Pixels, corners: Corners, handwritten: Handwritten | None) -> Line:
    """A line as a result: its words lie along `corners`, cut where `pixels`, its strip, has no ink.

    The line keeps the outline that was detected; its words are as high as their ink.
    """
    groups = _groups(reading.characters)
    ink = inked(pixels)
    tight = _trimmed(corners, ink)
    words = [
        Word(
            text="".join(character.text for character in group),
            confidence=sum(character.confidence for character in group) / len(group),
            polygon=_part(tight, start, end),
            handwritten=handwritten,
        )
        for group, (start, end) in zip(groups, _spans(groups, ink.sum(axis=0) >= _FEW), strict=True)
    ]
    return Line(
        text=" ".join(reading.text.split()),
        words=tuple(words),
        confidence=reading.confidence,
        polygon=_part(corners, 0.0, 1.0),
        handwritten=handwritten,
    )


def _groups(characters: Sequence[Character]) -> list[list[Character]]:
    """The characters of each word: split at spaces, and where Chinese or Japanese meets another script."""
    groups: list[list[Character]] = []
    fresh = True
    wide = False
    for character in characters:
        if character.text.isspace():
            fresh = True
            continue
        now_wide = unicodedata.east_asian_width(character.text[0]) in "WF"
        if fresh or now_wide != wide:
            groups.append([])
        groups[-1].append(character)
        fresh, wide = False, now_wide
    return groups


def _spans(groups: Sequence[Sequence[Character]], ink: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Beginning and end of every group along the line, from 0 to 1.

    The network only knows about where a character is; the gap without ink between two neighbours is exact.
    """
    width = len(ink)
    inked = np.flatnonzero(ink)
    first, last = (int(inked[0]), int(inked[-1]) + 1) if inked.size else (0, width)
    edges: list[int] = [first]
    for before, after in itertools.pairwise(groups):
        start, end = int(before[-1].position * width), max(int(after[0].position * width), 1)
        gap = widest_gap(ink[start:end])
        middle = (start + end) // 2
        edges += [start + gap[0], start + gap[1]] if gap else [middle, middle]
    edges.append(last)
    spans = [(edges[i] / width, edges[i + 1] / width) for i in range(0, len(edges), 2)]
    return [(max(0.0, min(start, 1.0)), max(start, min(end, 1.0))) for start, end in spans]


def _trimmed(corners: Corners, ink: NDArray[np.bool_]) -> Corners:
    """The outline, as high as the ink in it: detection leaves a margin that reaches into the next line."""
    rows = np.flatnonzero(ink.sum(axis=1) >= _FEW)
    if not rows.size:
        return corners
    top, bottom = max(0, rows[0] - 1) / len(ink), min(len(ink), rows[-1] + 2) / len(ink)
    left, right = corners[3] - corners[0], corners[2] - corners[1]
    trimmed = [corners[0] + left * top, corners[1] + right * top]
    trimmed += [corners[1] + right * bottom, corners[0] + left * bottom]
    return np.asarray(trimmed, dtype=np.float32)


def _part(corners: Corners, start: float, end: float) -> Polygon:
    """The part of a line's outline between two places along it."""
    begin_top, end_top, end_bottom, begin_bottom = corners.astype(float)

    def at(a: NDArray[np.float64], b: NDArray[np.float64], place: float) -> Point:
        x, y = a + (b - a) * place
        return Point(round(float(x), 2), round(float(y), 2))

    return (
        at(begin_top, end_top, start),
        at(begin_top, end_top, end),
        at(begin_bottom, end_bottom, end),
        at(begin_bottom, end_bottom, start),
    )
