"""Words of a line: where the reading has a space or changes between scripts, and where the ink says so."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocrkit.backends.ppocr.recognition import Character, Reading
from ocrkit.geometry import Point, Polygon
from ocrkit.opencv import cv2
from ocrkit.page import Pixels
from ocrkit.result import Handwritten, Line, Word


def line_of(
    reading: Reading, pixels: Pixels, corners: NDArray[np.float32], handwritten: Handwritten | None
) -> Line:
    """A line as a result: its words lie along `corners`, cut where `pixels`, its strip, has no ink."""
    groups = _groups(reading.characters)
    words = [
        Word(
            text="".join(character.text for character in group),
            confidence=sum(character.confidence for character in group) / len(group),
            polygon=_part(corners, start, end),
            handwritten=handwritten,
        )
        for group, (start, end) in zip(groups, _spans(groups, pixels), strict=True)
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


def _spans(groups: Sequence[Sequence[Character]], pixels: Pixels) -> list[tuple[float, float]]:
    """Beginning and end of every group along the line, from 0 to 1.

    The network only knows about where a character is; the gap without ink between two neighbours is exact.
    """
    ink = _inked_columns(pixels)
    width = len(ink)
    inked = np.flatnonzero(ink)
    first, last = (int(inked[0]), int(inked[-1]) + 1) if inked.size else (0, width)
    edges: list[int] = [first]
    for before, after in itertools.pairwise(groups):
        start, end = int(before[-1].position * width), max(int(after[0].position * width), 1)
        gap = _widest_gap(ink[start:end])
        middle = (start + end) // 2
        edges += [start + gap[0], start + gap[1]] if gap else [middle, middle]
    edges.append(last)
    spans = [(edges[i] / width, edges[i + 1] / width) for i in range(0, len(edges), 2)]
    return [(max(0.0, min(start, 1.0)), max(start, min(end, 1.0))) for start, end in spans]


def _inked_columns(pixels: Pixels) -> NDArray[np.bool_]:
    gray = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    distance = cv2.absdiff(gray, np.full_like(gray, np.median(gray)))
    threshold, _ = cv2.threshold(distance, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    columns: NDArray[np.bool_] = (distance > max(threshold * 0.7, 12.0)).sum(axis=0) >= 2
    return columns


def _widest_gap(ink: NDArray[np.bool_]) -> tuple[int, int] | None:
    """The longest run without ink, as the positions where it begins and ends."""
    edges = np.flatnonzero(np.diff(np.concatenate(([True], ink, [True])).astype(np.int8)))
    if edges.size < 2:
        return None
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])


def _part(corners: NDArray[np.float32], start: float, end: float) -> Polygon:
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
