"""Error rates of a text against the ground truth, with and without regard to order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from ocrkit.evaluate.normalization import Rules

_RULES = Rules()


def edit_distance(found: Sequence[str], truth: Sequence[str]) -> int:
    """The number of insertions, deletions and replacements, of letters or of words."""
    return int(Levenshtein.distance(found, truth))


def error_rate(errors: int, length: int) -> float:
    """Errors per letter or word of the truth. If the truth is empty, 1 for any error."""
    return errors / length if length else float(errors > 0)


def character_error_rate(found: str, truth: str, rules: Rules = _RULES) -> float:
    """CER: edits per character of the truth. Above 1 if the output is much longer than the truth."""
    found, truth = rules.normalize(found), rules.normalize(truth)
    return error_rate(edit_distance(found, truth), len(truth))


def word_error_rate(found: str, truth: str, rules: Rules = _RULES) -> float:
    """WER: edits per word of the truth."""
    found_words, truth_words = rules.words(found), rules.words(truth)
    return error_rate(edit_distance(found_words, truth_words), len(truth_words))


def bag_of_words_error(found: str, truth: str, rules: Rules = _RULES) -> float:
    """1 − F1 of the bags of words: an error rate that ignores order."""
    return 1 - bag_f1(rules.words(found), rules.words(truth))


def bag_f1(found: Sequence[object], truth: Sequence[object]) -> float:
    """F1 of two bags: twice the size of their intersection by the sum of their sizes; 1 if both are empty."""
    size = len(found) + len(truth)
    shared = sum((Counter(found) & Counter(truth)).values())
    return 2 * shared / size if size else 1.0
