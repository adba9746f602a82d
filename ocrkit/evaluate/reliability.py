"""Whether confidences can be believed, and tables that make them so."""

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
_POINTS = 20  # of a table: more would follow the noise
_FEWEST = 200  # words: fewer say too little
_FEWEST_APART = 1000  # words: before scripts without spaces have a curve of their own, and the others theirs
_FROM_A_PAGE = 250
_DIGITS = 4
_SMALLEST_GROUP = 50  # words


class Read(NamedTuple):
    """A word as it counts here."""

    confidence: float | None
    right: bool
    unspaced: bool = False
    """Of a script without spaces."""


class Words:
    """Words of many pages, and whether they are right."""

    def __init__(self) -> None:
        self.pages: list[list[Read]] = []

    def add(self, words: Iterable[Read]) -> None:
        """Those of a page."""
        self.pages.append(list(words))

    def reliability(self, system: str, table: Calibration | None) -> Reliability:
        """Of the engine's confidence, and with a table of the probability made of it."""
        every = [word for page in self.pages for word in page]
        known = [(word.confidence, word) for word in every if word.confidence is not None]
        confidence = np.asarray([each for each, _ in known], float)
        right = np.asarray([word.right for _, word in known], float)
        made = np.asarray([table(each, unspaced=word.unspaced) for each, word in known]) if table else None
        return Reliability(
            system=system,
            words=len(every),
            right=sum(word.right for word in every) / max(1, len(every)),
            expected_error=expected_error(confidence, right),
            bins=bins(confidence, right),
            calibrated_error=None if made is None else expected_error(made, right),
            calibrated_bins=() if made is None else bins(made, right),
        )


def bins(values: NDArray[np.float64], right: NDArray[np.float64]) -> tuple[Bin, ...]:
    """Ten of equal width, without those in which no word is."""
    place = np.minimum((values * _BINS).astype(int), _BINS - 1)
    return tuple(
        Bin(
            words=int((place == each).sum()),
            confidence=float(values[place == each].mean()),
            right=float(right[place == each].mean()),
        )
        for each in range(_BINS)
        if (place == each).any()
    )


def expected_error(values: NDArray[np.float64], right: NDArray[np.float64]) -> float | None:
    """Expected calibration error: |confidence − share of right words| over the bins, by their words."""
    if not len(values):
        return None
    return sum(each.words * abs(each.confidence - each.right) for each in bins(values, right)) / len(values)


def fitted(backend: str, words: Words, note: str = "") -> Calibration:
    """The table for some words.

    A page gives at most some hundred of them, evenly chosen: the words of one page are alike, and a long page
    would outweigh all others.

    Raises:
        ConfigError: there are too few words to say anything.
    """
    chosen = [
        (word.confidence, word)
        for page in words.pages
        for word in page[:: max(1, round(len(page) / _FROM_A_PAGE))]
        if word.confidence is not None
    ]
    if len(chosen) < _FEWEST:
        raise ConfigError(
            f"a calibration of '{backend}' needs at least {_FEWEST} words with confidences, and these pages "
            f"have {len(chosen)}: add pages"
        )
    every = [(confidence, word.right) for confidence, word in chosen]
    spaced = [(confidence, word.right) for confidence, word in chosen if not word.unspaced]
    unspaced = [(confidence, word.right) for confidence, word in chosen if word.unspaced]
    apart = min(len(spaced), len(unspaced)) >= _FEWEST_APART
    return Calibration(
        backend=backend,
        words=_curve(spaced if apart else every),
        unspaced=_curve(unspaced) if apart else None,
        pages=len(words.pages),
        note=note,
    )


def _curve(words: Sequence[tuple[float, bool]]) -> Curve:
    """Isotonic regression over groups of about the same size.

    Groups, not single words: the table stays small, and its ends, where words are few, do not follow chance.
    Words of the same confidence are all in one of them.
    """
    values, place = np.unique(np.round([each for each, _ in words], _DIGITS), return_inverse=True)
    counts = np.bincount(place)
    right = np.bincount(place, weights=[each for _, each in words])
    size = max(_SMALLEST_GROUP, len(words) / _POINTS)
    ends = [0]
    for end in range(1, len(values) + 1):
        if counts[ends[-1] : end].sum() >= size and counts[end:].sum() >= size:
            ends.append(end)
    groups = [slice(start, end) for start, end in itertools.pairwise([*ends, len(values)])]
    sizes = [int(counts[group].sum()) for group in groups]
    # A word more, half right, in each: none is ever certain to be right, and none certain to be wrong.
    shares = [
        float((right[group].sum() + 0.5) / (size + 1)) for group, size in zip(groups, sizes, strict=True)
    ]
    means = [float(np.average(values[group], weights=counts[group])) for group in groups]
    return Curve(
        confidence=tuple(round(mean, _DIGITS) for mean in means),
        probability=tuple(round(share, _DIGITS) for share in isotonic(shares, sizes)),
        words=len(words),
    )


def isotonic(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The rising values that are nearest to these: neighbours that fall are pooled (PAVA)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, light, few), (other, heavy, many) = pools[-2:]
            pools[-2:] = [((one * light + other * heavy) / (light + heavy), light + heavy, few + many)]
    return [value for value, _, count in pools for _ in range(count)]
