"""Error rates of a text against the truth: in order, and deaf to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from types import ModuleType

from ocrkit.errors import missing_extra
from ocrkit.evaluate.text import Rules

_RULES = Rules()


def levenshtein() -> ModuleType:
    """The edit distances of rapidfuzz."""
    try:
        from rapidfuzz.distance import Levenshtein
    except ImportError as error:
        raise missing_extra("rapidfuzz", "evaluate", "comparing texts") from error
    return Levenshtein


def edits(found: Sequence[str], truth: Sequence[str]) -> int:
    """How many insertions, deletions and replacements make one of the other: of letters, or of words."""
    return int(levenshtein().distance(found, truth))


def rate(errors: int, length: int) -> float:
    """Errors per letter or word of the truth. Where the truth is empty, whatever was read is wrong."""
    return errors / length if length else float(errors > 0)


def character_error_rate(found: str, truth: str, rules: Rules = _RULES) -> float:
    """CER: edits per character of the truth. Above 1 where more was read than is there."""
    found, truth = rules.plain(found), rules.plain(truth)
    return rate(edits(found, truth), len(truth))


def word_error_rate(found: str, truth: str, rules: Rules = _RULES) -> float:
    """WER: edits per word of the truth."""
    read, there = rules.words(found), rules.words(truth)
    return rate(edits(read, there), len(there))


def bag_of_words_error(found: str, truth: str, rules: Rules = _RULES) -> float:
    """1 − F1 of the words as a bag: what is wrong in whatever order it stands."""
    return 1 - overlap(rules.words(found), rules.words(truth))


def overlap(found: Sequence[object], truth: Sequence[object]) -> float:
    """F1 of two bags: twice what they share by all that they hold; 1 where both are empty."""
    size = len(found) + len(truth)
    shared = sum((Counter(found) & Counter(truth)).values())
    return 2 * shared / size if size else 1.0
