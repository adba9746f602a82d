"""Measure how well confidences predict which words are right, and fit calibrations."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.calibration import Calibration, Curve
from ocrkit.errors import ConfigError
from ocrkit.evaluate.model import Bin, Reliability

_BINS = 10
_MAX_POINTS = 20  # of a curve: more would follow the noise
_MIN_WORDS = 200  # to fit a calibration
_MIN_WORDS_PER_SCRIPT = 1000  # to fit separate curves for scripts with and without spaces
_WORDS_PER_PAGE = 250
_DIGITS = 4
_MIN_GROUP = 50  # words


class WordConfidence(NamedTuple):
    """The confidence of a word, and whether the word is right."""

    confidence: float | None
    right: bool
    unspaced: bool = False
    """Whether its script has no spaces."""


class WordConfidences:
    """The confidences of all words of many pages."""

    def __init__(self) -> None:
        self.pages: list[list[WordConfidence]] = []

    def add_page(self, words: Iterable[WordConfidence]) -> None:
        self.pages.append(list(words))

    def reliability(self, system: str, calibration: Calibration | None) -> Reliability:
        """The reliability of the confidences and, with a calibration, of the probabilities."""
        words = [word for page in self.pages for word in page]
        known = [(word.confidence, word) for word in words if word.confidence is not None]
        confidences = np.asarray([confidence for confidence, _ in known], float)
        right = np.asarray([word.right for _, word in known], float)
        probabilities = (
            np.asarray([calibration(confidence, unspaced=word.unspaced) for confidence, word in known])
            if calibration
            else None
        )
        return Reliability(
            system=system,
            words=len(words),
            right=sum(word.right for word in words) / max(1, len(words)),
            expected_error=expected_calibration_error(confidences, right),
            bins=make_bins(confidences, right),
            calibrated_error=None
            if probabilities is None
            else expected_calibration_error(probabilities, right),
            calibrated_bins=() if probabilities is None else make_bins(probabilities, right),
        )


def make_bins(values: NDArray[np.float64], right: NDArray[np.float64]) -> tuple[Bin, ...]:
    """Ten bins of equal width, without empty ones."""
    numbers = np.minimum((values * _BINS).astype(int), _BINS - 1)
    return tuple(
        Bin(
            words=int((numbers == number).sum()),
            confidence=float(values[numbers == number].mean()),
            right=float(right[numbers == number].mean()),
        )
        for number in range(_BINS)
        if (numbers == number).any()
    )


def expected_calibration_error(values: NDArray[np.float64], right: NDArray[np.float64]) -> float | None:
    """ECE: |confidence − share of right words|, averaged over the bins by their words."""
    if not len(values):
        return None
    bins = make_bins(values, right)
    return sum(each.words * abs(each.confidence - each.right) for each in bins) / len(values)


def fit_calibration(backend: str, words: WordConfidences, note: str = "") -> Calibration:
    """Fit a calibration to some words.

    Each page contributes at most a few hundred evenly spaced words: the words of one page are alike, and a
    long page would outweigh all others.

    Raises:
        ConfigError: there are too few words.
    """
    chosen = [
        (word.confidence, word)
        for page in words.pages
        for word in page[:: max(1, round(len(page) / _WORDS_PER_PAGE))]
        if word.confidence is not None
    ]
    if len(chosen) < _MIN_WORDS:
        raise ConfigError(
            f"a calibration of '{backend}' needs at least {_MIN_WORDS} words with confidences, but there are "
            f"{len(chosen)}; add pages"
        )
    every = [(confidence, word.right) for confidence, word in chosen]
    spaced = [(confidence, word.right) for confidence, word in chosen if not word.unspaced]
    unspaced = [(confidence, word.right) for confidence, word in chosen if word.unspaced]
    is_separate = min(len(spaced), len(unspaced)) >= _MIN_WORDS_PER_SCRIPT
    return Calibration(
        backend=backend,
        words=_fit_curve(spaced if is_separate else every),
        unspaced=_fit_curve(unspaced) if is_separate else None,
        pages=len(words.pages),
        note=note,
    )


def _fit_curve(words: Sequence[tuple[float, bool]]) -> Curve:
    """Isotonic regression over groups of about the same size.

    Groups keep the table small, and prevent overfitting at its ends, where words are few. Words of the same
    confidence are in one group.
    """
    values, inverse = np.unique(np.round([value for value, _ in words], _DIGITS), return_inverse=True)
    counts = np.bincount(inverse)
    right = np.bincount(inverse, weights=[is_right for _, is_right in words])
    min_size = max(_MIN_GROUP, len(words) / _MAX_POINTS)
    starts = [0]
    for end in range(1, len(values) + 1):
        if counts[starts[-1] : end].sum() >= min_size and counts[end:].sum() >= min_size:
            starts.append(end)
    groups = [slice(start, end) for start, end in itertools.pairwise([*starts, len(values)])]
    sizes = [int(counts[group].sum()) for group in groups]
    # One half-right word is added to each group, so that no probability is 0 or 1.
    shares = [
        float((right[group].sum() + 0.5) / (size + 1)) for group, size in zip(groups, sizes, strict=True)
    ]
    means = [float(np.average(values[group], weights=counts[group])) for group in groups]
    return Curve(
        confidence=tuple(round(mean, _DIGITS) for mean in means),
        probability=tuple(round(share, _DIGITS) for share in isotonic_regression(shares, sizes)),
        words=len(words),
    )


def isotonic_regression(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The nearest non-decreasing values, by the pool-adjacent-violators algorithm (PAVA)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, one_weight, one_count), (other, other_weight, other_count) = pools[-2:]
            total = one_weight + other_weight
            mean = (one * one_weight + other * other_weight) / total
            pools[-2:] = [(mean, total, one_count + other_count)]
    return [value for value, _, count in pools for _ in range(count)]
