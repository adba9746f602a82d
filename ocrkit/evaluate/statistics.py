"""How sure a mean is, and whether a difference is one: from the pages themselves, without assumptions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ocrkit.result import Model

_DRAWS = 10_000
_SEED = 20_260_101  # the same pages give the same interval
_FEWEST = 5  # pages: drawing again from fewer says nothing
_AT_ONCE = 2_000_000  # numbers in memory


class Interval(Model):
    """Where the mean would lie with other pages of the same kind, 19 times of 20."""

    low: float
    high: float


class Difference(Model):
    """One system against another, page by page."""

    first: str
    second: str
    mean: float
    """By how much the error of the first is larger; below 0 the first is better."""
    interval: Interval | None = None
    p: float
    """How often chance alone makes a difference as large, after Holm's correction for several comparisons."""

    @property
    def is_significant(self) -> bool:
        """Less often than once in twenty."""
        return self.p < 0.05


def interval(values: Sequence[float]) -> Interval | None:
    """Of the mean, by the bootstrap: pages are drawn again with replacement. None for fewer than five."""
    if len(values) < _FEWEST:
        return None
    data = np.asarray(values, float)
    chance = np.random.default_rng(_SEED)
    means = [
        data[chance.integers(0, len(data), (count, len(data)))].mean(axis=1) for count in _portions(len(data))
    ]
    low, high = np.percentile(np.concatenate(means), (2.5, 97.5))
    return Interval(low=float(low), high=float(high))


def chance_of(differences: Sequence[float]) -> float:
    """The p-value of a paired permutation test: how often signs drawn by lot give as large a mean."""
    data = np.asarray(differences, float)
    if not data.any():
        return 1.0
    observed = abs(data.sum()) - 1e-12 * np.abs(data).sum()
    chance = np.random.default_rng(_SEED)
    as_large = 0
    for count in _portions(len(data)):
        signs = chance.integers(0, 2, (count, len(data))) * 2 - 1
        as_large += int((np.abs(signs @ data) >= observed).sum())
    return (as_large + 1) / (_DRAWS + 1)


def holm(values: Sequence[float]) -> list[float]:
    """P-values corrected for their number: the smallest counts the most often."""
    corrected = [0.0] * len(values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=lambda place: values[place])):
        highest = max(highest, min(1.0, (len(values) - rank) * values[place]))
        corrected[place] = highest
    return corrected


def compared(errors: dict[str, Sequence[float]]) -> tuple[Difference, ...]:
    """Every two systems, whose errors are of the same pages in the same order; the better one first."""
    names = sorted(errors, key=lambda name: float(np.mean(errors[name])))
    pairs = [(first, second) for at, first in enumerate(names) for second in names[at + 1 :]]
    differences = [np.subtract(errors[first], errors[second]) for first, second in pairs]
    corrected = holm([chance_of(each.tolist()) for each in differences])
    return tuple(
        Difference(first=first, second=second, mean=float(each.mean()), interval=interval(each.tolist()), p=p)
        for (first, second), each, p in zip(pairs, differences, corrected, strict=True)
    )


def _portions(width: int) -> list[int]:
    """All draws, in portions that fit in memory."""
    size = max(1, min(_DRAWS, _AT_ONCE // max(1, width)))
    whole, rest = divmod(_DRAWS, size)
    return [size] * whole + ([rest] if rest else [])
