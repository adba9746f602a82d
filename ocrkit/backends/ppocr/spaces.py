"""Insert spaces that the network missed although the ink shows them: `ofthe`, `Empereur.Je`.

A gap counts as a space if it is nearly as wide as the spaces that the network found in the same line, and
much wider than the gaps between letters there. Lines with few spaces say too little, so they stay as they
are.
"""

from __future__ import annotations

import itertools
import statistics
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.backends.ppocr.recognition import RecognizedCharacter, RecognizedText, widest_gap

_MIN_SPACES = 2  # of a line, to know how wide its spaces are
_MIN_LETTERS = 8  # gaps inside words, to know how wide these are
_MIN_OF_SPACE = 0.7  # of the median space of the line
_MIN_OF_LETTERS = 2.5  # times the gap that four of five letters do not exceed
_LETTERS_PERCENTILE = 80
_MIN_WIDTH = 0.12  # of the height of the ink
_MIN_INK = 2  # rows and columns with fewer ink pixels contain only dust
_ENDS = frozenset(".,;!?)")
"""Signs after which a word may begin. A quote or a colon is often set apart from its word."""


class _Gap(NamedTuple):
    """The gap between two characters of the text, in pixels."""

    second: int
    """The index of the second character."""
    width: int
    is_space: bool


def with_visible_spaces(recognized: RecognizedText, ink: NDArray[np.bool_]) -> RecognizedText:
    """The text with a space in each gap that certainly is one.

    Args:
        recognized: the text of the line.
        ink: the pixels of the line with ink.
    """
    height = int(np.count_nonzero(ink.sum(axis=1) >= _MIN_INK))
    gaps = _gaps(recognized.characters, np.asarray(ink.sum(axis=0) >= _MIN_INK))
    spaces = [gap.width for gap in gaps if gap.is_space]
    letters = [gap.width for gap in gaps if not gap.is_space]
    if len(spaces) < _MIN_SPACES or len(letters) < _MIN_LETTERS:
        return recognized
    min_width = max(
        _MIN_OF_SPACE * statistics.median(spaces),
        _MIN_OF_LETTERS * float(np.percentile(letters, _LETTERS_PERCENTILE)),
        _MIN_WIDTH * height,
    )
    missing = {
        gap.second
        for gap in gaps
        if not gap.is_space and gap.width >= min_width and _may_begin_word(recognized.characters, gap.second)
    }
    return (
        recognized._replace(characters=_inserted(recognized.characters, missing)) if missing else recognized
    )


def _gaps(characters: tuple[RecognizedCharacter, ...], ink: NDArray[np.bool_]) -> list[_Gap]:
    """The gaps between characters that are no spaces, from left to right."""
    visible = [(index, each) for index, each in enumerate(characters) if not each.text.isspace()]
    gaps = []
    for (first, before), (second, after) in itertools.pairwise(visible):
        start, end = int(before.position * len(ink)), int(after.position * len(ink))
        found = widest_gap(ink[start:end]) if end > start else None
        gaps.append(_Gap(second, found[1] - found[0] if found else 0, second - first > 1))
    return gaps


def _may_begin_word(characters: tuple[RecognizedCharacter, ...], index: int) -> bool:
    """Whether a word may begin at a character: a letter after a letter or the end of a sentence."""
    before, after = characters[index - 1].text, characters[index].text
    if _is_wide(before) or _is_wide(after):
        return False
    if after.isdecimal():
        return before.isalpha()
    return after.isalpha() and (before.isalpha() or before in _ENDS)


def _is_wide(text: str) -> bool:
    """Whether a script without spaces writes the character."""
    return text >= "\u2e80"


def _inserted(
    characters: tuple[RecognizedCharacter, ...], missing: set[int]
) -> tuple[RecognizedCharacter, ...]:
    result: list[RecognizedCharacter] = []
    for index, character in enumerate(characters):
        if index in missing:
            position = (result[-1].position + character.position) / 2
            result.append(
                RecognizedCharacter(" ", min(result[-1].confidence, character.confidence), position)
            )
        result.append(character)
    return tuple(result)
