"""The text of a normalized page: fragments, segments of fragments, and rows of segments."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from ocrkit.geometry import Box, Transform, bounding_box
from ocrkit.result import Line, Word
from ocrkit.tables.normalized_page import LINE_HEIGHT
from ocrkit.tables.ruling_lines import RulingLine

_MAX_GAP = 0.55 * LINE_HEIGHT  # between two words of a cell
_MAX_GAP_BETWEEN_LINES = 0.25 * LINE_HEIGHT  # the same, if the engine put them into two lines
_MAX_GAP_BETWEEN_NUMBERS = 0.15 * LINE_HEIGHT  # the same, if both are numbers and cannot be one
_MAX_GAP_AFTER_BULLET = 2.0 * LINE_HEIGHT
_MIN_ROW_OVERLAP = 0.5  # share of the smaller of two heights
_BULLET = re.compile(r"[^\w\s]|[o0]")
_NUMBER = re.compile(
    r"[^\w]*\d[\d\s.,:;%()\[\]±+*/€$£¥°<>=–—-]*\w?|[-–—*.]+|\(?\w\)?|n\.?/?a\.?", re.IGNORECASE
)
_FIGURE = re.compile(r"[$€£]?\d[\d.,]*%?")  # `34.2 (12.1)` and `5 –7` are one cell
_FIRST_GROUP, _GROUP = re.compile(r"\d{1,3}"), re.compile(r"\d{3}([.,]\d*)?")
_TOLERANCE = 0.4 * LINE_HEIGHT  # text may extend this far beyond its box


class Fragment(NamedTuple):
    """A word, or a whole line if its words have no polygons."""

    line: int
    """The index of the line in the result."""
    word: Word | None
    text: str
    box: Box


class TextSegment(NamedTuple):
    """Fragments side by side, without a wide gap between them."""

    fragments: tuple[Fragment, ...]
    box: Box

    @classmethod
    def of(cls, fragments: Sequence[Fragment]) -> TextSegment:
        corners = (corner for each in fragments for corner in each.box.polygon)
        return cls(tuple(fragments), bounding_box(corners))

    @property
    def text(self) -> str:
        return " ".join(fragment.text for fragment in self.fragments)

    def overlap(self, left: float, right: float) -> float:
        """The width that the segment shares with an interval."""
        return max(0.0, min(self.box.right, right) - max(self.box.left, left))


TextRow: TypeAlias = list[TextSegment]
"""Segments at one height of the page, from left to right."""


def to_fragments(lines: Sequence[Line], transform: Transform) -> list[Fragment]:
    """The fragments of all lines that have a polygon. Each takes the height of its line."""
    fragments = []
    for index, line in enumerate(lines):
        if not line.polygon:
            continue
        line_box = bounding_box(transform.polygon(line.polygon))
        if not line.words or any(word.polygon is None for word in line.words):
            fragments.append(Fragment(index, None, line.text, line_box))
            continue
        for word in line.words:
            box = bounding_box(transform.polygon(word.polygon or ()))
            box = Box(box.left, line_box.top, box.right, line_box.bottom)
            fragments.append(Fragment(index, word, word.text, box))
    return fragments


def find_text_rows(fragments: Iterable[Fragment], vertical: Sequence[RulingLine]) -> list[TextRow]:
    """Rows from top to bottom. A vertical line between two fragments separates them."""
    rows: list[list[Fragment]] = []
    heights: list[tuple[float, float]] = []
    for fragment in sorted(fragments, key=lambda each: each.box.center.y):
        top, bottom = fragment.box.top, fragment.box.bottom
        if rows:
            row_top, row_bottom = heights[-1]
            overlap = min(bottom, row_bottom) - max(top, row_top)
            if overlap > _MIN_ROW_OVERLAP * min(bottom - top, row_bottom - row_top):
                rows[-1].append(fragment)
                count = len(rows[-1])
                heights[-1] = row_top + (top - row_top) / count, row_bottom + (bottom - row_bottom) / count
                continue
        rows.append([fragment])
        heights.append((top, bottom))
    return [_split_at_gaps(row, vertical) for row in rows]


def _split_at_gaps(row: list[Fragment], vertical: Sequence[RulingLine]) -> TextRow:
    row = sorted(row, key=lambda each: each.box.left)
    groups = [[row[0]]]
    for before, after in pairwise(row):
        gap = after.box.left - max(fragment.box.right for fragment in groups[-1])
        max_gap = _MAX_GAP if after.line == before.line else _MAX_GAP_BETWEEN_LINES
        if len(groups[-1]) == 1 and _BULLET.fullmatch(before.text):
            max_gap = _MAX_GAP_AFTER_BULLET
        if _are_two_numbers(before.text, after.text):
            max_gap = _MAX_GAP_BETWEEN_NUMBERS
        if gap > max_gap or any(_separates(line, before.box, after.box) for line in vertical):
            groups.append([])
        groups[-1].append(after)
    return [TextSegment.of(group) for group in groups]


def _are_two_numbers(before: str, after: str) -> bool:
    """Whether two words are the numbers of two cells. `1 284` may be one number, `1,136 876` cannot."""
    if not (_FIGURE.fullmatch(before) and _FIGURE.fullmatch(after)):
        return False
    may_be_one = _FIRST_GROUP.fullmatch(before) and _GROUP.fullmatch(after)
    return not may_be_one


def _separates(vertical: RulingLine, before: Box, after: Box) -> bool:
    is_between = before.center.x < vertical.position < after.center.x
    return is_between and vertical.start < before.center.y < vertical.end


def rows_in(rows: Sequence[TextRow], box: Box) -> list[TextRow]:
    """The parts of the rows that lie in a box, without empty rows."""
    inside = ([segment for segment in row if _lies_in(segment.box, box)] for row in rows)
    return [row for row in inside if row]


def _lies_in(inner: Box, outer: Box) -> bool:
    x, y = inner.center
    return outer.left - _TOLERANCE <= x <= outer.right + _TOLERANCE and outer.top <= y <= outer.bottom


def is_number(*texts: str) -> bool:
    """Whether all texts are numbers, or placeholders for one such as `–` and `n/a`."""
    return all(_NUMBER.fullmatch(text.strip()) for text in texts)


def row_top(row: TextRow) -> float:
    return min(segment.box.top for segment in row)


def row_bottom(row: TextRow) -> float:
    return max(segment.box.bottom for segment in row)


def row_middle(row: TextRow) -> float:
    return statistics.fmean(segment.box.center.y for segment in row)


def extent(rows: Sequence[TextRow]) -> Box:
    """The box around all segments of the rows."""
    return bounding_box(corner for row in rows for segment in row for corner in segment.box.polygon)
