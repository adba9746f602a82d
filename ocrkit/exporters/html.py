"""HTML with headings, lists, tables and languages, in one file without scripts (UTF-8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import PurePath

from ocrkit.exporters._structure import (
    DocumentStructure,
    Element,
    Heading,
    ItemList,
    Paragraph,
    TableElement,
    TextLine,
    clean_line,
)
from ocrkit.exporters.base import StreamingExporter
from ocrkit.result import DocumentResult, PageResult
from ocrkit.result.table_formats import to_html

_STYLE = (
    "body{max-width:45em;margin:2em auto;padding:0 1em;line-height:1.5}section+section{border-top:1px solid}"
    "table{border-collapse:collapse;margin:1em 0}"
    "th,td{border:1px solid #999;padding:.2em .5em;vertical-align:top;text-align:start}"
)


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:
    """A section for each page, with its headings, paragraphs, lists and tables."""
    title = clean_line(PurePath(head.source).name) if head.source else ""
    yield (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title) or 'Document'}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
    ).encode()
    structure = DocumentStructure()
    for page in pages:
        elements = [
            f'<section id="page-{page.number}" aria-label="{page.number}">',
            *(_element(element) for element in structure.elements(page)),
            "</section>\n",
        ]
        yield "\n".join(elements).encode()
    yield b"</body>\n</html>\n"


def _element(element: Element) -> str:
    if isinstance(element, TableElement):
        return to_html(
            element.table, lambda language: _lang(language) if language != element.language else ""
        )
    if isinstance(element, Heading):
        return _tag(f"h{element.level}", element)
    if isinstance(element, ItemList):
        items = "\n".join(_tag("li", item) for item in element.items)
        if element.first_number is None:
            return f"<ul>\n{items}\n</ul>"
        start = "" if element.first_number == 1 else f' start="{element.first_number}"'
        return f"<ol{start}>\n{items}\n</ol>"
    return _tag("p", element)


def _tag(name: str, paragraph: Paragraph) -> str:
    text = "\n".join(_line(line, paragraph.language) for line in paragraph.lines)
    return f'<{name}{_lang(paragraph.language)} dir="auto">{text}</{name}>'


def _line(line: TextLine, outer_language: str | None) -> str:
    return "".join(
        escape(span.text)
        if span.language == outer_language
        else f"<span{_lang(span.language)}>{escape(span.text)}</span>"
        for span in line
    )


def _lang(language: str | None) -> str:
    return f' lang="{escape(language)}"' if language else ""


export = StreamingExporter(_stream)
