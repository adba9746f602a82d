"""What a page is made of, for formats that have headings, paragraphs, lists and tables.

It is read off the blocks, their heights and how their lines begin. A doubt makes a paragraph.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from ocrkit.result import Block, Line, PageResult, Table, join_words
from ocrkit.result.hyphens import goes_on, words_of

_TALLER = 1.4
"""Letters above and below the line alone make a line this much less than this taller than another."""
_TALLEST = 2.0
_LONGEST_HEADING = 100
_FEWEST_OTHERS = 3
"""Fewer lines beside a block do not show what is usual on a page."""

_SURE = "bullet"
_SURE_BULLET = re.compile(r"[•‣▪●■➢➤⁃◆]\s*(?=\S)")
# A hyphen or a number may begin any line; two that follow one another are a list.
_BULLET = re.compile(r"([-–*·])\s+(?=\S)")
_NUMBER = re.compile(r"(\d{1,3})([.)])\s+(?=\S)", re.ASCII)

_SPACE = re.compile("[ \t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ufffe\uffff]")


class Span(NamedTuple):
    """A piece of text in one language."""

    text: str
    language: str | None


Row: TypeAlias = tuple[Span, ...]
"""What stands on one line: of the page, or of two where a word or a Chinese sentence goes on."""


@dataclass(frozen=True)
class Paragraph:
    """Lines that follow one another."""

    rows: tuple[Row, ...]
    language: str | None


@dataclass(frozen=True)
class Heading(Paragraph):
    """A short block, clearly taller than the rest of the page."""

    level: int


@dataclass(frozen=True)
class Item(Paragraph):
    """One of a list. `number` is None where it has a bullet."""

    number: int | None


@dataclass(frozen=True)
class Listing:
    """Items with bullets, or with numbers that follow one another."""

    items: tuple[Item, ...]

    @property
    def first(self) -> int | None:
        return self.items[0].number


@dataclass(frozen=True)
class Tabular:
    """A table."""

    table: Table
    language: str | None


Element: TypeAlias = Paragraph | Listing | Tabular


def elements(page: PageResult) -> list[Element]:
    """The page from top to bottom."""
    usual, words, marks = _usual_height(page), words_of(page), _marks(page)
    found: list[Element] = []
    for position, block in enumerate(page.blocks):
        if block.table and block.table.cells:
            found.append(Tabular(block.table, block.language))
            continue
        marked = {line: mark for (where, line), mark in marks.items() if where == position}
        for part in _parts(block, marked, words):
            level = None if isinstance(part, Item) else _heading_level(block, page, usual)
            last = found[-1] if found else None
            if isinstance(part, Item) and isinstance(last, Listing) and _follows(last.items[-1], part):
                found[-1] = Listing((*last.items, part))
            elif isinstance(part, Item):
                found.append(Listing((part,)))
            elif level:
                found.append(Heading(part.rows, part.language, level))
            else:
                found.append(part)
    return found


def cleaned(text: str) -> str:
    """One line: no breaks, one space at a time, and without what is no character at all."""
    return _CONTROL.sub("", _SPACE.sub(" ", text)).strip()


# ── headings ──


def _usual_height(page: PageResult) -> float | None:
    """The height that half of the text has at least."""
    heights = sorted((height, len(line.text)) for line in page.lines if (height := _height(line)))
    half = sum(length for _, length in heights) / 2
    for height, length in heights:
        half -= length
        if half <= 0:
            return height
    return None


def _height(line: Line) -> float:
    """Across the reading direction; 0 where it is not known."""
    if line.polygon and len(line.polygon) == 4:
        first, second, third, fourth = line.polygon
        return (math.dist(first, fourth) + math.dist(second, third)) / 2
    return line.box.height if line.box else 0.0


def _heading_level(block: Block, page: PageResult, usual: float | None) -> int | None:
    text = cleaned(block.text)
    letters = sum(character.isalpha() for character in text)
    if (
        usual is None
        or len(block.lines) > 3
        or len(text) > _LONGEST_HEADING
        or letters < max(2, len(text) / 2)
        or text[-1] in ".,;"
        or sum(len(each.lines) for each in page.blocks if each is not block) < _FEWEST_OTHERS
    ):
        return None
    least = min(_height(line) for line in block.lines) / usual
    return None if least < _TALLER else 1 if least >= _TALLEST else 2


# ── lists ──


class _Mark(NamedTuple):
    """How an item begins."""

    kind: str
    number: int | None
    length: int
    """How much of the line it takes."""


def _marks(page: PageResult) -> dict[tuple[int, int], _Mark]:
    """The lines, by block and line, that begin an item."""
    candidates = [
        ((position, index), mark)
        for position, block in enumerate(page.blocks)
        for index, line in enumerate(block.lines)
        if (mark := _mark(cleaned(line.text)))
    ]
    paired: set[tuple[int, int]] = set()
    for (place, mark), (next_place, next_mark) in pairwise(candidates):
        if next_place[0] - place[0] <= 1 and _continues(mark, next_mark):
            paired |= {place, next_place}
    return {place: mark for place, mark in candidates if mark.kind == _SURE or place in paired}


def _mark(text: str) -> _Mark | None:
    if match := _SURE_BULLET.match(text):
        return _Mark(_SURE, None, match.end())
    if match := _BULLET.match(text):
        return _Mark(match[1], None, match.end())
    if match := _NUMBER.match(text):
        return _Mark(match[2], int(match[1]), match.end())
    return None


def _continues(mark: _Mark, following: _Mark) -> bool:
    if mark.kind != following.kind:
        return False
    return mark.number is None or following.number == mark.number + 1


def _follows(last: Item, item: Item) -> bool:
    return item.number == (None if last.number is None else last.number + 1)


# ── lines ──


def _parts(block: Block, marks: Mapping[int, _Mark], words: frozenset[str]) -> Iterator[Paragraph]:
    """A block as paragraphs and items. A line below an item in its block goes on with it."""
    spans: list[Span] = []
    mark: _Mark | None = None
    for index, line in enumerate(block.lines):
        if index in marks:
            yield from _part(spans, mark, block, words)
            spans, mark = [], marks[index]
        text = cleaned(line.text)
        spans.append(Span(text[mark.length :] if mark and index in marks else text, _language(line, block)))
    yield from _part(spans, mark, block, words)


def _part(
    spans: Sequence[Span], mark: _Mark | None, block: Block, words: frozenset[str]
) -> Iterator[Paragraph]:
    rows = _rows([span for span in spans if span.text], words)
    if rows:
        yield Item(rows, block.language, mark.number) if mark else Paragraph(rows, block.language)


def _language(line: Line, block: Block) -> str | None:
    among = {word.language for word in line.words}
    return line.language or (among.pop() if len(among) == 1 else None) or block.language


def _rows(spans: Sequence[Span], words: frozenset[str]) -> tuple[Row, ...]:
    """The lines, joined where a word goes on or where the script has no spaces."""
    rows: list[list[Span]] = []
    for span in spans:
        last = rows[-1][-1] if rows else None
        if last and goes_on(last.text, span.text, words):
            rows[-1][-1] = Span(last.text[:-1], last.language)
            rows[-1].append(span)
        elif last and join_words([last.text, span.text]) == last.text + span.text:
            rows[-1].append(span)
        else:
            rows.append([span])
    return tuple(tuple(row) for row in rows)
