"""Markdown (CommonMark with the tables and strikethroughs of GitHub, UTF-8).

Blocks are paragraphs, clearly taller ones headings, lines with bullets or running numbers lists, and tables
tables, whose first row is their head. Whatever else Markdown would take for markup is escaped. A page of
several is announced by a comment, `<!-- page 2 -->`: a rule would be seen, could be taken for one on the
paper, and would not say which page it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ocrkit.exporters._structure import Element, Heading, Listing, Paragraph, Row, Tabular, elements
from ocrkit.exporters.base import Streamed
from ocrkit.result import DocumentResult, PageResult
from ocrkit.result.table_formats import escaped_markdown

# At the start of a line: headings, quotes, items, rules, underlines of headings and of tables.
_START = re.compile(r"^(?=#{1,6}(?: |$)|>|[-+](?: |$)|[-=:]+ *$)")
_NUMBER = re.compile(r"^(\d{1,9})(?=[.)](?: |$))", re.ASCII)
_CLOSING = re.compile(r"(?<![#])(?=#+$)")


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:
    """The text of all pages, ending in a line break."""
    gap = ""
    for page in pages:
        parts = [_element(element) for element in elements(page)]
        if not parts:
            continue
        if head.page_count > 1:
            parts.insert(0, f"<!-- page {page.number} -->")
        yield (gap + "\n\n".join(parts)).encode()
        gap = "\n\n"
    yield b"\n"


def _element(element: Element) -> str:
    if isinstance(element, Tabular):
        return element.table.to_markdown()
    if isinstance(element, Heading):
        text = " ".join(_inline(row) for row in element.rows)
        return "#" * element.level + " " + _CLOSING.sub(r"\\", text)
    if isinstance(element, Listing):
        first = element.first
        numbers = range(first or 0, (first or 0) + len(element.items))
        leads = ["- "] * len(numbers) if first is None else [f"{number}. " for number in numbers]
        return "\n".join(
            lead + _lines(item, indent=" " * len(lead))
            for lead, item in zip(leads, element.items, strict=True)
        )
    return _lines(element)


def _lines(paragraph: Paragraph, indent: str = "") -> str:
    return f"\n{indent}".join(_start(_inline(row)) for row in paragraph.rows)


def _inline(row: Row) -> str:
    return escaped_markdown("".join(span.text for span in row))


def _start(text: str) -> str:
    return _NUMBER.sub(r"\1\\", _START.sub(r"\\", text))


export = Streamed(_stream)
