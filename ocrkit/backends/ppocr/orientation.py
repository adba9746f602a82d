"""Page orientation, decided once per page by the confidence of a few lines.

The models include a classifier that flips single lines. It is not used because it also flips upright lines;
the confidence of the recognizer on a few lines of the page is more reliable, and an upright page costs no
extra work.

Vertical Chinese and Japanese text looks like a rotated page, and the recognizer reads both. The two are told
apart by whether single characters can be read upright, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ocrkit.backends.ppocr.detection import Quad
from ocrkit.backends.ppocr.recognition import Corners, RecognizedText
from ocrkit.backends.ppocr.vertical_cells import is_wide
from ocrkit.result import Decision

ReadLines = Callable[[Sequence[Corners]], list[RecognizedText]]
"""Reads lines, each in the direction that its corners give."""

_SAMPLE_LINES = 6
_SAMPLE_CHARACTERS = 8
GOOD_CONFIDENCE = 0.90
_FIRST_DIRECTION_BONUS = 0.05
_MIN_UPRIGHT = 0.6
"""Of the confidence of rotated characters. The network reads characters of vertical text in both positions,
and those of a rotated page in one."""
TALL_RATIO = 1.5


class PageOrientation(NamedTuple):
    """The direction of the text on a page."""

    turns: int
    """Direction of the lines, in clockwise quarter turns from left-to-right."""
    rotation: int
    """Clockwise rotation in degrees that makes the page upright."""
    confidence: float
    """Mean confidence of the sample in this direction."""
    decision: Decision

    @property
    def is_vertical(self) -> bool:
        """Whether the lines run downward on an upright page."""
        return self.turns == 1 and self.rotation == 0


def turn(corners: Corners, turns: int) -> Corners:
    """Turn the reading direction of a line by clockwise quarter turns."""
    return np.roll(corners, -turns, axis=0)


def decide_orientation(quads: Sequence[Quad], read: ReadLines) -> PageOrientation:
    """Read a sample of lines in the likely directions and choose the most confident one."""
    wide = [quad for quad in quads if not _is_tall(quad)]
    tall = [quad for quad in quads if _is_tall(quad)]
    sideways = _area(tall) > 1.5 * _area(wide)
    sample = [quad.corners for quad in _longest(tall if sideways else wide)]
    if not sample:
        return _orientation(0, 0, 0.0, "no lines to judge by")
    first, opposite = (1, 3) if sideways else (0, 2)
    texts = {first: read([turn(corners, first) for corners in sample])}
    if sideways or _mean_confidence(texts[first]) < GOOD_CONFIDENCE:
        texts[opposite] = read([turn(corners, opposite) for corners in sample])
    scores = {turns: _mean_confidence(texts[turns]) for turns in texts}
    best = max(scores, key=lambda turns: scores[turns] + (_FIRST_DIRECTION_BONUS if turns == first else 0.0))
    if best == 1 and _is_vertical([turn(corners, 1) for corners in sample], texts[1], read):
        return _orientation(
            1, 0, scores[1], "lines run downward and their characters are upright: vertical text"
        )
    by_rotation = ", ".join(f"{-turns % 4 * 90}°: {score:.2f}" for turns, score in scores.items())
    reason = f"mean confidence of {len(sample)} lines by rotation ({by_rotation})"
    return _orientation(best, -best % 4 * 90, scores[best], reason)


def _orientation(turns: int, rotation: int, confidence: float, reason: str) -> PageOrientation:
    choice = f"rotation {rotation}°" if rotation else "upright"
    decision = Decision(topic="orientation", choice=choice, reason=reason)
    return PageOrientation(turns, rotation, confidence, decision)


def _is_tall(quad: Quad) -> bool:
    return quad.height > TALL_RATIO * quad.width


def _is_vertical(lines: Sequence[Corners], texts: Sequence[RecognizedText], read: ReadLines) -> bool:
    """Whether single characters of downward lines are recognized upright as well as rotated."""
    cells, expected = [], []
    for corners, text in zip(lines, texts, strict=True):
        wide = [each for each in text.characters if is_wide(each.text)]
        pitch = _pitch([each.position for each in wide])
        for character in wide[1 : 1 + _SAMPLE_CHARACTERS // 2]:
            cells.append(_character_cell(corners, character.position, pitch))
            expected.append(character.text)
    cells, expected = cells[: 2 * _SAMPLE_CHARACTERS], expected[: 2 * _SAMPLE_CHARACTERS]
    rotated = _agreement(read(cells), expected)
    upright = _agreement(read([turn(cell, -1) for cell in cells]), expected)
    return upright > _MIN_UPRIGHT * rotated


def _pitch(positions: Sequence[float]) -> float:
    """The usual distance of adjacent characters along a line, as a share of its length."""
    return float(np.median(np.diff(positions))) if len(positions) > 1 else 1.0


def _character_cell(corners: Corners, position: float, pitch: float) -> Corners:
    """The square around one character of a line, as wide as its characters are apart.

    A detected line is up to half again as wide as its characters: a square of its width would show parts of
    their neighbors.
    """
    along, across = corners[1] - corners[0], corners[3] - corners[0]
    length, height = (max(1.0, float(np.linalg.norm(side))) for side in (along, across))
    side = min(height, pitch * length)
    step, down = along * (side / length / 2), across * (side / height / 2)
    middle = corners[0] + along * position + across / 2
    square = [middle - step - down, middle + step - down, middle + step + down, middle - step + down]
    return np.asarray(square, dtype=np.float32)


def _agreement(texts: Sequence[RecognizedText], expected: Sequence[str]) -> float:
    """Sum of the confidences of texts that contain the expected character.

    A count would not do: most rotated characters are still recognized, but with less confidence.
    """
    pairs = zip(texts, expected, strict=True)
    return sum(recognized.confidence for recognized, character in pairs if character in recognized.text)


def _mean_confidence(texts: Sequence[RecognizedText]) -> float:
    """The mean confidence of lines, weighted by their length."""
    length = sum(len(text.characters) for text in texts)
    weighted = sum(text.confidence * len(text.characters) for text in texts)
    return weighted / length if length else 0.0


def _area(quads: Sequence[Quad]) -> float:
    return sum(quad.width * quad.height for quad in quads)


def _longest(quads: Sequence[Quad]) -> list[Quad]:
    """The longest lines, without the top tenth: these may be rules or borders mistaken for text."""
    ranked = sorted(quads, key=lambda quad: -max(quad.width, quad.height))
    skip = len(ranked) // 10
    return ranked[skip : skip + _SAMPLE_LINES]
