"""The part of the alphabet that a page uses: the scripts of its languages, digits and signs.

One network reads Latin, Chinese and Japanese, and so it sees a Chinese character in a blot on an English
page. Languages limit the choice. Without languages, the clear lines of the page tell its scripts.
"""

from __future__ import annotations

import functools
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ocrkit.backends.ppocr.bundled_models import LANGUAGES
from ocrkit.backends.ppocr.runtime import Tensor
from ocrkit.languages import match_language
from ocrkit.letters import HAN, JAPANESE, LATIN, script_of_letter

Script: TypeAlias = Literal["Latin", "Han", "Kana"]

_SURE = 0.9
_PASSAGE = 2
"""So many sure letters of another script are a passage in that script, not a misread letter."""
_ENOUGH = 30
"""Fewer sure letters do not tell the scripts of a page."""
_RARE = 0.02
"""The share of the letters of a page below which a script is misread, not used."""


@dataclass(frozen=True, eq=False)
class Limit:
    """The characters of an alphabet to choose among."""

    allowed: NDArray[np.bool_]
    """For each output of the network; the first is the blank of CTC."""

    @classmethod
    def of(cls, alphabet: Sequence[str], scripts: frozenset[Script]) -> Limit:
        return cls(np.array([script_of(text) in (None, *scripts) for text in alphabet]))

    def applies(self, distribution: Tensor, best: NDArray[np.intp]) -> bool:
        """Whether some of the best characters are excluded, and are not clearly a passage in their script."""
        outside = ~self.allowed[best]
        if not outside.any():
            return False
        first = outside & (best != np.concatenate(([0], best[:-1])))
        steps = np.flatnonzero(first)
        sure = distribution[steps, best[steps]] >= _SURE
        return int(sure.sum()) < max(_PASSAGE, len(steps) / 2)

    def narrow(self, distribution: Tensor) -> Tensor:
        """The distribution over the allowed characters, in an array as wide as before."""
        narrowed = np.where(self.allowed, distribution, 0.0)
        total = narrowed.sum(axis=1, keepdims=True)
        return np.asarray(narrowed / np.maximum(total, 1e-9), dtype=np.float32)


@functools.cache
def script_of(text: str) -> Script | None:
    """The script of a character; None for digits, signs and the letters of formulas."""
    if not text:
        return None
    script = script_of_letter(text[0])
    if script == JAPANESE:
        return "Kana"
    if script == HAN or unicodedata.east_asian_width(text[0]) in "WF":
        return "Han"  # also the full-width letters and signs of Chinese and Japanese print
    return "Latin" if script == LATIN else None


def scripts_of(languages: Iterable[str]) -> frozenset[Script] | None:
    """The scripts of languages; None if nothing is known about one of them, or without languages."""
    scripts: set[Script] = {"Latin"}
    tags = [match_language(tag, LANGUAGES) for tag in languages]
    if not tags or None in tags:
        return None
    for tag in filter(None, tags):
        scripts |= {"Han", "Kana"} if tag == "ja" else {"Han"} if tag.startswith("zh") else set()
    return frozenset(scripts)


def scripts_on(letters: Iterable[tuple[str, float]]) -> frozenset[Script] | None:
    """The scripts of a page, from its characters and their confidences; None if they do not tell."""
    counts = Counter(script_of(text) for text, confidence in letters if confidence >= _SURE)
    total = sum(count for script, count in counts.items() if script)
    if total < _ENOUGH:
        return None
    return frozenset(
        {"Latin", *(script for script, count in counts.items() if script and count >= _RARE * total)}
    )
