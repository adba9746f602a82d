"""Confidence intervals and significance tests on the errors of pages, by resampling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ocrkit.result import Model

_RESAMPLES = 10_000
_SEED = 20_260_101  # the same pages give the same interval
_MIN_PAGES = 5  # resampling fewer pages says nothing
_MAX_VALUES = 2_000_000  # in memory at a time


class Interval(Model):
    """95 % confidence interval of a mean over pages of the same kind."""

    low: float
    high: float


class Difference(Model):
    """Two systems compared page by page."""

    first: str
    second: str
    mean: float
    """Mean error of the first minus that of the second; below 0 the first is better."""
    interval: Interval | None = None
    p: float
    """The probability of a difference this large by chance, corrected for the number of comparisons."""

    @property
    def is_significant(self) -> bool:
        """Whether p is below 0.05."""
        return self.p < 0.05


def bootstrap_interval(values: Sequence[float]) -> Interval | None:
    """Bootstrap confidence interval of the mean; None for fewer than five values."""
    if len(values) < _MIN_PAGES:
        return None
    data = np.asarray(values, float)
    rng = np.random.default_rng(_SEED)
    means = [
        data[rng.integers(0, len(data), (count, len(data)))].mean(axis=1) for count in _chunks(len(data))
    ]
    low, high = np.percentile(np.concatenate(means), (2.5, 97.5))
    return Interval(low=float(low), high=float(high))


def permutation_p_value(differences: Sequence[float]) -> float:
    """The p-value of a paired permutation test: how often random signs give as large a mean."""
    data = np.asarray(differences, float)
    if not data.any():
        return 1.0
    observed = abs(data.sum()) - 1e-12 * np.abs(data).sum()
    rng = np.random.default_rng(_SEED)
    as_large = 0
    for count in _chunks(len(data)):
        signs = rng.integers(0, 2, (count, len(data))) * 2 - 1
        as_large += int((np.abs(signs @ data) >= observed).sum())
    return (as_large + 1) / (_RESAMPLES + 1)


def holm_correction(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for the number of comparisons, by the Holm-Bonferroni method."""
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = highest
    return corrected


def compare_pairwise(errors: dict[str, Sequence[float]]) -> tuple[Difference, ...]:
    """Compare every two systems, the better one first.

    Args:
        errors: by system, the errors of the same pages in the same order.
    """
    names = sorted(errors, key=lambda name: float(np.mean(errors[name])))
    pairs = [(first, second) for index, first in enumerate(names) for second in names[index + 1 :]]
    differences = [np.subtract(errors[first], errors[second]) for first, second in pairs]
    corrected = holm_correction([permutation_p_value(each.tolist()) for each in differences])
    return tuple(
        Difference(
            first=first,
            second=second,
            mean=float(each.mean()),
            interval=bootstrap_interval(each.tolist()),
            p=p,
        )
        for (first, second), each, p in zip(pairs, differences, corrected, strict=True)
    )


def _chunks(width: int) -> list[int]:
    """How many resamples to draw at a time, so that they fit in memory."""
    size = max(1, min(_RESAMPLES, _MAX_VALUES // max(1, width)))
    whole, rest = divmod(_RESAMPLES, size)
    return [size] * whole + ([rest] if rest else [])
