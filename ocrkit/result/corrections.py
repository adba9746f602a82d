"""Records of what post-processing changed."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ocrkit.result.model import Confidence, Model, Text

CandidateSource: TypeAlias = Literal[
    "reading", "alternative", "shape", "dictionary", "vocabulary", "split", "join", "form"
]
"""Where a candidate comes from: the text before the step, the engine's alternatives, shapes that look alike
(`l` and `I`), a word list, the user's words, the word split in two or joined with the next one, or another
form of a word by grammar."""


class CorrectionCandidate(Model):
    """A reading of a word among which a step chose."""

    text: Text
    source: CandidateSource
    score: float | None = None
    """What the step compares, higher is better: a log-likelihood, or a word frequency less the cost of the
    misreading. Only differences between the candidates of one correction have a meaning."""
    probability: Confidence | None = None
    """The share of the candidate in the likelihood of all, where the step can tell. It is not calibrated."""


class Correction(Model):
    """One change of the recognized text."""

    before: Text
    after: Text
    by: str
    """The name of the step that made the change."""
    reason: str
    confidence: Confidence | None = None
    """How sure the step is, where it can tell."""
    candidates: tuple[CorrectionCandidate, ...] = ()
    """What the step chose among, the best first, where it compares readings."""
