"""Text search in recognized blocks."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TypeAlias

from ocrkit.geometry import Box, Polygon, bounding_box
from ocrkit.result.blocks import Block, Line, Word, enclosing_polygon, is_unspaced_character
from ocrkit.result.similar import Span, outside, similar_spans
from ocrkit.result.values import Value, expression_for

Pattern: TypeAlias = str | re.Pattern[str] | Value
"""A search term: a text, a regular expression, a number or a date."""

_HYPHENATED_BREAK = "(?:[-\u2010\u00ad]\n)?"
_SOFT_HYPHEN = "\u00ad?"


@dataclass(frozen=True)
class Match:
    """A piece of text that was found, with its words, lines and polygons."""

    text: str
    """The text on the page, with a line break where the match runs over two lines."""
    page: int
    """The page number, counted from 1."""
    block: int
    """The position of the block on its page, counted from 0."""
    words: tuple[Word, ...]
    """The words that contain the match; empty where the engine does not separate words."""
    lines: tuple[Line, ...]
    """The lines that contain the match."""
    polygons: tuple[Polygon, ...]
    """One polygon per line: around the matching words, or around the line where it has no words."""
    similarity: float = 1.0
    """How similar the text is to the one that was searched for; 1 where it is the same."""

    @property
    def box(self) -> Box | None:
        """The bounding box of the whole match."""
        points = [point for polygon in self.polygons for point in polygon]
        return bounding_box(points) if points else None

    @property
    def confidence(self) -> float | None:
        """The lowest confidence of the words; None where one is unknown."""
        values = [word.confidence for word in self.words]
        known = [value for value in values if value is not None]
        return min(known) if known and len(known) == len(values) else None

    @property
    def probability(self) -> float | None:
        """The probability that all words are right; None where it is unknown for one of them."""
        values = [word.probability for word in self.words]
        known = [value for value in values if value is not None]
        return math.prod(known) if known and len(known) == len(values) else None


def find(
    blocks: Sequence[Block], pattern: Pattern, *, page: int, case_sensitive: bool, similarity: float
) -> tuple[Match, ...]:
    """See `PageResult.find`."""
    expression = _expression(pattern, case_sensitive=case_sensitive)
    if expression is None:
        return ()
    found: list[Match] = []
    for index, block in enumerate(blocks):
        text, units = _text_and_units(block)
        spans = [Span(1.0, *each.span()) for each in expression.finditer(text) if each.end() > each.start()]
        if similarity < 1 and isinstance(pattern, str):
            spans += outside(similar_spans(text, pattern, similarity), spans)
        spans.sort(key=lambda span: span.start)
        found += [_match(span, text, index, units, page) for span in spans]
    return tuple(found)


@dataclass(frozen=True)
class _Unit:
    """A word, or a line without words, with its range in the text of its block."""

    start: int
    end: int
    line: Line
    word: Word | None


def _expression(pattern: Pattern, *, case_sensitive: bool) -> re.Pattern[str] | None:
    if isinstance(pattern, re.Pattern):
        return pattern
    if not isinstance(pattern, str):
        return expression_for(pattern)
    parts = [_literal(part) for part in pattern.split()]
    flags = re.RegexFlag(0) if case_sensitive else re.IGNORECASE
    return re.compile(r"\s+".join(parts), flags) if parts else None


def _literal(text: str) -> str:
    """An expression for a text without spaces that may continue on the next line.

    The line break has a hyphen before it, except in scripts without spaces.
    """
    expression = re.escape(text[0])
    for before, after in pairwise(text):
        unspaced = is_unspaced_character(before) or is_unspaced_character(after)
        expression += (r"\n?" if unspaced else f"(?:{_HYPHENATED_BREAK}|{_SOFT_HYPHEN})") + re.escape(after)
    return expression


def _text_and_units(block: Block) -> tuple[str, list[_Unit]]:
    """The lines of a block, separated by line breaks, and the units of this text."""
    units: list[_Unit] = []
    text = ""
    for line in block.lines:
        text += "\n" if text else ""
        units += _units_of(line, len(text))
        text += line.text
    return text, units


def _units_of(line: Line, start: int) -> Iterator[_Unit]:
    """The words of a line with their ranges, or the whole line where its words differ from its text."""
    units: list[_Unit] = []
    position = 0
    for word in line.words:
        found = line.text.find(word.text, position)
        if found < 0 or not word.text:
            units = []
            break
        position = found + len(word.text)
        units.append(_Unit(start + found, start + position, line, word))
    yield from units or [_Unit(start, start + len(line.text), line, None)]


def _match(span: Span, text: str, block: int, units: Sequence[_Unit], page: int) -> Match:
    first = max(0, bisect_right([unit.start for unit in units], span.start) - 1)
    touched = [unit for unit in units[first:] if unit.start < span.end and unit.end > span.start]
    lines, polygons = [], []
    for _, group in groupby(touched, key=lambda unit: id(unit.line)):
        in_line = list(group)
        line = in_line[0].line
        lines.append(line)
        polygon = enclosing_polygon([unit.word for unit in in_line if unit.word]) or line.polygon
        polygons += [polygon] if polygon else []
    words = tuple(unit.word for unit in touched if unit.word)
    found = text[span.start : span.end]
    return Match(found, page, block, words, tuple(lines), tuple(polygons), span.similarity)
