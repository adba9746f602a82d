"""What engines take for one another, and the words that one such slip away."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator
from typing import Protocol

SLIP = 0.4
"""What it costs to take a shape for one that looks alike; any other letter for another costs 1."""
ACCENT = 0.5
"""The same letter with another accent, or with none."""
OTHER = 1.0

_LETTERS = (
    ("rn", "m"), ("ni", "m"), ("in", "m"), ("nn", "m"), ("cl", "d"), ("vv", "w"), ("ii", "ü"), ("ii", "u"),
    ("li", "h"), ("ri", "n"), ("ii", "n"), ("lc", "k"), ("lt", "k"), ("fi", "h"), ("tl", "d"), ("tt", "n"),
    ("ic", "k"), ("oe", "œ"), ("ae", "æ"), ("fi", "ß"), ("ll", "ü"), ("c", "e"), ("c", "o"), ("e", "o"),
    ("a", "o"), ("u", "n"), ("n", "h"), ("b", "h"), ("h", "k"), ("i", "l"), ("i", "j"), ("i", "t"),
    ("l", "t"), ("f", "t"), ("f", "s"), ("r", "t"), ("v", "y"), ("v", "u"), ("g", "q"), ("g", "y"),
    ("z", "x"), ("s", "a"), ("ß", "b"), ("ß", "s"), ("d", "o"), ("i", "r"), ("t", "k"), ("m", "n"),
)  # fmt: skip
"""Taken for one another, either way. `f` for `s` is the long s of old print."""
_SIGNS = (
    ("0", "o"), ("1", "l"), ("1", "i"), ("5", "s"), ("8", "b"), ("6", "b"), ("9", "g"), ("|", "l"),
    ("|", "i"), ("!", "l"),
)  # fmt: skip
"""Read where there are letters; the other way round there would be no word."""


def _turns() -> dict[str, tuple[str, ...]]:
    turns: dict[str, tuple[str, ...]] = {}
    for read, meant in (*_LETTERS, *((other, one) for one, other in _LETTERS), *_SIGNS):
        turns[read] = (*turns.get(read, ()), meant)
    return turns


_TURNS = _turns()
_LONGEST = max(map(len, _TURNS))
_MARKS = ("", "\u0300", "\u0301", "\u0302", "\u0303", "\u0308", "\u030a", "\u0327", "\u030c")


class Known(Protocol):
    """Words."""

    def __contains__(self, word: object, /) -> bool: ...


def near(word: str, known: Known, alphabet: str, limit: float) -> dict[str, float]:
    """The known words that a word may be a misreading of, each with what the misreading costs."""
    costs: dict[str, float] = {}

    def note(candidate: str, cost: float) -> None:
        if candidate != word and cost <= limit and candidate in known:
            costs[candidate] = min(cost, costs.get(candidate, cost))

    once = dict(_slips(word))
    for candidate, cost in once.items():
        note(candidate, cost)
    if limit >= 2 * SLIP:
        for first, cost in once.items():
            for candidate, more in _slips(first):
                note(candidate, cost + more)
    if limit >= OTHER:
        for candidate in _edits(word, alphabet):
            note(candidate, OTHER)
    return costs


def _slips(word: str) -> Iterator[tuple[str, float]]:
    """The word with one shape taken for another that looks alike, or with another accent."""
    for place in range(len(word)):
        for length in range(1, _LONGEST + 1):
            shape = word[place : place + length]
            if len(shape) == length:
                for other in _TURNS.get(shape, ()):
                    yield word[:place] + other + word[place + length :], SLIP
        for other in _accents(word[place]):
            yield word[:place] + other + word[place + 1 :], ACCENT


@functools.cache
def _accents(letter: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFD", letter)[0]
    made = (unicodedata.normalize("NFC", plain + mark) for mark in _MARKS)
    return tuple(other for other in made if len(other) == 1 and other != letter)


def _edits(word: str, alphabet: str) -> Iterator[str]:
    """One letter more, fewer or another."""
    for place in range(len(word) + 1):
        head, tail = word[:place], word[place:]
        if tail:
            yield head + tail[1:]
        for letter in alphabet:
            yield head + letter + tail
            if tail:
                yield head + letter + tail[1:]
