"""Bullets and numbers at the start of list items."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

_BULLET = "bullet"
_BULLET_SIGN = re.compile(r"[•‣▪●■➢➤⁃◆]\s*(?=\S)")
# A hyphen or a number may begin any line; only two in a row are a list.
_DASH = re.compile(r"([-–*·])\s+(?=\S)")
_NUMBER = re.compile(r"(\d{1,3})([.)])\s+(?=\S)", re.ASCII)


class ListMarker(NamedTuple):
    """A bullet or a number."""

    kind: str
    number: int | None
    length: int
    """The number of characters, including the space after the marker."""


def parse_marker(text: str) -> ListMarker | None:
    """The possible list marker at the start of a line."""
    text = text.lstrip()
    if match := _BULLET_SIGN.match(text):
        return ListMarker(_BULLET, None, match.end())
    if match := _DASH.match(text):
        return ListMarker(match[1], None, match.end())
    if match := _NUMBER.match(text):
        return ListMarker(match[2], int(match[1]), match.end())
    return None


def find_list_items(blocks: Sequence[Sequence[str]]) -> dict[tuple[int, int], ListMarker]:
    """The lines that certainly begin a list item, by the positions of the block and of the line in it.

    Args:
        blocks: the texts of the lines, block by block.
    """
    candidates = [
        ((block, line), marker)
        for block, texts in enumerate(blocks)
        for line, text in enumerate(texts)
        if (marker := parse_marker(text))
    ]
    paired: set[tuple[int, int]] = set()
    for (position, marker), (next_position, next_marker) in pairwise(candidates):
        if next_position[0] - position[0] <= 1 and _continues(marker, next_marker):
            paired |= {position, next_position}
    return {
        position: marker for position, marker in candidates if marker.kind == _BULLET or position in paired
    }


def _continues(marker: ListMarker, following: ListMarker) -> bool:
    if marker.kind != following.kind:
        return False
    return marker.number is None or following.number == marker.number + 1
