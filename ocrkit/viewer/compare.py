"""Comparison of several readings of one page: lines matched by position, words by their text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

from ocrkit.geometry import Box
from ocrkit.result import Line

LineMatch: TypeAlias = tuple[tuple[int, ...], ...]
"""For each reading, the indices of its lines in one place of the page."""

_MIN_OVERLAP = 0.5  # of the smaller of two lines


def match_lines(readings: Sequence[Sequence[Line]]) -> list[LineMatch]:
    """Group the lines of several readings by their position, in the order of the first reading.

    One line of an engine may be two of another, as in tables. If several readings are compared and a line has
    no polygon, all lines of the page form one group.
    """
    lines = [(reading, index) for reading, found in enumerate(readings) for index in range(len(found))]
    if len(readings) > 1 and any(line.box is None for found in readings for line in found):
        return [tuple(tuple(range(len(found))) for found in readings)]
    group_of = _group_by_position(readings, lines)
    order = _merge_orders(readings, group_of)
    members: dict[int, list[list[int]]] = {group: [[] for _ in readings] for group in order}
    for reading, index in lines:
        members[group_of[reading, index]][reading].append(index)
    return [tuple(tuple(indices) for indices in members[group]) for group in order]


def _group_by_position(
    readings: Sequence[Sequence[Line]], lines: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], int]:
    """The group of each line: union-find over the lines of different readings that overlap."""
    parents = list(range(len(lines)))

    def root(node: int) -> int:
        while parents[node] != node:
            node = parents[node]
        return node

    boxes = [readings[reading][index].box for reading, index in lines]
    for first, (reading, _) in enumerate(lines):
        for second in range(first + 1, len(lines)):
            if lines[second][0] != reading and _overlap(boxes[first], boxes[second]):
                parents[root(second)] = root(first)
    return {line: root(node) for node, line in enumerate(lines)}


def _merge_orders(readings: Sequence[Sequence[Line]], group_of: dict[tuple[int, int], int]) -> list[int]:
    """The groups in the order of the first reading; a group it lacks follows its predecessor elsewhere."""
    order: list[int] = []
    for reading, lines in enumerate(readings):
        position = 0
        for index in range(len(lines)):
            group = group_of[reading, index]
            if group not in order:
                order.insert(position, group)
            position = order.index(group) + 1
    return order


def _overlap(first: Box | None, second: Box | None) -> bool:
    if first is None or second is None or first.top >= second.bottom or second.top >= first.bottom:
        return False
    common = first.intersection(second)
    return common is not None and common.area > _MIN_OVERLAP * min(first.area, second.area)


def differing_words(readings: Sequence[Sequence[str]]) -> list[set[int]]:
    """The indices of differing words in each reading, compared with the first reading.

    Tokens are compared, not words, so engines that split a Chinese phrase differently do not differ.
    """
    tokens = [list(_tokens(words)) for words in readings]
    texts = [[text for text, _ in found] for found in tokens]
    differing: list[set[int]] = [set() for _ in readings]
    for other in range(1, len(readings)):
        matcher = SequenceMatcher(None, texts[0], texts[other], autojunk=False)
        for kind, start, end, other_start, other_end in matcher.get_opcodes():
            if kind != "equal":
                differing[0].update(word for _, word in tokens[0][start:end])
                differing[other].update(word for _, word in tokens[other][other_start:other_end])
    return differing


def _tokens(words: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Tokens with the index of their word: each wide (CJK) character, and each run of other characters."""
    for index, word in enumerate(words):
        run = ""
        for character in unicodedata.normalize("NFC", word):
            is_wide = unicodedata.east_asian_width(character) in "WF"
            if run and (is_wide or character.isspace()):
                yield run, index
                run = ""
            if is_wide:
                yield character, index
            elif not character.isspace():
                run += character
        if run:
            yield run, index
