"""Characters that OCR engines confuse, and the known words that such a misreading explains."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator
from typing import Protocol

LOOKALIKE_COST = 0.4
"""Cost of confusing shapes that look alike."""
ACCENT_COST = 0.5
"""Cost of a wrong, missing or extra accent."""
LETTER_COST = 1.0
"""Cost of any other added, missing or wrong letter."""

_LETTERS = (
    ("rn", "m"), ("ni", "m"), ("in", "m"), ("nn", "m"), ("cl", "d"), ("vv", "w"), ("ii", "ü"), ("ii", "u"),
    ("li", "h"), ("ri", "n"), ("ii", "n"), ("lc", "k"), ("lt", "k"), ("fi", "h"), ("tl", "d"), ("tt", "n"),
    ("ic", "k"), ("oe", "œ"), ("ae", "æ"), ("fi", "ß"), ("ll", "ü"), ("c", "e"), ("c", "o"), ("e", "o"),
    ("a", "o"), ("u", "n"), ("n", "h"), ("b", "h"), ("h", "k"), ("i", "l"), ("i", "j"), ("i", "t"),
    ("l", "t"), ("f", "t"), ("f", "s"), ("r", "t"), ("v", "y"), ("v", "u"), ("g", "q"), ("g", "y"),
    ("z", "x"), ("s", "a"), ("ß", "b"), ("ß", "s"), ("d", "o"), ("i", "r"), ("t", "k"), ("m", "n"),
)  # fmt: skip
"""Letters confused in either direction. `f` for `s` is the long s of old print."""
_SIGNS = (
    ("0", "o"), ("1", "l"), ("1", "i"), ("5", "s"), ("8", "b"), ("6", "b"), ("9", "g"), ("|", "l"),
    ("|", "i"), ("!", "l"),
)  # fmt: skip
"""Digits and signs read in place of letters. The reverse would not make a word."""


def _confusion_table() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for read, meant in (*_LETTERS, *((other, one) for one, other in _LETTERS), *_SIGNS):
        table[read] = (*table.get(read, ()), meant)
    return table


_CONFUSIONS = _confusion_table()
_MAX_SHAPE_LENGTH = max(map(len, _CONFUSIONS))
_COMBINING_ACCENTS = ("", "\u0300", "\u0301", "\u0302", "\u0303", "\u0308", "\u030a", "\u0327", "\u030c")


class KnownWords(Protocol):
    """A set of words."""

    def __contains__(self, word: object, /) -> bool: ...


def similar_words(word: str, known: KnownWords, alphabet: str, max_cost: float) -> dict[str, float]:
    """The known words of which `word` may be a misreading, each with the cost of the misreading."""
    costs: dict[str, float] = {}

    def add(candidate: str, cost: float) -> None:
        if candidate != word and cost <= max_cost and candidate in known:
            costs[candidate] = min(cost, costs.get(candidate, cost))

    one_change = dict(lookalikes(word))
    for candidate, cost in one_change.items():
        add(candidate, cost)
    if max_cost >= 2 * LOOKALIKE_COST:
        for changed, cost in one_change.items():
            for candidate, more in lookalikes(changed):
                add(candidate, cost + more)
    if max_cost >= LETTER_COST:
        for candidate in _single_edits(word, alphabet):
            add(candidate, LETTER_COST)
    return costs


def distant_words(word: str, known: KnownWords, alphabet: str) -> dict[str, float]:
    """The known words of which `word` may be a misreading in one similar shape and one other letter."""
    costs = similar_words(word, known, alphabet, LETTER_COST)
    for changed, cost in lookalikes(word):
        for candidate in _single_edits(changed, alphabet):
            if candidate not in costs and candidate != word and candidate in known:
                costs[candidate] = cost + LETTER_COST
    return costs


def lookalikes(word: str) -> Iterator[tuple[str, float]]:
    """The word with one shape replaced by a similar one, or one accent changed."""
    for start in range(len(word)):
        for length in range(1, _MAX_SHAPE_LENGTH + 1):
            shape = word[start : start + length]
            if len(shape) == length:
                for other in _CONFUSIONS.get(shape, ()):
                    yield word[:start] + other + word[start + length :], LOOKALIKE_COST
        for other in _accented(word[start]):
            yield word[:start] + other + word[start + 1 :], ACCENT_COST


def accent_variants(word: str) -> Iterator[str]:
    """The word with one accent added or changed. Engines lose accents, and do not invent them."""
    for start, letter in enumerate(word):
        for other in _accented(letter):
            if not other.isascii():
                yield word[:start] + other + word[start + 1 :]


@functools.cache
def _accented(letter: str) -> tuple[str, ...]:
    """The same letter with each other accent, and without one."""
    base = unicodedata.normalize("NFD", letter)[0]
    variants = (unicodedata.normalize("NFC", base + accent) for accent in _COMBINING_ACCENTS)
    return tuple(other for other in variants if len(other) == 1 and other != letter)


def _single_edits(word: str, alphabet: str) -> Iterator[str]:
    """The word with one letter removed, added or replaced."""
    for position in range(len(word) + 1):
        head, tail = word[:position], word[position:]
        if tail:
            yield head + tail[1:]
        for letter in alphabet:
            yield head + letter + tail
            if tail:
                yield head + letter + tail[1:]
