"""Compare the ground truth with the output line by line, down to the letters that differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from ocrkit.evaluate.flexible_cer import match_flexibly
from ocrkit.evaluate.normalization import Rules
from ocrkit.evaluate.rates import character_error_rate

_SAME_ORDER = 0.7
"""If the flexible error rate is below this share of the CER, the output has another order."""


class DiffSpan(NamedTuple):
    """Consecutive letters that are equal, or that differ."""

    text: str
    differs: bool


class LineDiff(NamedTuple):
    """A line of the truth, and the output for it. Either may be empty."""

    truth: tuple[DiffSpan, ...]
    found: tuple[DiffSpan, ...]

    @property
    def differs(self) -> bool:
        return any(span.differs for span in (*self.truth, *self.found))


def diff_lines(found: str, truth: str, rules: Rules) -> list[LineDiff]:
    """Diff the lines in the order of the truth. If the output has another order, diff matching lines."""
    matching = match_flexibly(found, truth, rules)
    if matching.error_rate < _SAME_ORDER * character_error_rate(found, truth, rules):
        matches = sorted(matching.matches, key=lambda each: each.truth_line)
        pairs = [(each.truth, each.found) for each in matches]
        pairs += [(text, "") for text in matching.missing] + [("", text) for text in matching.additional]
    else:
        pairs = list(_pairs_in_order(found, truth, rules))
    return [_diff(truth_line, found_line) for truth_line, found_line in pairs if truth_line or found_line]


def _pairs_in_order(found: str, truth: str, rules: Rules) -> Iterator[tuple[str, str]]:
    """Each line of the truth with the part of the output that is aligned with it."""
    found, lines = rules.normalize(found), rules.lines(truth)
    gap = " " if rules.spaces else ""
    ends = []
    position = 0
    for line in lines[:-1]:
        position += len(line) + len(gap)
        ends.append(position)
    cuts = [0, *_map_positions(found, gap.join(lines), ends), len(found)]
    for line, start, end in zip(lines or [""], cuts, cuts[1:], strict=False):
        yield line, found[start:end].strip()


def _map_positions(found: str, truth: str, positions: list[int]) -> Iterator[int]:
    """The positions in the output that correspond to these positions in the truth."""
    blocks = list(Levenshtein.opcodes(found, truth))
    number = 0
    for position in positions:
        while number < len(blocks) and blocks[number].dest_end < position:
            number += 1
        block = blocks[number]
        yield min(block.src_end, block.src_start + position - block.dest_start)


def _diff(truth: str, found: str) -> LineDiff:
    truth_spans: list[DiffSpan] = []
    found_spans: list[DiffSpan] = []
    for block in Levenshtein.opcodes(found, truth):
        differs = block.tag != "equal"
        if block.dest_end > block.dest_start:
            truth_spans.append(DiffSpan(truth[block.dest_start : block.dest_end], differs))
        if block.src_end > block.src_start:
            found_spans.append(DiffSpan(found[block.src_start : block.src_end], differs))
    return LineDiff(tuple(truth_spans), tuple(found_spans))
