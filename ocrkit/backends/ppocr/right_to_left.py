"""The order of letters in Arabic and Hebrew, which a network reads from left to right, as they are drawn.

Text is stored in the order in which it is read: the line begins at its right end. Numbers and words of other
scripts inside it run from left to right. As in PaddleOCR, letters are reversed one by one, and runs of Latin
letters, digits and the signs of numbers are not.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence

from ocrkit.result import Line, Word

_SIGNS = frozenset(":*./%+-")


def is_right_to_left(text: str) -> bool:
    """Whether most letters of a text belong to a script that runs from right to left."""
    letters = sum(unicodedata.bidirectional(character) == "L" for character in text)
    return sum(map(_runs_backward, text)) > letters


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
    groups = itertools.groupby(range(len(text)), key=lambda index: _is_in_run(text, index))
    runs = [(forward, "".join(text[index] for index in run)) for forward, run in groups]
    return "".join(run if forward else run[::-1] for forward, run in reversed(runs))


def _is_in_run(text: str, index: int) -> bool:
    """Whether a character runs from left to right. A sign beside a letter of the script is punctuation."""
    beside = text[max(0, index - 1) : index + 2]
    is_punctuation = text[index] in _SIGNS and any(map(_runs_backward, beside))
    return _runs_forward(text[index]) and not is_punctuation


def _from_the_right(words: Sequence[Word]) -> list[Word]:
    """The words from right to left; several words of another script in a row keep their order."""
    groups = itertools.groupby(words, key=lambda word: all(map(_runs_forward, word.text)))
    runs = [list(run) if forward else [*run][::-1] for forward, run in groups]
    return [word for run in reversed(runs) for word in run]


def _runs_forward(character: str) -> bool:
    return character in _SIGNS or unicodedata.bidirectional(character) in ("L", "EN")


def _runs_backward(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL")


def _turned_word(word: Word) -> Word:
    others = tuple(each.model_copy(update={"text": turned(each.text)}) for each in word.alternatives)
    text = turned(word.text)
    return word.model_copy(update={"text": text, "raw_text": text, "alternatives": others})
