"""A cascade computed from readings of whole pages: many bars are compared without reading again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ocrkit.alignment import group_lines
from ocrkit.result import Block, PageResult
from ocrkit.strategies.cascade import Doubt, merge_whole
from ocrkit.strategies.merging import is_better, line_probabilities, merged

WHOLE_PAGE_ABOVE = 0.5


class Simulated(NamedTuple):
    """A page as a cascade would read it."""

    page: PageResult
    share: float
    """The share of its letters that the second reader reads; 1 for the whole page."""


def cascaded(first: PageResult, second: PageResult, below: float) -> Simulated:
    """The page with the readings of the second reader for lines below the bar.

    They come from its reading of the whole page, not from crops, and ink outside of text is not looked at.

    Args:
        first: the reading of the first reader.
        second: that of the second one.
        below: the bar, as in `CascadeOptions`.
    """
    doubtful = {number for number, value in enumerate(line_probabilities(first)) if value < below}
    letters = [len(line.text) for line in first.lines]
    share = sum(letters[number] for number in doubtful) / sum(letters) if sum(letters) else 1.0
    if share > WHOLE_PAGE_ABOVE:
        doubt = Doubt({number: first.lines[number] for number in doubtful}, "much of it is doubtful")
        return Simulated(merge_whole(first, second, doubt)[0] if first.lines else second, 1.0)
    if not doubtful:
        return Simulated(first, 0.0)

    def replaces(of_first: Sequence[int], of_second: Sequence[int]) -> bool:
        new = [seen[number] for number in of_second]
        old = [first.lines[number] for number in of_first]
        return bool(doubtful & set(of_first)) and is_better(new, old)

    groups = group_lines([first.lines, second.lines])
    seen = [second.lines[number] for of_first, of_second in groups if of_first for number in of_second]
    there = second.model_copy(update={"blocks": (Block(lines=tuple(seen)),)})
    return Simulated(merged(first, there, replaces), share)
