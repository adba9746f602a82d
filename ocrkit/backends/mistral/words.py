"""Words with their confidences, which the service lists apart from the blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ocrkit.backends.mistral.schema import Score
from ocrkit.result import Handwritten, Line, Word

_MARKUP = re.compile(r"[\s*_`#|\\~$\[\]()]|<[^<>]*>")
_AHEAD = 60
"""How many words of one list may be missing in the other."""


class WordScores:
    """Matches the words of a page with their confidences, by text and order.

    The positions of the confidences are those in the Markdown of the page, not in the blocks.
    """

    def __init__(self, scores: Sequence[Score]) -> None:
        self._scores = [(_letters(score.text), score.confidence) for score in scores]
        self._next = 0

    def line(self, text: str, handwritten: Handwritten | None = None) -> Line:
        """A line of text as words."""
        words = [Word(text=each, confidence=self._confidence(each)) for each in text.split()]
        return Line.of(words, text=text, raw_text=text, handwritten=handwritten)

    def _confidence(self, word: str) -> float | None:
        letters = _letters(word)
        if not letters:
            return None
        stop = min(len(self._scores), self._next + _AHEAD)
        for position in range(self._next, stop):
            if self._scores[position][0] == letters:
                self._next = position + 1
                return self._scores[position][1]
        return None


def _letters(text: str) -> str:
    return _MARKUP.sub("", text)
