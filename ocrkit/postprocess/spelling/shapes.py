"""The parts of a word as it is printed, and how a correction takes over its case."""

from __future__ import annotations

import re
from collections.abc import Callable

WORD_PART = re.compile(r"[^\W_]+(?:[|!][^\W_]+)*")
"""Letters and digits, with signs between them that are read in place of an `l`."""
HYPHENS = ("-", "\u00ad", "\u2010", "¬")
"""What divides a word at the end of a line."""

_PROTECTED = re.compile(r"[@/\\_#$€£§+=<>{}\[\]~^]|www\.|\w\.\w|\w:\w")
_SENTENCE_END = re.compile(r"[.!?…:][\"'”’»)\]]*$")
_INNER_I = re.compile(r"(?<=[^\W\d_A-Z])I")
_MIN_LENGTH = 5
_MIN_LENGTH_CAPITALS = 7


def is_address_or_code(text: str) -> bool:
    """Whether signs in the text show that it is an address, a path, an amount or a formula."""
    return _PROTECTED.search(text) is not None


def starts_sentence(before: str) -> bool:
    """Whether a word after this text begins a sentence: nothing is before it, or the end of a sentence."""
    before = before.rstrip()
    return not before or _SENTENCE_END.search(before) is not None


def without_inner_capital_i(word: str) -> str:
    """The word with `l` for each capital I after a small letter, which is a misreading: `utveckIing`."""
    return _INNER_I.sub("l", word)


def case_restorer(word: str) -> Callable[[str], str] | None:
    """A function that gives a lower-case correction the case of `word`; None if the word must not change."""
    digits = sum(map(str.isdigit, word))
    letters = sum(map(str.isalpha, word))
    if len(word) < _MIN_LENGTH or letters < len(word) - 1:
        return None
    if digits and (not word.islower() or word[0].isdigit() or word[-1].isdigit()):
        return None  # a code or a footnote number
    if word.isupper():
        return str.upper if len(word) >= _MIN_LENGTH_CAPITALS else None
    if word.islower():
        return str
    return capitalized if word[0].isupper() and word[1:].islower() else None


def capitalized(word: str) -> str:
    """Like `str.capitalize`, but `ß` is kept."""
    return word[:1].upper() + word[1:]


def edit_distance(one: str, other: str) -> int:
    """The Levenshtein distance: the number of letters to change, add or remove."""
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, start=1):
        diagonal, row[0] = row[0], index
        for column, other_letter in enumerate(other, start=1):
            best = min(row[column] + 1, row[column - 1] + 1, diagonal + (letter != other_letter))
            diagonal, row[column] = row[column], best
    return row[-1]
