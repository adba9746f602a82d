"""How a text is scored against the truth, for all benchmarks alike."""

from __future__ import annotations

import unicodedata
from collections import Counter

from rapidfuzz.distance import Levenshtein

_FOLDED = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "‐": "-", "‑": "-"}
)


def plain(text: str, *, spaces: bool = True) -> str:
    """NFC, quotes and dashes folded, every run of white space one space (or none)."""
    return (" " if spaces else "").join(unicodedata.normalize("NFC", text).translate(_FOLDED).split())


def character_error_rate(found: str, truth: str, *, spaces: bool = True) -> float:
    """Edits per character of the truth, at most 1."""
    found, truth = plain(found, spaces=spaces), plain(truth, spaces=spaces)
    return min(1.0, Levenshtein.distance(found, truth) / max(1, len(truth)))


def words_lost(found: str, truth: str, *, spaces: bool = True) -> float:
    """1 − F1 of the words as a bag: an error rate that does not mind the order. Without spaces: of characters."""
    have = Counter(plain(found).split() if spaces else plain(found, spaces=False))
    want = Counter(plain(truth).split() if spaces else plain(truth, spaces=False))
    common = sum((have & want).values())
    return 1.0 - 2 * common / max(1, sum(have.values()) + sum(want.values()))
