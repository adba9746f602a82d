"""Which way up the page is, decided once for the page.

The models come with a classifier that turns single lines around. It turns around good lines as well, so it is
not used: lines of one page agree, and the recogniser's own confidence on a few of them is the better judge.
A page that reads well as it lies costs nothing extra.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.backends.ppocr.detection import Quad
from ocrkit.result import Decision

Corners = NDArray[np.float32]
Judge = Callable[[Sequence[Corners]], float]
"""Reads some lines, beginning at their first corners; answers the mean confidence."""

_SAMPLE = 6
_GOOD = 0.90
_MARGIN = 0.05
TALL = 1.5


class Orientation(NamedTuple):
    """How text runs on the page: `turns` quarter turns clockwise from the usual direction."""

    turns: int
    decision: Decision

    @property
    def rotation(self) -> int:
        """The clockwise turn in degrees that puts the page upright."""
        return -self.turns % 4 * 90


def turned(corners: Corners, turns: int) -> Corners:
    """The same line, read in a direction that is turned clockwise by so many quarters."""
    return np.roll(corners, -turns, axis=0)


def is_tall(quad: Quad) -> bool:
    return quad.height > TALL * quad.width


def decide(quads: Sequence[Quad], judge: Judge) -> Orientation:
    """Read a sample of lines in the likely directions and keep the one that reads best."""
    lying = [quad for quad in quads if is_tall(quad)]
    level = [quad for quad in quads if not is_tall(quad)]
    sideways = _ink(lying) > 1.5 * _ink(level)
    sample = _longest(lying if sideways else level)
    if not sample:
        return Orientation(0, Decision(topic="orientation", choice="upright", reason="no text to judge by"))
    usual, other = (1, 3) if sideways else (0, 2)
    scores = {usual: judge([turned(quad.corners, usual) for quad in sample])}
    if sideways or scores[usual] < _GOOD:
        scores[other] = judge([turned(quad.corners, other) for quad in sample])
    turns = max(scores, key=lambda turn: scores[turn] + (_MARGIN if turn == usual else 0.0))
    read = ", ".join(f"{-turn % 4 * 90}°: {score:.2f}" for turn, score in scores.items())
    rotation = -turns % 4 * 90
    return Orientation(
        turns,
        Decision(
            topic="orientation",
            choice=f"rotation {rotation}°" if rotation else "upright",
            reason=f"mean confidence of {len(sample)} lines by rotation ({read})",
        ),
    )


def _ink(quads: Sequence[Quad]) -> float:
    return sum(quad.width * quad.height for quad in quads)


def _longest(quads: Sequence[Quad]) -> list[Quad]:
    """Long lines say most; the very longest may be a rule or a border taken for text."""
    ranked = sorted(quads, key=lambda quad: -max(quad.width, quad.height))
    skip = len(ranked) // 10
    return ranked[skip : skip + _SAMPLE]
