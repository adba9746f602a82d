"""What a page is made of, for formats that have headings, lists and tables: its blocks by kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from ocrkit.result import Block, Line, PageResult, Table, join_words
from ocrkit.result.hyphens import goes_on, words_of
from ocrkit.result.list_markers import Mark, items_of, mark_of

_LEVEL = 2
"""Of a heading of which no more is known."""

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
    """A title, or what a section begins with."""

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
    words = words_of(page)
    listed = [
        [cleaned(line.text) for line in block.lines] if block.kind == "list" else [] for block in page.blocks
    ]
    marks = items_of(listed)
    found: list[Element] = []
    for position, block in enumerate(page.blocks):
        if block.table and block.table.cells:
            found.append(Tabular(block.table, block.language))
            continue
        marked = {line: mark for (where, line), mark in marks.items() if where == position}
        if listed[position] and (mark := mark_of(listed[position][0])):
            marked[0] = mark
        for part in _parts(block, marked, words):
            last = found[-1] if found else None
            if isinstance(part, Item) and isinstance(last, Listing) and _follows(last.items[-1], part):
                found[-1] = Listing((*last.items, part))
            elif isinstance(part, Item):
                found.append(Listing((part,)))
            elif block.kind == "heading":
                found.append(Heading(part.rows, part.language, block.level or _LEVEL))
            else:
                found.append(part)
    return found


def cleaned(text: str) -> str:
    """One line: no breaks, one space at a time, and without what is no character at all."""
    return _CONTROL.sub("", _SPACE.sub(" ", text)).strip()


# ── lists ──


def _follows(last: Item, item: Item) -> bool:
    return item.number == (None if last.number is None else last.number + 1)


# ── lines ──


def _parts(block: Block, marks: Mapping[int, Mark], words: frozenset[str]) -> Iterator[Paragraph]:
    """A block as paragraphs and items. A line below an item in its block goes on with it."""
    spans: list[Span] = []
    mark: Mark | None = None
    for index, line in enumerate(block.lines):
        if index in marks:
            yield from _part(spans, mark, block, words)
            spans, mark = [], marks[index]
        text = cleaned(line.text)
        spans.append(Span(text[mark.length :] if mark and index in marks else text, _language(line, block)))
    yield from _part(spans, mark, block, words)


def _part(
    spans: Sequence[Span], mark: Mark | None, block: Block, words: frozenset[str]
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
