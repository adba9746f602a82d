"""Word alignment of two texts, by their characters."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from ocrkit.alignment.characters import align_characters

_SHARED = 0.5
"""Two words belong together if this share of the shorter one's characters is aligned with the other."""


def align_words(words: Sequence[str], others: Sequence[str]) -> list[tuple[int, ...]]:
    """For each word, the positions of the other words that say the same, in order.

    The texts are aligned character by character, ignoring white space. So a word that one reading divides or
    joins has several counterparts, or shares one; a word that the other reading lacks has none. Both texts
    must be in the same order.
    """
    text, starts = _joined(words)
    other_text, other_starts = _joined(others)
    shared: list[Counter[int]] = [Counter() for _ in words]
    for segment in align_characters(text, other_text):
        if segment.kind in ("insert", "delete"):
            continue
        length = max(segment.first.stop - segment.first.start, segment.second.stop - segment.second.start)
        for step in range(length):
            position = _at(segment.first, step, length)
            other = _at(segment.second, step, length)
            shared[_word_at(starts, position)][_word_at(other_starts, other)] += 1
    return [
        tuple(sorted(_counterparts(counts, len(word), others)))
        for counts, word in zip(shared, words, strict=True)
    ]


def _joined(words: Sequence[str]) -> tuple[str, list[int]]:
    """The characters of all words, and where each word begins."""
    return "".join(words), [0, *accumulate(map(len, words))][:-1]


def _at(part: slice, step: int, steps: int) -> int:
    """The position of a step in a part: the two sides of a replacement may differ in length."""
    start, stop = part.start, part.stop
    return int(start + step * (stop - start) // steps)


def _word_at(starts: Sequence[int], position: int) -> int:
    return bisect_right(starts, position) - 1


def _counterparts(counts: Counter[int], length: int, others: Sequence[str]) -> list[int]:
    """The words that share enough characters."""
    return [
        other
        for other, count in counts.items()
        if count > 0 and count >= _SHARED * min(length, len(others[other]))
    ]
