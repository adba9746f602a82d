"""Find the skew of a page by projection profiles."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_COARSE_STEP, _COARSE_BIN = 0.5, 4.0  # degrees, pixels: the search over all angles
_FINE_STEP, _FINE_BIN = 0.1, 1.5  # the search around the best coarse angle
_COARSE_POINTS, _MAX_POINTS = 2_500, 12_000
_MIN_POINTS = 100
_STRIDE = 2  # every second line along an edge is enough, and takes half the time
_MIN_RISE = 2.0  # pixels along the longer side: a smaller rise cannot be told from level


class Skew(NamedTuple):
    """The skew of a page."""

    degrees: float
    """The clockwise rotation of the lines: positive where they go down to the right."""
    certainty: float
    """The score of this angle, divided by the median score of all angles; 1 means no better."""


def find_skew(ink: NDArray[np.bool_], *, max_angle: float = 45.0) -> Skew | None:
    """The angle at which the ink of a page falls into lines, to about a twentieth of a degree.

    The lower edges of letters lie on text lines. The right edges lie on columns, on table rules and on lines
    of vertical text. For each angle both are projected onto the perpendicular axis; the best angle
    concentrates them in the fewest bins. None where there is too little ink.
    """
    rows, columns = _EdgePoints.below(ink), _EdgePoints.beside(ink)
    if rows.size < _MIN_POINTS:
        return None
    coarse = np.arange(-max_angle, max_angle + _COARSE_STEP / 2, _COARSE_STEP)
    sample = (rows.first(_COARSE_POINTS), columns.first(_COARSE_POINTS))
    scores = _score_angles(sample, coarse, _COARSE_BIN)
    best = float(coarse[scores.argmax()])
    fine = np.arange(best - _COARSE_STEP - _FINE_STEP, best + _COARSE_STEP + 1.5 * _FINE_STEP, _FINE_STEP)
    degrees = _interpolate_peak(fine, _score_angles((rows, columns), fine, _FINE_BIN))
    if math.tan(math.radians(abs(degrees))) * max(ink.shape) < _MIN_RISE:
        degrees = 0.0
    return Skew(degrees, float(scores.max() / np.median(scores)))


class _EdgePoints(NamedTuple):
    """Points on the edges of the ink, by their position along the text and across it."""

    along: NDArray[np.float32]
    across: NDArray[np.float32]
    diagonal: float
    """The diagonal of the page: no projection is longer."""

    @classmethod
    def below(cls, ink: NDArray[np.bool_]) -> _EdgePoints:
        """Points on lower edges; rows are across the text."""
        y, x = _random_points(ink[:-1, ::_STRIDE] & ~ink[1:, ::_STRIDE])
        return cls(x * _STRIDE, y, math.hypot(*ink.shape))

    @classmethod
    def beside(cls, ink: NDArray[np.bool_]) -> _EdgePoints:
        """Points on right edges, rotated by a quarter turn: columns are across the text."""
        y, x = _random_points(ink[::_STRIDE, :-1] & ~ink[::_STRIDE, 1:])
        return cls(-y * _STRIDE, x, math.hypot(*ink.shape))

    @property
    def size(self) -> int:
        return len(self.along)

    def first(self, count: int) -> _EdgePoints:
        return self._replace(along=self.along[:count], across=self.across[:count])


def _random_points(edges: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Rows and columns of at most 12,000 edge pixels in random order, relative to the center of the page.

    Each point lies at a random position in its pixel: whole numbers would concentrate in bins at angle 0,
    whatever the skew.
    """
    random = np.random.default_rng(0)
    pixels = np.flatnonzero(edges)
    pixels = random.choice(pixels, min(len(pixels), _MAX_POINTS), replace=False, shuffle=True)
    rows, columns = np.divmod(pixels, edges.shape[1])
    jitter = random.random((2, len(pixels)), dtype=np.float32)
    return (
        (rows + jitter[0] - edges.shape[0] / 2).astype(np.float32),
        (columns + jitter[1] - edges.shape[1] / 2).astype(np.float32),
    )


def _score_angles(
    edges: tuple[_EdgePoints, _EdgePoints], angles: NDArray[np.float64], bin_width: float
) -> NDArray[np.float64]:
    """For each angle, how much the projected points concentrate in bins of this width."""
    sines, cosines = (turn(np.radians(angles)).astype(np.float32) / bin_width for turn in (np.sin, np.cos))
    rows, columns = (_score_projections(each, sines, cosines, bin_width) for each in edges)
    return rows + columns


def _score_projections(
    edges: _EdgePoints, sines: NDArray[np.float32], cosines: NDArray[np.float32], bin_width: float
) -> NDArray[np.float64]:
    if not edges.size:
        return np.zeros(len(sines))
    bins = int(edges.diagonal / bin_width) + 3
    first_bins = np.arange(len(sines), dtype=np.float32)[:, None] * bins  # a range of bins for each angle
    positions = np.outer(cosines, edges.across) - np.outer(sines, edges.along)
    positions += first_bins + bins / 2
    counts = np.bincount(positions.astype(np.int32).ravel(), minlength=bins * len(sines)).reshape(-1, bins)
    return np.asarray((counts.astype(np.float64) ** 2).sum(axis=1) / edges.size**2, dtype=np.float64)


def _interpolate_peak(angles: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    """The angle of the highest score, refined by the parabola through it and its neighbors."""
    top = int(scores.argmax())
    if top in (0, len(angles) - 1):
        return float(angles[top])
    left, middle, right = scores[top - 1 : top + 2]
    return float(angles[top] + _FINE_STEP * 0.5 * (left - right) / (left - 2 * middle + right))
