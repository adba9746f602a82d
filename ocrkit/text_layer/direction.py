"""The logical order of a line with letters that are written from right to left."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

_WORD_GAP = 0.15
"""In font sizes."""


def logical_order(
    characters: Sequence[str],
    left: NDArray[np.float64],
    right: NDArray[np.float64],
    size: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The glyphs in reading order, and which of them begin a word.

    Files hold such lines in either order, so only the places on the page count. Runs of one direction are
    read from right to left, or from left to right if most letters are; within a run by its own direction.
    """
    visual = np.lexsort((np.arange(len(left)), left))
    gap = np.zeros(len(left), np.bool_)
    gap[1:] = left[visual[1:]] - np.maximum.accumulate(right[visual])[:-1] > _WORD_GAP * size[visual[1:]]
    words = np.split(visual, np.flatnonzero(gap))
    directions = [_direction([characters[each] for each in word]) for word in words]
    is_rtl = sum(each == "R" for each in directions) >= sum(each == "L" for each in directions)
    directions = _resolved(directions, "R" if is_rtl else "L")
    numbered = list(zip(words, directions, strict=True))
    if is_rtl:
        numbered.reverse()
    order: list[int] = []
    begins: list[bool] = []
    for direction, group in groupby(numbered, key=lambda each: each[1]):
        run = [word for word, _ in group]
        if (direction == "R") != is_rtl:
            run.reverse()
        for word in run:
            inner = _within_word(characters, left, word)
            order += inner
            begins += [True] + [False] * (len(inner) - 1)
    return np.array(order, np.int64), np.array(begins, np.bool_)


def _direction(characters: Sequence[str]) -> str:
    """`R` or `L` for a word with letters or digits of this direction, else `N`."""
    classes = {unicodedata.bidirectional(each) for each in characters}
    if classes & {"R", "AL"}:
        return "R"
    return "L" if classes & {"L", "EN", "AN"} else "N"


def _resolved(directions: Sequence[str], base: str) -> list[str]:
    """Give signs the direction of the words around them, or that of the line if these differ."""
    resolved = list(directions)
    for place, direction in enumerate(directions):
        if direction == "N":
            before = next((each for each in reversed(directions[:place]) if each != "N"), base)
            after = next((each for each in directions[place + 1 :] if each != "N"), base)
            resolved[place] = before if before == after else base
    return resolved


def _within_word(characters: Sequence[str], left: NDArray[np.float64], word: NDArray[np.int64]) -> list[int]:
    """The glyphs of a word: from right to left, but its digits and Latin letters from left to right."""
    classes = [unicodedata.bidirectional(characters[each]) for each in word]
    if not any(each in ("R", "AL") for each in classes):
        return [int(each) for each in word]
    parts: list[tuple[bool, list[int]]] = []
    for each, kind in zip(word.tolist(), classes, strict=True):
        forwards = kind in ("L", "EN", "AN")
        if parts and parts[-1][0] == forwards:
            parts[-1][1].append(each)
        else:
            parts.append((forwards, [each]))
    order: list[int] = []
    # Two characters of one glyph, such as lam and alef, have one place. Their order in the file is reversed
    # where the reader of the file has reversed the word.
    first, last = int(word.min()), int(word.max())
    turn = -1 if left[first] >= left[last] else 1
    for forwards, part in reversed(parts):
        order += part if forwards else sorted(part, key=lambda each: (-left[each], turn * each))
    return order
