"""Error rates for the benchmarks, computed as by `ocrkit evaluate`."""

from __future__ import annotations

from ocrkit.evaluate import Rules, rates


def character_error_rate(found: str, truth: str, *, spaces: bool = True) -> float:
    """Edits per character of the ground truth, at most 1."""
    return min(1.0, rates.character_error_rate(found, truth, Rules(spaces=spaces)))


def words_lost(found: str, truth: str, *, spaces: bool = True) -> float:
    """1 − F1 of the bags of words, an error rate that ignores order. Without spaces, characters are words."""
    return rates.bag_of_words_error(found, truth, Rules(spaces=spaces))
