"""Guards against answers that go wrong: endless repetition, and answers longer than the page."""

from __future__ import annotations

import re

import numpy as np

_WINDOW = 6000
"""The characters at the end of an answer that are looked at."""
_LONGEST_UNIT = 600
_STEP = 200
"""Characters between two looks."""
_COORDINATES = re.compile(r"(<loc_|<\|LOC_|[\[,(]\s*)\d+(?:\.\d+)?")
_LEADERS = frozenset(" \t\n.·…_-–—=*~,:|")
_FEW_LETTERS = 0.05
"""The share of letters in a repetition below which it is one of tags."""
_TAGS = re.compile(r"<\|det\|>[^<>]*<\|/det\|>|<[^<>]*>")
_NUMBERS = re.compile(r"\[\[?[\d\s.,]+\]\]?")
_CELL = re.compile(r"<(?:t[dhr]|[a-z]cel|ched)\b")
_HAS_PLACE = re.compile(r"<loc_|<\|(?:det|LOC|box_start)|\[\[?\s*0")


class RepetitionGuard:
    """Watches an answer as it grows.

    Args:
        letters: the estimated number of letters in the image. A page can repeat its words, too, so an
            answer is a loop only where it has more letters than the page.
    """

    def __init__(self, letters: int = 0) -> None:
        self._letters = letters
        self._looked_at = 0

    def repeats(self, text: str) -> bool:
        """Whether the end of the answer is a repetition. Looks only after some new characters."""
        if len(text) - self._looked_at < _STEP:
            return False
        self._looked_at = len(text)
        start = repetition_start(text)
        if start is None:
            return False
        repeated = len(text) - start
        is_only_tags = _letters_in(text[start:]) < _FEW_LETTERS * repeated
        return is_only_tags or _letters_in(text) > self._letters


def repetition_start(text: str) -> int | None:
    """The start of the repetition at the end of a text, after its first unit; None if there is none.

    A unit of up to 600 characters counts if it comes again and again without a change: words, rows of a
    table, tags. Boxes may count up or stay, so their numbers are not compared.
    """
    start = max(0, len(text) - _WINDOW)
    tail = text[start:]
    found = _repeated(tail)
    if found is not None:
        return start + found
    masked, positions = _without_coordinates(tail)
    if not _HAS_PLACE.search(masked):
        return None
    found = _repeated(masked, places=True)
    return None if found is None else start + positions[found]


def without_repetition(text: str) -> str:
    """A text whose repeated end has only its first unit."""
    start = repetition_start(text)
    if start is None:
        return text
    shorter = text[:start]
    return without_repetition(shorter) if len(text) > _WINDOW and start > 0 else shorter


def token_limit(letters: int, most: int) -> int:
    """The most tokens for an answer: several for each letter, plus some for markup."""
    return min(most, 1024 + 8 * letters)


def _letters_in(text: str) -> int:
    """The number of letters and digits outside of tags and coordinates."""
    return sum(map(str.isalnum, _NUMBERS.sub("", _TAGS.sub("", text))))


def _repeated(tail: str, *, places: bool = False) -> int | None:
    codes = np.frombuffer(tail.encode("utf-32-le"), np.uint32)
    for period in range(1, min(_LONGEST_UNIT, len(codes) // 3) + 1):
        if codes[-1] != codes[-1 - period]:
            continue
        differs = np.flatnonzero(codes[period:] != codes[:-period])
        begin = int(differs[-1]) + 1 if len(differs) else 0
        length = len(codes) - begin
        if length >= _needed(tail[-period:], places=places):
            return begin + period
    return None


def _needed(unit: str, *, places: bool) -> int:
    """The length from which a repeated unit is a loop.

    Rows of dots, empty cells and equal rows of tables are common on real pages, repeated words are not.
    """
    text = _TAGS.sub("", unit)
    if places and _HAS_PLACE.search(unit):
        return max(8 * len(unit), 300)
    if "|" in unit or _CELL.search(unit) or set(text) <= _LEADERS:
        return max(30 * len(unit), 1200)
    return max(9 * len(unit), 240)


def _without_coordinates(text: str) -> tuple[str, list[int]]:
    """The text with a zero for each coordinate, and the position of each of its characters in the text."""
    parts: list[str] = []
    positions: list[int] = []
    end = 0
    for found in _COORDINATES.finditer(text):
        kept = text[end : found.end(1)]
        parts.append(kept + "0")
        positions += [*range(end, found.end(1)), found.end(1)]
        end = found.end()
    return "".join([*parts, text[end:]]), [*positions, *range(end, len(text))]
