"""Splits lines into words, at spaces and changes of script, with boxes cut at gaps in the ink."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocrkit.backends.ppocr.alternatives import alternatives
from ocrkit.backends.ppocr.recognition import (
    Corners,
    RecognizedCharacter,
    RecognizedText,
    ink_mask,
    widest_gap,
)
from ocrkit.backends.ppocr.right_to_left import in_reading_order
from ocrkit.backends.ppocr.spaces import with_visible_spaces
from ocrkit.geometry import Point, Polygon
from ocrkit.page import Pixels
from ocrkit.result import Alternative, Handwritten, Line, Word

_MIN_INK = 2  # rows and columns with fewer ink pixels contain only dust


def build_line(
    recognized: RecognizedText, crop: Pixels, corners: Corners, handwritten: Handwritten | None
) -> Line:
    """Build the result of a line; its words are separated where its crop has no ink.

    The line keeps the detected polygon; the polygons of its words are trimmed to the height of the ink.
    """
    ink = ink_mask(crop)
    recognized = with_visible_spaces(recognized, ink)
    groups = _word_groups(recognized.characters)
    trimmed = _trim_to_ink(corners, ink)
    others = _alternatives(recognized, groups)
    spans = _word_spans(groups, ink.sum(axis=0) >= _MIN_INK)
    words = [
        Word(
            text="".join(character.text for character in group),
            confidence=sum(character.confidence for character in group) / len(group),
            alternatives=other,
            polygon=_slice(trimmed, start, end),
            handwritten=handwritten,
        )
        for group, other, (start, end) in zip(groups, others, spans, strict=True)
    ]
    line = Line(
        text=" ".join(recognized.text.split()),
        words=tuple(words),
        confidence=recognized.confidence,
        polygon=_slice(corners, 0.0, 1.0),
        handwritten=handwritten,
    )
    return in_reading_order(line)


def _word_groups(characters: Sequence[RecognizedCharacter]) -> list[list[RecognizedCharacter]]:
    """The characters of each word, split at spaces and between Chinese or Japanese and other scripts."""
    groups: list[list[RecognizedCharacter]] = []
    new_word = True
    wide = False
    for character in characters:
        if character.text.isspace():
            new_word = True
            continue
        is_wide = unicodedata.east_asian_width(character.text[0]) in "WF"
        if new_word or is_wide != wide:
            groups.append([])
        groups[-1].append(character)
        new_word, wide = False, is_wide
    return groups


def _alternatives(
    recognized: RecognizedText, groups: Sequence[Sequence[RecognizedCharacter]]
) -> list[tuple[Alternative, ...]]:
    """The other readings of each word."""
    characters = recognized.characters
    found: list[tuple[Alternative, ...]] = []
    end = 0
    for group in groups:
        start = characters.index(group[0], end)
        end = start + len(group)
        before = characters[start - 1] if start else None
        after = characters[end] if end < len(characters) else None
        found.append(alternatives(group, before, after, recognized.steps))
    return found


def _word_spans(
    groups: Sequence[Sequence[RecognizedCharacter]], ink: NDArray[np.bool_]
) -> list[tuple[float, float]]:
    """Start and end of each word along the line, from 0 to 1.

    Character positions of the network are approximate; the gap in the ink between two words is exact.
    """
    width = len(ink)
    columns = np.flatnonzero(ink)
    first, last = (int(columns[0]), int(columns[-1]) + 1) if columns.size else (0, width)
    edges: list[int] = [first]
    for before, after in itertools.pairwise(groups):
        start, end = int(before[-1].position * width), max(int(after[0].position * width), 1)
        gap = widest_gap(ink[start:end])
        middle = (start + end) // 2
        edges += [start + gap[0], start + gap[1]] if gap else [middle, middle]
    edges.append(last)
    spans = [(edges[i] / width, edges[i + 1] / width) for i in range(0, len(edges), 2)]
    return [(max(0.0, min(start, 1.0)), max(start, min(end, 1.0))) for start, end in spans]


def _trim_to_ink(corners: Corners, ink: NDArray[np.bool_]) -> Corners:
    """Trim a detected line to the height of its ink: the margin of detection may overlap the next line."""
    rows = np.flatnonzero(ink.sum(axis=1) >= _MIN_INK)
    if not rows.size:
        return corners
    top, bottom = max(0, rows[0] - 1) / len(ink), min(len(ink), rows[-1] + 2) / len(ink)
    left, right = corners[3] - corners[0], corners[2] - corners[1]
    trimmed = [corners[0] + left * top, corners[1] + right * top]
    trimmed += [corners[1] + right * bottom, corners[0] + left * bottom]
    return np.asarray(trimmed, dtype=np.float32)


def _slice(corners: Corners, start: float, end: float) -> Polygon:
    """The part of a line's polygon between two positions along it."""
    start_top, end_top, end_bottom, start_bottom = corners.astype(float)

    def interpolate(a: NDArray[np.float64], b: NDArray[np.float64], position: float) -> Point:
        x, y = a + (b - a) * position
        return Point(round(float(x), 2), round(float(y), 2))

    return (
        interpolate(start_top, end_top, start),
        interpolate(start_top, end_top, end),
        interpolate(start_bottom, end_bottom, end),
        interpolate(start_bottom, end_bottom, start),
    )
