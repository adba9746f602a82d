"""Where engines differ: their lines side by side by where they stand, and their words one by one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

from ocrkit.geometry import Box
from ocrkit.result import Line

Row: TypeAlias = tuple[tuple[int, ...], ...]
"""For each reading, which of its lines stand here."""

_SAME_PLACE = 0.5  # of the smaller of two lines lies on the other one


def rows(readings: Sequence[Sequence[Line]]) -> list[Row]:
    """Lines of several readings that stand in one place, in the order of the first reading.

    One engine's line may be two of another's, as in tables. Where an engine does not say where its lines
    stand, all of the page is one row.
    """
    places = [(reading, number) for reading, lines in enumerate(readings) for number in range(len(lines))]
    if len(readings) > 1 and any(line.box is None for lines in readings for line in lines):
        return [tuple(tuple(range(len(lines))) for lines in readings)]
    group = _groups(readings, places)
    order: list[int] = []
    for reading, lines in enumerate(readings):
        after = 0
        for number in range(len(lines)):
            row = group[reading, number]
            if row not in order:
                order.insert(after, row)
            after = order.index(row) + 1
    found: dict[int, list[list[int]]] = {row: [[] for _ in readings] for row in order}
    for reading, number in places:
        found[group[reading, number]][reading].append(number)
    return [tuple(tuple(numbers) for numbers in found[row]) for row in order]


def _groups(
    readings: Sequence[Sequence[Line]], places: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], int]:
    """Each line's group: those of other readings in its place, and those in theirs."""
    parents = list(range(len(places)))

    def root(place: int) -> int:
        while parents[place] != place:
            place = parents[place]
        return place

    boxes = [readings[reading][number].box for reading, number in places]
    for first, (reading, _) in enumerate(places):
        for second in range(first + 1, len(places)):
            if places[second][0] != reading and _same_place(boxes[first], boxes[second]):
                parents[root(second)] = root(first)
    return {place: root(number) for number, place in enumerate(places)}


def _same_place(first: Box | None, second: Box | None) -> bool:
    if first is None or second is None or first.top >= second.bottom or second.top >= first.bottom:
        return False
    common = first.intersection(second)
    return common is not None and common.area > _SAME_PLACE * min(first.area, second.area)


def differing(readings: Sequence[Sequence[str]]) -> list[set[int]]:
    """Which words of each reading the first one has not; of the first, which one of the others has not.

    Compared are tokens, so that it is no difference where two engines part one Chinese phrase.
    """
    tokens = [list(_tokens(words)) for words in readings]
    texts = [[text for text, _ in found] for found in tokens]
    marked: list[set[int]] = [set() for _ in readings]
    for other in range(1, len(readings)):
        matcher = SequenceMatcher(None, texts[0], texts[other], autojunk=False)
        for kind, start, end, other_start, other_end in matcher.get_opcodes():
            if kind != "equal":
                marked[0].update(word for _, word in tokens[0][start:end])
                marked[other].update(word for _, word in tokens[other][other_start:other_end])
    return marked


def _tokens(words: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Runs of characters without a space; in Chinese and Japanese, each character. With the word's number."""
    for number, word in enumerate(words):
        run = ""
        for character in unicodedata.normalize("NFC", word):
            alone = unicodedata.east_asian_width(character) in "WF"
            if run and (alone or character.isspace()):
                yield run, number
                run = ""
            if alone:
                yield character, number
            elif not character.isspace():
                run += character
        if run:
            yield run, number
