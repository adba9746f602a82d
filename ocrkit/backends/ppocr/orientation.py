"""Which way up the page is, decided once for the page.

The models come with a classifier that turns single lines around. It turns around good lines as well, so it
is not used: lines of one page agree, and the recogniser's own confidence on a few of them is the better
judge. A page that reads well as it lies costs nothing extra.

Vertical Chinese and Japanese looks like a page on its side: the recogniser reads both. What tells them apart
is whether a single character stands upright.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ocrkit.backends.ppocr.detection import Quad
from ocrkit.backends.ppocr.recognition import Corners, Reading
from ocrkit.result import Decision

Reader = Callable[[Sequence[Corners]], list[Reading]]
"""Reads lines, each beginning at its first corner."""

_SAMPLE = 6
_CHARACTERS = 8
GOOD = 0.90
_MARGIN = 0.05
TALL = 1.5


class Orientation(NamedTuple):
    """How the text runs."""

    turns: int
    """By how many quarter turns clockwise the lines differ from running to the right."""
    rotation: int
    """The clockwise turn in degrees that puts the page upright."""
    score: float
    """The mean confidence of the sample, read in that direction."""
    decision: Decision


def turned(corners: Corners, turns: int) -> Corners:
    """The same line, read in a direction that is turned clockwise by so many quarters."""
    return np.roll(corners, -turns, axis=0)


def is_tall(quad: Quad) -> bool:
    return quad.height > TALL * quad.width


def decide(quads: Sequence[Quad], read: Reader) -> Orientation:
    """Read a sample of lines in the likely directions and keep the one that reads best."""
    upright = [quad for quad in quads if not is_tall(quad)]
    tall = [quad for quad in quads if is_tall(quad)]
    sideways = _area(tall) > 1.5 * _area(upright)
    sample = [quad.corners for quad in _longest(tall if sideways else upright)]
    if not sample:
        return _decided(0, 0, 0.0, "there is nothing to judge by")
    usual, other = (1, 3) if sideways else (0, 2)
    readings = {usual: read([turned(corners, usual) for corners in sample])}
    if sideways or _mean(readings[usual]) < GOOD:
        readings[other] = read([turned(corners, other) for corners in sample])
    scores = {turns: _mean(readings[turns]) for turns in readings}
    turns = max(scores, key=lambda each: scores[each] + (_MARGIN if each == usual else 0.0))
    if turns == 1 and _is_vertical([turned(corners, 1) for corners in sample], readings[1], read):
        return _decided(
            1, 0, scores[1], "the lines run down, and their characters stand upright: vertical writing"
        )
    by_rotation = ", ".join(f"{-each % 4 * 90}°: {score:.2f}" for each, score in scores.items())
    reason = f"mean confidence of {len(sample)} lines by rotation ({by_rotation})"
    return _decided(turns, -turns % 4 * 90, scores[turns], reason)


def _decided(turns: int, rotation: int, score: float, reason: str) -> Orientation:
    choice = f"rotation {rotation}°" if rotation else "upright"
    decision = Decision(topic="orientation", choice=choice, reason=reason)
    return Orientation(turns, rotation, score, decision)


def _is_vertical(lines: Sequence[Corners], readings: Sequence[Reading], read: Reader) -> bool:
    """Whether single characters of lines that run down are recognised better standing than lying."""
    cells, expected = [], []
    for corners, reading in zip(lines, readings, strict=True):
        wide = [each for each in reading.characters if unicodedata.east_asian_width(each.text) in "WF"]
        for character in wide[1 : 1 + _CHARACTERS // 2]:
            cells.append(_cell(corners, character.position))
            expected.append(character.text)
    cells, expected = cells[: 2 * _CHARACTERS], expected[: 2 * _CHARACTERS]
    lying = _agreement(read(cells), expected)
    standing = _agreement(read([turned(cell, -1) for cell in cells]), expected)
    return standing > lying


def _cell(corners: Corners, position: float) -> Corners:
    """The square around one character of a line."""
    along, across = corners[1] - corners[0], corners[3] - corners[0]
    step = along * float(np.linalg.norm(across) / max(1.0, float(np.linalg.norm(along)))) / 2
    middle = corners[0] + along * position
    square = [middle - step, middle + step, middle + step + across, middle - step + across]
    return np.asarray(square, dtype=np.float32)


def _agreement(readings: Sequence[Reading], expected: Sequence[str]) -> float:
    """How surely the readings are what is expected; most characters are still read when they lie."""
    pairs = zip(readings, expected, strict=True)
    return sum(reading.confidence for reading, wanted in pairs if wanted in reading.text)


def _mean(readings: Sequence[Reading]) -> float:
    """The mean confidence, long lines counting for more."""
    length = sum(len(reading.characters) for reading in readings)
    certain = sum(reading.confidence * len(reading.characters) for reading in readings)
    return certain / length if length else 0.0


def _area(quads: Sequence[Quad]) -> float:
    return sum(quad.width * quad.height for quad in quads)


def _longest(quads: Sequence[Quad]) -> list[Quad]:
    """Long lines say most; the very longest may be a rule or a border taken for text."""
    ranked = sorted(quads, key=lambda quad: -max(quad.width, quad.height))
    skip = len(ranked) // 10
    return ranked[skip : skip + _SAMPLE]
