"""The order of letters in Arabic and Hebrew, which a network reads from left to right, as they are drawn.

Text is stored in the order in which it is read: the line begins at its right end. Numbers and words of other
scripts inside it run from left to right. The rule is that of PaddleOCR, by which its models were trained:
letters are reversed one by one, and runs of Latin letters, digits and the signs of numbers are not.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence

from ocrkit.result import Line, Word

_SIGNS = frozenset(":*./%+-")


def is_right_to_left(text: str) -> bool:
    """Whether most letters of a text belong to a script that runs from right to left."""
    directions = [unicodedata.bidirectional(character) for character in text]
    backward = sum(direction in ("R", "AL") for direction in directions)
    return backward > directions.count("L")


def in_reading_order(line: Line) -> Line:
    """The line with its words and letters in the order of reading instead of from left to right.

    Lines of other scripts are returned unchanged.
    """
    if not is_right_to_left(line.text):
        return line
    words = tuple(_turned_word(word) for word in _from_the_right(line.words))
    return line.model_copy(update={"words": words, "text": " ".join(word.text for word in words)})


def turned(text: str) -> str:
    """The letters of a word from right to left; runs of digits and Latin letters keep their order."""
    runs = ("".join(run) for _, run in itertools.groupby(text, key=_runs_forward))
    return "".join(run if _runs_forward(run[0]) else run[::-1] for run in reversed(list(runs)))


def _from_the_right(words: Sequence[Word]) -> list[Word]:
    """The words from right to left; several words of another script in a row keep their order."""
    groups = itertools.groupby(words, key=lambda word: all(map(_runs_forward, word.text)))
    runs = [list(run) if forward else [*run][::-1] for forward, run in groups]
    return [word for run in reversed(runs) for word in run]


def _runs_forward(character: str) -> bool:
    return character in _SIGNS or unicodedata.bidirectional(character) in ("L", "EN")


def _turned_word(word: Word) -> Word:
    others = tuple(each.model_copy(update={"text": turned(each.text)}) for each in word.alternatives)
    text = turned(word.text)
    return word.model_copy(update={"text": text, "raw_text": text, "alternatives": others})
