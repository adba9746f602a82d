"""The structure of a page for formats with headings, lists and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from ocrkit.result import Block, Line, PageResult, Table, join_words
from ocrkit.result.hyphens import is_line_break_hyphen, vocabulary
from ocrkit.result.list_markers import ListMarker, find_list_items, parse_marker

_DEFAULT_HEADING_LEVEL = 2

_SPACE = re.compile("[ \t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ufffe\uffff]")


class TextSpan(NamedTuple):
    """A piece of text in one language."""

    text: str
    language: str | None


TextLine: TypeAlias = tuple[TextSpan, ...]
"""A line of the page, or several lines joined where a word or a text without spaces continues."""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of consecutive lines."""

    lines: tuple[TextLine, ...]
    language: str | None


@dataclass(frozen=True)
class Heading(Paragraph):
    """A title or a section heading."""

    level: int


@dataclass(frozen=True)
class ListItem(Paragraph):
    """A list item. `number` is None for an item with a bullet."""

    number: int | None


@dataclass(frozen=True)
class ItemList:
    """A list of items with bullets, or with consecutive numbers."""

    items: tuple[ListItem, ...]

    @property
    def first_number(self) -> int | None:
        return self.items[0].number


@dataclass(frozen=True)
class TableElement:
    """A table and its language."""

    table: Table
    language: str | None


Element: TypeAlias = Paragraph | ItemList | TableElement


class DocumentStructure:
    """The elements of the pages of a document, one page after the other.

    The words of the pages so far tell which words were divided at the ends of lines.
    """

    def __init__(self) -> None:
        self._words: set[str] = set()

    def elements(self, page: PageResult) -> list[Element]:
        """The elements of the next page in reading order."""
        self._words |= vocabulary(page)
        return _page_elements(page, self._words)


def _page_elements(page: PageResult, words: AbstractSet[str]) -> list[Element]:
    markers = _list_markers(page)
    elements: list[Element] = []
    for position, block in enumerate(page.blocks):
        if block.table and block.table.cells:
            elements.append(TableElement(block.table, block.language))
            continue
        for paragraph in _paragraphs(block, markers[position], words):
            if isinstance(paragraph, ListItem):
                _add_item(elements, paragraph)
            elif block.kind == "heading":
                level = block.level or _DEFAULT_HEADING_LEVEL
                elements.append(Heading(paragraph.lines, paragraph.language, level))
            else:
                elements.append(paragraph)
    return elements


def clean_line(text: str) -> str:
    """The text on one line, with single spaces and without control characters."""
    return _CONTROL.sub("", _SPACE.sub(" ", text)).strip()


# ── lists ──


def _list_markers(page: PageResult) -> list[dict[int, ListMarker]]:
    """The list markers of each block, by line. The first line of a list needs no second item as evidence."""
    lists = [
        [clean_line(line.text) for line in block.lines] if block.kind == "list" else []
        for block in page.blocks
    ]
    markers: list[dict[int, ListMarker]] = [{} for _ in lists]
    for (block, line), marker in find_list_items(lists).items():
        markers[block][line] = marker
    for block, texts in enumerate(lists):
        if texts and (first := parse_marker(texts[0])):
            markers[block][0] = first
    return markers


def _add_item(elements: list[Element], item: ListItem) -> None:
    """Add an item to the list before it if it continues that list, else to a new list."""
    last = elements[-1] if elements else None
    if isinstance(last, ItemList) and _continues(last.items[-1], item):
        elements[-1] = ItemList((*last.items, item))
    else:
        elements.append(ItemList((item,)))


def _continues(last: ListItem, item: ListItem) -> bool:
    return item.number == (None if last.number is None else last.number + 1)


# ── lines ──


def _paragraphs(
    block: Block, markers: Mapping[int, ListMarker], words: AbstractSet[str]
) -> Iterator[Paragraph]:
    """The paragraphs and list items of a block. Lines without a marker belong to the item above them."""
    spans: list[TextSpan] = []
    marker: ListMarker | None = None
    for index, line in enumerate(block.lines):
        text = clean_line(line.text)
        if index in markers:
            yield from _paragraph(spans, marker, block, words)
            spans, marker = [], markers[index]
            text = text[marker.length :]
        spans.append(TextSpan(text, _language(line, block)))
    yield from _paragraph(spans, marker, block, words)


def _paragraph(
    spans: Sequence[TextSpan], marker: ListMarker | None, block: Block, words: AbstractSet[str]
) -> Iterator[Paragraph]:
    lines = _join_lines([span for span in spans if span.text], words)
    if lines:
        yield (ListItem(lines, block.language, marker.number) if marker else Paragraph(lines, block.language))


def _language(line: Line, block: Block) -> str | None:
    of_words = {word.language for word in line.words}
    return line.language or (of_words.pop() if len(of_words) == 1 else None) or block.language


def _join_lines(spans: Sequence[TextSpan], words: AbstractSet[str]) -> tuple[TextLine, ...]:
    """The lines, joined where a divided word continues or the script has no spaces."""
    lines: list[list[TextSpan]] = []
    for span in spans:
        last = lines[-1][-1] if lines else None
        if last and is_line_break_hyphen(last.text, span.text, words, last.language):
            lines[-1][-1] = TextSpan(last.text[:-1], last.language)
            lines[-1].append(span)
        elif last and join_words([last.text, span.text]) == last.text + span.text:
            lines[-1].append(span)
        else:
            lines.append([span])
    return tuple(map(tuple, lines))
