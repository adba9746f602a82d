"""Large first letters: what they are, and whether they are a word or begin one."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from ocrkit.result import Line
from ocrkit.word_frequency import word_frequency

_TALL = 1.6
"""A letter this many times as tall as the words beside it is a drop capital."""
_WORDS = frozenset("AEIOUYÀÉÓŌ")
"""Letters that are words of a language: `A boat`, `Y entonces`."""
_WORD = 2.5  # the Zipf frequency of a word


def is_drop_capital(line: Line, following: Line) -> bool:
    """Whether a line is a single capital, clearly taller than the line beside it."""
    text, box, other = line.text.strip(), line.box, following.box
    if len(text) != 1 or not text.isupper() or box is None or other is None:
        return False
    return box.height >= _TALL * other.height


def split_drop_capital(line: Line) -> Sequence[Line]:
    """The line, divided after a drop capital that an engine has put before it."""
    if len(line.words) < 2 or any(word.box is None for word in line.words):
        return (line,)
    first, *others = line.words
    heights = [word.box.height for word in others if word.box]
    if len(first.text) != 1 or not first.text.isupper() or first.box is None:
        return (line,)
    if first.box.height < _TALL * statistics.median(heights):
        return (line,)
    shared = {
        "language": line.language,
        "handwritten": line.handwritten,
        "script": line.script,
        "read_by": line.read_by,
    }
    return Line.of([first], **shared), Line.of(others, **shared)


def begins_word(capital: str, text: str, language: str | None) -> bool:
    """Whether a capital and the text after it are one word: `T` and `he`, but not `A` and `boat`.

    Nor are `B` and `Baker`: what follows the first letter of a word is in small letters or all in capitals.
    """
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    word = first.strip(",.;:!?\"'")
    if not word or not word[0].isalpha() or (first[0].isupper() and first[1:2].islower()):
        return False
    if capital not in _WORDS:
        return True
    joined = word_frequency(capital + word, language or "en")
    alone = word_frequency(word, language or "en")
    if joined is None or alone is None:
        return len(word) == 1  # `I` and `n`
    return joined > alone or (alone < _WORD <= joined)
