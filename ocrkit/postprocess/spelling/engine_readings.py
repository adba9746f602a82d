"""The engine's other readings of the parts of a word, as evidence for a correction."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from ocrkit.postprocess.spelling.shapes import WORD_PART, capitalized, edit_distance
from ocrkit.result import Alternative

EngineReadings: TypeAlias = Mapping[str, float]
"""Other readings of a part of a word, with the logarithm (base 10) of their probability over that of it."""

_LEAST_SHARE = 0.02
"""Of the probability of the text."""
_SHORT = 5
_MIN_LENGTH_CAPITALS = 7
_APOSTROPHES = ("'", "’")


def part_readings(text: str, alternatives: Sequence[Alternative]) -> list[EngineReadings]:
    """For each part of a word its other readings. Those that differ in several parts are left out.

    Readings that differ in punctuation count together. An apostrophe that the text lacks belongs to the part.
    """
    parts = WORD_PART.findall(text)
    shares: list[dict[str, float]] = [defaultdict(float) for _ in parts]
    for alternative in alternatives:
        others = _parts(alternative.text, len(parts))
        pairs = enumerate(zip(parts, others, strict=False))
        changed = [index for index, (one, other) in pairs if one != other]
        if len(others) == len(parts) and len(changed) == 1:
            shares[changed[0]][others[changed[0]]] += alternative.probability or 0.0
    return [_relative(each) for each in shares]


def is_plausible(text: str, other: str) -> bool:
    """Whether a reading may be what is printed: letters in the same case, of which one or two differ.

    Engines skip letters more often than they invent any: a reading that only lacks the first or the last
    letters is not plausible.
    """
    most = 1 if len(text) < _SHORT else 2
    if text.startswith(other) or text.endswith(other) or edit_distance(text, other) > most:
        return False
    letters, own = ("".join(filter(str.isalpha, each)) for each in (other, text))
    strange = len(text) - len(own)
    added = set(other) - set(letters)
    if not added <= set(_APOSTROPHES) or not letters or strange > (len(text) >= _SHORT):
        return False
    if text[0].isdigit() or text[-1].isdigit() or len(own) < 2:
        return False
    if own.isupper():
        return letters.isupper() and len(own) >= _MIN_LENGTH_CAPITALS
    if own not in (own.lower(), capitalized(own.lower())):
        return False
    return letters == (capitalized(letters.lower()) if own[0].isupper() else letters.lower())


def _parts(text: str, count: int) -> list[str]:
    """The parts of a reading. Two around an apostrophe are one, where the word has one part."""
    found = list(WORD_PART.finditer(text))
    if count == 1 and len(found) == 2 and text[found[0].end() : found[1].start()] in _APOSTROPHES:
        return [text[found[0].start() : found[1].end()]]
    return [part[0] for part in found]


def _relative(shares: Mapping[str, float]) -> EngineReadings:
    """The logarithms of the probabilities over that of the text, which has what is left over."""
    if not shares:
        return {}
    own = max(1 - math.fsum(shares.values()), *shares.values())
    return {text: math.log10(share / own) for text, share in shares.items() if share >= _LEAST_SHARE * own}
