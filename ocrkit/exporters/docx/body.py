"""The document body of a DOCX file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ocrkit.exporters import _xml as xml
from ocrkit.exporters._structure import (
    DocumentStructure,
    Element,
    Heading,
    ItemList,
    Paragraph,
    TableElement,
    TextLine,
    TextSpan,
    clean_line,
)
from ocrkit.exporters.docx.parts import BULLET_LIST, NAMESPACE
from ocrkit.exporters.docx.runs import runs
from ocrkit.result import Cell, PageResult, Table

# Lengths are in twips, twentieths of a point, unless a comment says otherwise.
_TWIPS_PER_INCH = 1440
_MIN_PAPER, _MAX_PAPER = 1.0, 22.0  # inches; Word does not support larger paper
_MARGIN = 1134  # 2 cm
_TABLE_WIDTH = 9638  # A4 without the margins; Word fits the columns to their content
_A4 = (11_906, 16_838)

_PAGE_BREAK = "<w:pageBreakBefore/>"


class BodyWriter:
    """Writes the pages of a document, and numbers their lists."""

    def __init__(self) -> None:
        self.lists: list[int] = []
        """The first number of each numbered list."""
        self._paper: tuple[int, int] | None = None
        self._page_break = ""
        self._structure = DocumentStructure()

    def start(self) -> str:
        return f"{xml.DECLARATION}<w:document {NAMESPACE}><w:body>\n"

    def page(self, page: PageResult) -> str:
        """The elements of a page. A blank page leaves nothing, not even a page break."""
        if self._paper is None:
            self._paper = _paper_size(page)
        elements = self._structure.elements(page)
        written = "".join(f"{part}\n" for element in elements for part in self._element(element))
        if written:
            self._page_break = _PAGE_BREAK
        return written

    def end(self) -> str:
        width, height = self._paper or _A4
        orientation = ' w:orient="landscape"' if width > height else ""
        margins = " ".join(f'w:{side}="{_MARGIN}"' for side in ("top", "right", "bottom", "left"))
        return (
            f'<w:sectPr><w:pgSz w:w="{width}" w:h="{height}"{orientation}/>'
            f'<w:pgMar {margins} w:header="709" w:footer="709" w:gutter="0"/></w:sectPr>'
            "</w:body></w:document>\n"
        )

    def _element(self, element: Element) -> Iterator[str]:
        if isinstance(element, Heading):
            yield _paragraph(element.lines, _Properties(f"Heading{element.level}", self._take_page_break()))
        elif isinstance(element, Paragraph):
            yield _paragraph(element.lines, _Properties(page_break=self._take_page_break()))
        elif isinstance(element, TableElement):
            if self._page_break:  # a table cannot have one
                yield _paragraph((), _Properties(page_break=self._take_page_break()))
            yield _table(element)
        else:
            yield from self._list(element)

    def _list(self, items: ItemList) -> Iterator[str]:
        if items.first_number is not None:
            self.lists.append(items.first_number)
        list_id = BULLET_LIST if items.first_number is None else BULLET_LIST + len(self.lists)
        for item in items.items:
            yield _paragraph(item.lines, _Properties("ListParagraph", self._take_page_break(), list_id))

    def _take_page_break(self) -> str:
        """The page break for the first paragraph of a page; later calls return nothing."""
        page_break, self._page_break = self._page_break, ""
        return page_break


# ── paragraphs ──


class _Properties(NamedTuple):
    """The properties of a paragraph."""

    style: str = ""
    page_break: str = ""
    list_id: int | None = None


def _paragraph(lines: Sequence[TextLine], properties: _Properties) -> str:
    style, page_break, list_id = properties
    right_to_left = xml.is_right_to_left("".join(span.text for line in lines for span in line))
    written = "".join(
        [
            f'<w:pStyle w:val="{style}"/>' if style else "",
            page_break,
            f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{list_id}"/></w:numPr>' if list_id else "",
            "<w:bidi/>" if right_to_left else "",
        ]
    )
    content = "".join(run for text, language in _joined(lines) for run in runs(text, language))
    return f"<w:p>{f'<w:pPr>{written}</w:pPr>' if written else ''}{content}</w:p>"


def _joined(lines: Sequence[TextLine]) -> Iterator[TextSpan]:
    """The spans of all lines, with a space between two lines."""
    for line_number, line in enumerate(lines):
        for span_number, (text, language) in enumerate(line):
            yield TextSpan(f" {text}" if line_number and not span_number else text, language)


# ── tables ──


def _table(element: TableElement) -> str:
    """A table and an empty paragraph after it, because Word merges adjacent tables."""
    table = element.table
    columns = f'<w:gridCol w:w="{_TABLE_WIDTH // table.column_count}"/>' * table.column_count
    rows = "".join(
        f"<w:tr>{''.join(_cells(table, row, element.language))}</w:tr>" for row in range(table.row_count)
    )
    right_to_left = "<w:bidiVisual/>" if xml.is_right_to_left(table.text) else ""
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/>{right_to_left}'
        '<w:tblW w:w="0" w:type="auto"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl><w:p/>"
    )


def _cells(table: Table, row: int, language: str | None) -> Iterator[str]:
    """The cells that begin in a row, those that span it, and empty ones between them."""
    column = 0
    for cell in sorted(_cells_that_cover(table, row), key=lambda cell: cell.column):
        yield from ("<w:tc><w:tcPr/><w:p/></w:tc>" for _ in range(column, cell.column))
        spans = f'<w:gridSpan w:val="{cell.column_span}"/>' if cell.column_span > 1 else ""
        if cell.row_span > 1:
            spans += '<w:vMerge w:val="restart"/>' if cell.row == row else "<w:vMerge/>"
        text = clean_line(cell.text) if cell.row == row else ""
        lines = ((TextSpan(text, cell.language or language),),) if text else ()
        yield f"<w:tc><w:tcPr>{spans}</w:tcPr>{_paragraph(lines, _Properties())}</w:tc>"
        column = cell.column + cell.column_span
    yield from ("<w:tc><w:tcPr/><w:p/></w:tc>" for _ in range(column, table.column_count))


def _cells_that_cover(table: Table, row: int) -> Iterator[Cell]:
    return (cell for cell in table.cells if cell.row <= row < cell.row + cell.row_span)


# ── paper ──


def _paper_size(page: PageResult) -> tuple[int, int]:
    """The size of the upright page; A4 where the resolution is unknown or wrong."""
    width, height = (page.width, page.height) if page.rotation % 180 == 0 else (page.height, page.width)
    inches = (width / page.dpi, height / page.dpi) if page.dpi else (0.0, 0.0)
    if min(inches) >= _MIN_PAPER and max(inches) <= _MAX_PAPER:
        return round(inches[0] * _TWIPS_PER_INCH), round(inches[1] * _TWIPS_PER_INCH)
    return _A4 if width <= height else (_A4[1], _A4[0])
