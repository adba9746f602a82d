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
_FEW_POINTS, _MANY_POINTS = 2_500, 12_000
_LEAST_POINTS = 100
_EVERY = 2  # lines are enough along an edge, and takes half the time
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
        y, x = _points(ink[:-1, ::_EVERY] & ~ink[1:, ::_EVERY])
        return cls(x * _EVERY, y, math.hypot(*ink.shape))

    @classmethod
    def beside(cls, ink: NDArray[np.bool_]) -> _Edges:
        """Right edges, with columns across. A quarter turn takes them to where rows are."""
        y, x = _points(ink[::_EVERY, :-1] & ~ink[::_EVERY, 1:])
        return cls(-y * _EVERY, x, math.hypot(*ink.shape))

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
    found = np.flatnonzero(edges)
    found = chance.choice(found, min(len(found), _MANY_POINTS), replace=False, shuffle=True)
    rows, columns = np.divmod(found, edges.shape[1])
    jitter = chance.random((2, len(found)), dtype=np.float32)
    return (
        (rows + jitter[0] - edges.shape[0] / 2).astype(np.float32),
        (columns + jitter[1] - edges.shape[1] / 2).astype(np.float32),
    )


def _gathered(both: tuple[_Edges, _Edges], angles: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """For each angle, how much the points gather when they are projected with bins of this width."""
    sines, cosines = (turn(np.radians(angles)).astype(np.float32) / width for turn in (np.sin, np.cos))
    rows, columns = (_gathered_of(each, sines, cosines, width) for each in both)
    return rows + columns


def _gathered_of(
    edges: _Edges, sines: NDArray[np.float32], cosines: NDArray[np.float32], width: float
) -> NDArray[np.float64]:
    if not edges.number:
        return np.zeros(len(sines))
    bins = int(edges.reach / width) + 3
    place = np.outer(cosines, edges.across) - np.outer(sines, edges.along)
    place += (
        np.arange(len(sines), dtype=np.float32)[:, None] * bins + bins / 2
    )  # a range of bins for each angle
    counts = np.bincount(place.astype(np.int32).ravel(), minlength=bins * len(sines)).reshape(-1, bins)
    return np.asarray((counts.astype(np.float64) ** 2).sum(axis=1) / edges.number**2, dtype=np.float64)


def _summit(angles: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    """The angle of the highest score, between the steps by the parabola through it and its neighbours."""
    top = int(scores.argmax())
    if top in (0, len(angles) - 1):
        return float(angles[top])
    left, middle, right = scores[top - 1 : top + 2]
    return float(angles[top] + _FINE * 0.5 * (left - right) / (left - 2 * middle + right))
