"""Markdown with headings, lists and tables (CommonMark with GitHub's tables and strikethrough, UTF-8).

The first row of a table is its header. Text that looks like markup is escaped. In a document of several
pages, each page begins with a comment such as `<!-- page 2 -->`. A horizontal rule would be visible, could be
mistaken for a rule on the page, and could not hold the page number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ocrkit.exporters._structure import (
    DocumentStructure,
    Element,
    Heading,
    ItemList,
    Paragraph,
    TableElement,
    TextLine,
)
from ocrkit.exporters.base import StreamingExporter
from ocrkit.result import DocumentResult, PageResult
from ocrkit.result.table_formats import escape_markdown

# Markup at the start of a line: headings, quotes, list items, rules, underlines of headings and tables.
_LINE_START = re.compile(r"^(?=#{1,6}(?: |$)|>|[-+](?: |$)|[-=:]+ *$)")
_LINE_NUMBER = re.compile(r"^(\d{1,9})(?=[.)](?: |$))", re.ASCII)
_CLOSING_HASHES = re.compile(r"(?<![#])(?=#+$)")


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:
    """The elements of all pages, with a line break at the end."""
    separator = ""
    structure = DocumentStructure()
    for page in pages:
        elements = [_element(element) for element in structure.elements(page)]
        if not elements:
            continue
        if head.page_count > 1:
            elements.insert(0, f"<!-- page {page.number} -->")
        yield (separator + "\n\n".join(elements)).encode()
        separator = "\n\n"
    yield b"\n"


def _element(element: Element) -> str:
    if isinstance(element, TableElement):
        return element.table.to_markdown()
    if isinstance(element, Heading):
        text = " ".join(_inline(line) for line in element.lines)
        return "#" * element.level + " " + _CLOSING_HASHES.sub(r"\\", text)
    if isinstance(element, ItemList):
        return "\n".join(
            marker + _lines(item, indent=" " * len(marker))
            for marker, item in zip(_markers(element), element.items, strict=True)
        )
    return _lines(element)


def _markers(items: ItemList) -> list[str]:
    first, count = items.first_number, len(items.items)
    return ["- "] * count if first is None else [f"{number}. " for number in range(first, first + count)]


def _lines(paragraph: Paragraph, indent: str = "") -> str:
    return f"\n{indent}".join(_escape_start(_inline(line)) for line in paragraph.lines)


def _inline(line: TextLine) -> str:
    return escape_markdown("".join(span.text for span in line))


def _escape_start(text: str) -> str:
    return _LINE_NUMBER.sub(r"\1\\", _LINE_START.sub(r"\\", text))


export = StreamingExporter(_stream)
