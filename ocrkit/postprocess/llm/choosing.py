"""Which reading of a word is taken: what the model expects, weighed against what the engine saw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ocrkit.postprocess.llm.candidates import Candidate

_COST_WEIGHT = 6.0
"""How much log-likelihood one wrong letter costs."""
_ENGINE_WEIGHT, _ENGINE_COST = 2.0, 1.2
"""How much the engine's probability of another reading counts, and what such a reading costs."""
_DOUBT_WEIGHT = 1.0
"""How much the engine's confidence in its reading counts: as log-odds."""
_LIMIT = 0.999


class Margins(NamedTuple):
    """By how much log-likelihood another reading must be better."""

    unknown: float
    """Than a reading that is no word."""
    known: float
    """Than a reading that is a word."""


DOUBTFUL = Margins(unknown=2.0, known=4.0)
SURE = Margins(unknown=math.inf, known=10.0)
"""For words that the engine is sure of: only those that are words may be replaced, by `real_words`."""
GRAMMAR = Margins(unknown=math.inf, known=4.0)


class Choice(NamedTuple):
    """The reading that is taken."""

    reading: int
    """0 keeps the text of the engine."""
    values: tuple[float, ...]
    """What was compared: the log-likelihood of each reading less the unlikeliness of the misreading."""

    @property
    def probabilities(self) -> list[float]:
        """The share of each reading in the likelihood of all."""
        best = max(self.values)
        weights = [math.exp(max(-700.0, value - best)) for value in self.values]
        return [weight / math.fsum(weights) for weight in weights]


def priors(candidates: Sequence[Candidate], confidence: float | None) -> tuple[float, ...]:
    """What speaks for each reading before its context does, as a log-likelihood."""
    own, *others = (_prior(each) for each in candidates)
    return own + _DOUBT_WEIGHT * log_odds(confidence), *others


def _prior(candidate: Candidate) -> float:
    """How likely the misreading is: as the engine tells, or else by the letters that differ."""
    if candidate.log_odds is None:
        return -_COST_WEIGHT * candidate.cost
    return _ENGINE_WEIGHT * candidate.log_odds - _ENGINE_COST


def choose(candidates: Sequence[Candidate], values: Sequence[float], margins: Margins) -> Choice:
    """The best reading, or the engine's own if no other is better by the margin.

    Args:
        candidates: the readings, that of the engine first.
        values: the sum of the score and the prior of each.
        margins: by how much another reading must be better.
    """
    best = max(range(len(values)), key=values.__getitem__)
    margin = margins.known if candidates[0].is_known else margins.unknown
    if values[best] - values[0] < margin:
        best = 0
    return Choice(best, tuple(values))


def log_odds(confidence: float | None) -> float:
    if confidence is None:
        return 0.0
    share = min(_LIMIT, max(1 - _LIMIT, confidence))
    return math.log(share / (1 - share))
