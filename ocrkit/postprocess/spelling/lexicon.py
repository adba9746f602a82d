"""The words of a language and of the user, and the correction of a word among them."""

from __future__ import annotations

import re
from typing import NamedTuple

from ocrkit.postprocess.spelling.dictionaries import Dictionary
from ocrkit.result import CandidateSource, CorrectionCandidate

_KNOWN_FREQUENCY = 2.0
"""Zipf frequency above which words are correct."""
_VOCABULARY_FREQUENCY = 7.0
"""Words of the vocabulary rank with the most common words of the language."""
_ELISION = re.compile(
    r"^(?:[cdjlmnst]|qu|jusqu|dell|nell|sull|dall|all|quell|un)['’](?=[^\W\d_]{3})", re.IGNORECASE
)


class Lexicon(NamedTuple):
    """The words of the language and of the user's vocabulary."""

    dictionary: Dictionary
    vocabulary: frozenset[str]

    def __contains__(self, word: object) -> bool:
        return word in self.vocabulary or word in self.dictionary

    def frequency(self, word: str) -> float:
        """The Zipf frequency. Words of the vocabulary rank with the most common words."""
        return _VOCABULARY_FREQUENCY if word in self.vocabulary else self.dictionary.frequency(word)

    def frequency_of_parts(self, text: str) -> float:
        """The Zipf frequency of the least common part around an apostrophe, without an elided article."""
        return min(self.frequency(part.lower()) for part in re.split("['’]", _ELISION.sub("", text)))

    def source(self, word: str) -> CandidateSource:
        """Where a known word comes from."""
        return "vocabulary" if word in self.vocabulary else "dictionary"

    def is_word(self, word: str) -> bool:
        """Whether a lower-case word is correct as it is."""
        return self.frequency(word) >= _KNOWN_FREQUENCY or self.dictionary.is_compound(word)


class Found(NamedTuple):
    """The correction of a word."""

    text: str
    reason: str
    candidates: tuple[CorrectionCandidate, ...]
    """What it was chosen among, the best first."""

    @classmethod
    def only(cls, text: str, meant: str, reason: str, source: CandidateSource, lexicon: Lexicon) -> Found:
        """A correction beside which only the word that was read, `text`, is a candidate."""
        sources: tuple[CandidateSource, ...] = (source, "reading")
        candidates = tuple(
            CorrectionCandidate(
                text=each, source=where, score=round(lexicon.frequency_of_parts(each.lower()), 2)
            )
            for each, where in zip((meant, text), sources, strict=True)
        )
        return cls(meant, reason, candidates)


class Suggestion(NamedTuple):
    """A correction of a range of a word or line."""

    start: int
    end: int
    found: Found
