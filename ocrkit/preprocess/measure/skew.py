"""How far the lines of a page are turned."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_COARSE = 0.5  # degrees between two angles of the first look, and a bin that is wide enough for it
_COARSE_BIN = 4.0  # pixels
_FINE = 0.1
_FINE_BIN = 1.5
_FEW_POINTS, _MANY_POINTS = 4_000, 15_000
_LEAST_POINTS = 200
_SHOWN = 2.0  # pixels that the longer side goes up or down: less than these cannot be told from level


class Skew(NamedTuple):
    """What was found."""

    degrees: float
    """How far the lines are turned clockwise: positive where they go down to the right."""
    certainty: float
    """How much they stand out at this angle against the others: 1 is not at all."""


def find_skew(ink: NDArray[np.bool_], *, up_to: float = 45.0) -> Skew | None:
    """The angle at which the ink of a page falls into lines, to about a twentieth of a degree.

    The lower edges of letters stand on lines, and the right edges of columns, of tables and of text that runs
    downwards as well. For each angle they are projected onto an axis across; where they gather in the fewest
    bins, the angle is right. None where there is too little ink to say.
    """
    rows, columns = _Edges.below(ink), _Edges.beside(ink)
    if rows.number < _LEAST_POINTS:
        return None
    coarse = np.arange(-up_to, up_to + _COARSE / 2, _COARSE)
    few = (rows.some(_FEW_POINTS), columns.some(_FEW_POINTS))
    scores = _gathered(few, coarse, _COARSE_BIN)
    best = float(coarse[scores.argmax()])
    fine = np.arange(best - _COARSE - _FINE, best + _COARSE + 1.5 * _FINE, _FINE)
    degrees = _summit(fine, _gathered((rows, columns), fine, _FINE_BIN))
    if math.tan(math.radians(abs(degrees))) * max(ink.shape) < _SHOWN:
        degrees = 0.0
    return Skew(degrees, float(scores.max() / np.median(scores)))


class _Edges(NamedTuple):
    """Points on edges: where they lie along the text, and across it."""

    along: NDArray[np.float32]
    across: NDArray[np.float32]
    reach: float

    @classmethod
    def below(cls, ink: NDArray[np.bool_]) -> _Edges:
        """Lower edges, with rows across."""
        edges = np.zeros_like(ink)
        edges[:-1] = ink[:-1] & ~ink[1:]
        y, x = _points(edges)
        return cls(x, y, math.hypot(*ink.shape))

    @classmethod
    def beside(cls, ink: NDArray[np.bool_]) -> _Edges:
        """Right edges, with columns across. A quarter turn takes them to where rows are."""
        edges = np.zeros_like(ink)
        edges[:, :-1] = ink[:, :-1] & ~ink[:, 1:]
        y, x = _points(edges)
        return cls(-y, x, math.hypot(*ink.shape))

    @property
    def number(self) -> int:
        return len(self.along)

    def some(self, number: int) -> _Edges:
        return self._replace(along=self.along[:number], across=self.across[:number])


def _points(edges: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Rows and columns from the middle of the picture, in no order, and not too many of them.

    Each somewhere in its pixel: whole numbers would gather in bins by themselves when nothing is turned.
    """
    chance = np.random.default_rng(0)
    found = chance.permutation(np.argwhere(edges))[:_MANY_POINTS]
    points = chance.random(found.shape, dtype=np.float32) + found - np.array(edges.shape) / 2
    down, right = points.astype(np.float32).T
    return down, right


def _gathered(both: tuple[_Edges, _Edges], angles: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """For each angle, how much the points gather when they are projected with bins of this width."""
    return np.array([sum(_gathered_at(each, angle, width) for each in both) for angle in np.radians(angles)])


def _gathered_at(edges: _Edges, angle: float, width: float) -> float:
    if not edges.number:
        return 0.0
    bins = int(edges.reach / width) + 3
    place = (edges.across * math.cos(angle) - edges.along * math.sin(angle)) / width + bins / 2
    counts = np.bincount(place.astype(np.int32), minlength=bins).astype(np.float64)
    return float((counts * counts).sum()) / edges.number**2


def _summit(angles: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    """The angle of the highest score, between the steps by the parabola through it and its neighbours."""
    top = int(scores.argmax())
    if top in (0, len(angles) - 1):
        return float(angles[top])
    left, middle, right = scores[top - 1 : top + 2]
    return float(angles[top] + _FINE * 0.5 * (left - right) / (left - 2 * middle + right))
