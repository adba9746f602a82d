"""The truth and what was read, line by line, with the letters in which they differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ocrkit.evaluate.flexible import flexible
from ocrkit.evaluate.rates import character_error_rate, levenshtein
from ocrkit.evaluate.text import Rules

_OTHER_ORDER = 0.7
"""Where this share of the errors goes away when the order is free, lines are shown as they fit."""


class Run(NamedTuple):
    """Letters that are the same, or are not."""

    text: str
    differs: bool


class Row(NamedTuple):
    """A line of the truth, and what was read there. One of them may be empty."""

    truth: tuple[Run, ...]
    found: tuple[Run, ...]

    @property
    def differs(self) -> bool:
        return any(run.differs for run in (*self.truth, *self.found))


def rows(found: str, truth: str, rules: Rules) -> list[Row]:
    """In the order of the truth. Where the output has another order, by the lines that fit one another."""
    free = flexible(found, truth, rules)
    if free.error_rate < _OTHER_ORDER * character_error_rate(found, truth, rules):
        pairs = [(each.truth, each.found) for each in sorted(free.matches, key=lambda each: each.truth_line)]
        pairs += [(text, "") for text in free.missing] + [("", text) for text in free.additional]
    else:
        pairs = list(_in_order(found, truth, rules))
    return [_compared(there, read) for there, read in pairs if there or read]


def _in_order(found: str, truth: str, rules: Rules) -> Iterator[tuple[str, str]]:
    """The output, cut where the lines of the truth end."""
    read, lines = rules.plain(found), rules.lines(truth)
    gap = " " if rules.spaces else ""
    there = gap.join(lines)
    ends = []
    place = 0
    for line in lines[:-1]:
        place += len(line) + len(gap)
        ends.append(place)
    cuts = [0, *_places(read, there, ends), len(read)]
    for line, start, end in zip(lines or [""], cuts, cuts[1:], strict=False):
        yield line, read[start:end].strip()


def _places(read: str, there: str, ends: list[int]) -> Iterator[int]:
    """Where in the output the places of the truth are."""
    blocks = list(levenshtein().opcodes(read, there))
    number = 0
    for end in ends:
        while number < len(blocks) and blocks[number].dest_end < end:
            number += 1
        block = blocks[number]
        yield min(block.src_end, block.src_start + end - block.dest_start)


def _compared(truth: str, found: str) -> Row:
    there: list[Run] = []
    read: list[Run] = []
    for block in levenshtein().opcodes(found, truth):
        differs = block.tag != "equal"
        if block.dest_end > block.dest_start:
            there.append(Run(truth[block.dest_start : block.dest_end], differs))
        if block.src_end > block.src_start:
            read.append(Run(found[block.src_start : block.src_end], differs))
    return Row(tuple(there), tuple(read))
