"""How a text is scored against the truth, for all benchmarks alike: as `ocrkit evaluate` does."""

from __future__ import annotations

from ocrkit.evaluate import Rules, rates


def character_error_rate(found: str, truth: str, *, spaces: bool = True) -> float:
    """Edits per character of the truth, at most 1."""
    return min(1.0, rates.character_error_rate(found, truth, Rules(spaces=spaces)))


def words_lost(found: str, truth: str, *, spaces: bool = True) -> float:
    """1 − F1 of the words as a bag: an error rate that does not mind the order. Without spaces: of characters."""
    return rates.bag_of_words_error(found, truth, Rules(spaces=spaces))
