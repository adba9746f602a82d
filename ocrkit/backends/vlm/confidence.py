"""Confidences of words from the probabilities of their tokens."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from ocrkit.backends.vlm.answer import Token
from ocrkit.result import Block, Line

_COORDINATES = re.compile(r"\[[\d\s.,\-\[\]]+\]|<loc_\d+>|<\|LOC_\d+\|>|data-bbox=\"[^\"]*\"")
_REACH = 600
"""The characters of markup that may stand between two words."""


class WordConfidences:
    """Finds words in the text of the tokens, one after the other."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        text = "".join(token.text for token in tokens)
        self._text = _COORDINATES.sub(lambda found: " " * len(found[0]), text)
        self._starts = [0, *accumulate(len(token.text) for token in tokens)]
        self._tokens = tokens
        self._position = 0

    def of(self, word: str) -> float | None:
        """The geometric mean of the probabilities of the word's tokens; None if the word is not found."""
        at = self._text.find(word, self._position, self._position + _REACH + len(word)) if word else -1
        if at < 0:
            return None
        self._position = at + len(word)
        first = bisect_right(self._starts, at) - 1
        last = bisect_left(self._starts, self._position)
        own = [token.logprob for token in self._tokens[first:last] if token.text.strip()]
        return min(1.0, math.exp(sum(own) / len(own))) if own and math.isfinite(sum(own)) else None


def with_confidences(blocks: Sequence[Block], tokens: Sequence[Token]) -> tuple[Block, ...]:
    """The blocks with the confidence of each word; unchanged without tokens."""
    if not tokens:
        return tuple(blocks)
    confidences = WordConfidences(tokens)
    return tuple(_block(block, confidences) for block in blocks)


def _block(block: Block, confidences: WordConfidences) -> Block:
    lines = tuple(_line(line, confidences) for line in block.lines)
    return block.model_copy(update={"lines": lines, "confidence": Block.of(lines).confidence})


def _line(line: Line, confidences: WordConfidences) -> Line:
    words = tuple(word.model_copy(update={"confidence": confidences.of(word.text)}) for word in line.words)
    return line.model_copy(update={"words": words, "confidence": Line.of(words).confidence})
