"""The other readings of doubtful words, from the choices that Tesseract considered for each character."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from ocrkit.result import Alternative

VARIABLES: Mapping[str, str] = {"lstm_choice_mode": "2"}
"""The engine variables with which Tesseract keeps its choices."""

Choices: TypeAlias = Sequence[tuple[str, float]]
"""The choices for one character, with weights that need not sum to 1."""
Alternatives: TypeAlias = Mapping[int, tuple[Alternative, ...]]
"""The other readings of words, by the position of the word on the page."""

DOUBTFUL = 90.0  # percent; words below it get alternatives
_MOST = 5
_LEAST = 0.01
_BEAMS = 12
# The engine gives 100 − 5 c, where c is 7 times the negative logarithm of the probability.
_SCALE = 35.0


def read_alternatives(tesserocr: Any, engine: Any) -> dict[int, tuple[Alternative, ...]]:
    """The other readings of the doubtful words of an image that the engine has recognized."""
    found: dict[int, tuple[Alternative, ...]] = {}
    level, iterator = tesserocr.RIL, engine.GetIterator()
    words = tesserocr.iterate_level(iterator, level.WORD) if iterator else ()
    for position, word in enumerate(word for word in words if not word.Empty(level.WORD)):
        if word.Confidence(level.WORD) < DOUBTFUL:
            found[position] = alternatives(word.GetUTF8Text(level.WORD), list(_characters(word, level)))
    return found


def alternatives(text: str, characters: Sequence[Choices]) -> tuple[Alternative, ...]:
    """The most probable readings of a word other than its text."""
    beams = [("", 1.0)]
    for choices in characters:
        total = sum(weight for _, weight in choices)
        if not total:
            return ()
        longer = ((start + end, p * weight / total) for start, p in beams for end, weight in choices)
        beams = heapq.nlargest(_BEAMS, longer, key=lambda beam: beam[1])
    ranked = [(reading, probability) for reading, probability in beams if reading != text]
    return tuple(
        Alternative(text=reading, probability=round(probability, 4))
        for reading, probability in ranked[:_MOST]
        if probability >= _LEAST and reading.strip()
    )


def _characters(word: Any, level: Any) -> Iterator[Choices]:
    """The choices for each character of a word; moves the iterator to its last character."""
    while True:
        own = word.GetUTF8Text(level.SYMBOL)
        choices = [(each.GetUTF8Text(), each.Confidence()) for each in word.GetChoiceIterator() or ()]
        weights = {
            text: math.exp((confidence - 100) / _SCALE)
            for text, confidence in choices
            if text and text.strip()
        }
        weights.setdefault(own, max(weights.values(), default=1.0))
        yield list(weights.items())
        if word.IsAtFinalElement(level.WORD, level.SYMBOL) or not word.Next(level.SYMBOL):
            return
