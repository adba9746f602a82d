"""Whether confidences can be believed, and tables that make them so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ocrkit.calibration import Calibration
from ocrkit.errors import ConfigError
from ocrkit.evaluate.model import Bin, Reliability

_BINS = 10
_POINTS = 20  # of a table: more would follow the noise
_FEWEST = 200  # words: fewer say too little
_SMALLEST_STEP = 1e-4


class Words:
    """Confidences of words, and whether the words are right."""

    def __init__(self) -> None:
        self.confidence: list[float] = []
        self.right: list[bool] = []
        self.pages = 0
        self._all = 0
        self._all_right = 0

    def add(self, pairs: Iterable[tuple[float | None, bool]]) -> None:
        """Those of a page."""
        self.pages += 1
        for confidence, right in pairs:
            self._all += 1
            self._all_right += right
            if confidence is not None:
                self.confidence.append(confidence)
                self.right.append(right)

    def reliability(self, system: str, table: Calibration | None) -> Reliability:
        """Of the engine's confidence, and with a table of the probability made of it."""
        confidence, right = np.asarray(self.confidence), np.asarray(self.right, float)
        probability = np.asarray([table(each) for each in self.confidence]) if table else None
        return Reliability(
            system=system,
            words=self._all,
            right=self._all_right / max(1, self._all),
            expected_error=expected_error(confidence, right),
            bins=bins(confidence, right),
            calibrated_error=None if probability is None else expected_error(probability, right),
            calibrated_bins=() if probability is None else bins(probability, right),
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
    """The table for some words: isotonic regression over groups of equal size.

    Groups, not single words: the table stays small, and its ends, where words are few, do not follow chance.

    Raises:
        ConfigError: there are too few words to say anything.
    """
    if len(words.confidence) < _FEWEST:
        raise ConfigError(
            f"a calibration of '{backend}' needs at least {_FEWEST} words with confidences, and these pages "
            f"have {len(words.confidence)}: add pages"
        )
    order = np.argsort(words.confidence, kind="stable")
    confidence = np.asarray(words.confidence)[order]
    right = np.asarray(words.right, float)[order]
    groups = np.array_split(np.arange(len(order)), min(_POINTS, len(order) // 50))
    means = [float(confidence[group].mean()) for group in groups]
    # A word more, half right, in each: none is ever certain to be right, and none certain to be wrong.
    shares = [float((right[group].sum() + 0.5) / (len(group) + 1)) for group in groups]
    shares = isotonic(shares, [len(group) for group in groups])
    points: list[tuple[float, float]] = []
    for mean, share in zip(means, shares, strict=True):
        point = (round(min(1.0, mean), 4), round(share, 4))
        if not points or point[0] >= points[-1][0] + _SMALLEST_STEP:
            points.append(point)
        else:  # many words of one confidence
            points[-1] = (points[-1][0], point[1])
    return Calibration(
        backend=backend,
        confidence=tuple(point[0] for point in points),
        probability=tuple(point[1] for point in points),
        words=len(order),
        pages=words.pages,
        note=note,
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
