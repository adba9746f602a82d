"""How an item of a list begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

_SURE = "bullet"
_SURE_BULLET = re.compile(r"[•‣▪●■➢➤⁃◆]\s*(?=\S)")
# A hyphen or a number may begin any line; two that follow one another are a list.
_BULLET = re.compile(r"([-–*·])\s+(?=\S)")
_NUMBER = re.compile(r"(\d{1,3})([.)])\s+(?=\S)", re.ASCII)


class Mark(NamedTuple):
    """A bullet or a number."""

    kind: str
    number: int | None
    length: int
    """How much of the line it takes."""


def mark_of(text: str) -> Mark | None:
    """What a line begins with that may be the mark of an item."""
    text = text.lstrip()
    if match := _SURE_BULLET.match(text):
        return Mark(_SURE, None, match.end())
    if match := _BULLET.match(text):
        return Mark(match[1], None, match.end())
    if match := _NUMBER.match(text):
        return Mark(match[2], int(match[1]), match.end())
    return None


def items_of(blocks: Sequence[Sequence[str]]) -> dict[tuple[int, int], Mark]:
    """The lines, by block and line, that begin an item. A doubt makes none.

    Args:
        blocks: the texts of the lines, block by block.
    """
    candidates = [
        ((position, index), mark)
        for position, texts in enumerate(blocks)
        for index, text in enumerate(texts)
        if (mark := mark_of(text))
    ]
    paired: set[tuple[int, int]] = set()
    for (place, mark), (next_place, next_mark) in pairwise(candidates):
        if next_place[0] - place[0] <= 1 and _continues(mark, next_mark):
            paired |= {place, next_place}
    return {place: mark for place, mark in candidates if mark.kind == _SURE or place in paired}


def _continues(mark: Mark, following: Mark) -> bool:
    if mark.kind != following.kind:
        return False
    return mark.number is None or following.number == mark.number + 1
