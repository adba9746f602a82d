"""The body of the document: pages as paragraphs, lists and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ocrkit.exporters import _xml as xml
from ocrkit.exporters._structure import (
    Element,
    Heading,
    Listing,
    Paragraph,
    Row,
    Span,
    Tabular,
    cleaned,
    elements,
)
from ocrkit.exporters.docx.parts import BULLETS, NAMESPACE
from ocrkit.exporters.docx.runs import runs
from ocrkit.result import Cell, PageResult, Table

_TWIPS = 1440
"""The units of an inch."""
_SMALLEST, _LARGEST = 1.0, 22.0
"""Inches: Word takes no larger paper."""
_MARGIN = 1134  # 2 cm
_TABLE_WIDTH = 9638  # of A4 between the margins; Word makes the columns as wide as they need
_A4 = (11_906, 16_838)

_NEW_PAGE = "<w:pageBreakBefore/>"


class Body:
    """Writes one page after the other, and counts the lists on them."""

    def __init__(self) -> None:
        self.lists: list[int] = []
        """For each numbered list, the number it begins with."""
        self._paper: tuple[int, int] | None = None
        self._ahead = ""

    def beginning(self) -> str:
        return f"{xml.DECLARATION}<w:document {NAMESPACE}><w:body>\n"

    def page(self, page: PageResult) -> str:
        """Nothing for a page without text."""
        if self._paper is None:
            self._paper = _paper(page)
        written = "".join(f"{part}\n" for part in self._parts(page))
        if written:
            self._ahead = _NEW_PAGE
        return written

    def end(self) -> str:
        width, height = self._paper or _A4
        lying = ' w:orient="landscape"' if width > height else ""
        margins = " ".join(f'w:{side}="{_MARGIN}"' for side in ("top", "right", "bottom", "left"))
        return (
            f'<w:sectPr><w:pgSz w:w="{width}" w:h="{height}"{lying}/>'
            f'<w:pgMar {margins} w:header="709" w:footer="709" w:gutter="0"/></w:sectPr>'
            "</w:body></w:document>\n"
        )

    def _parts(self, page: PageResult) -> Iterator[str]:
        """Paragraphs and tables. The first of them begins a page, unless it is that of the document."""
        for element in elements(page):
            yield from self._element(element)

    def _element(self, element: Element) -> Iterator[str]:
        if isinstance(element, Heading):
            look = _Look(f"Heading{element.level}", self._taken())
            yield _paragraph(element.rows, look)
        elif isinstance(element, Paragraph):
            yield _paragraph(element.rows, _Look(new_page=self._taken()))
        elif isinstance(element, Tabular):
            if self._ahead:
                yield _paragraph((), _Look(new_page=self._taken()))
            yield _table(element)
        else:
            yield from self._listing(element)

    def _listing(self, listing: Listing) -> Iterator[str]:
        if listing.first is not None:
            self.lists.append(listing.first)
        number = BULLETS if listing.first is None else BULLETS + len(self.lists)
        for item in listing.items:
            yield _paragraph(item.rows, _Look("ListParagraph", self._taken(), number))

    def _taken(self) -> str:
        """What begins a page, once."""
        ahead, self._ahead = self._ahead, ""
        return ahead


# ── paragraphs ──


class _Look(NamedTuple):
    """The properties of a paragraph."""

    style: str = ""
    new_page: str = ""
    number: int | None = None
    """The list it is an item of."""


def _paragraph(rows: Sequence[Row], look: _Look) -> str:
    backwards = xml.right_to_left("".join(span.text for row in rows for span in row))
    properties = [
        f'<w:pStyle w:val="{look.style}"/>' if look.style else "",
        look.new_page,
        f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{look.number}"/></w:numPr>' if look.number else "",
        "<w:bidi/>" if backwards else "",
    ]
    inside = [run for text, language in _flowing(rows) for run in runs(text, language)]
    said = "".join(properties)
    return f"<w:p>{f'<w:pPr>{said}</w:pPr>' if said else ''}{''.join(inside)}</w:p>"


def _flowing(rows: Sequence[Row]) -> Iterator[Span]:
    """The lines one behind the other, a space between two."""
    for index, row in enumerate(rows):
        for place, (text, language) in enumerate(row):
            yield Span(f" {text}" if index and not place else text, language)


# ── tables ──


def _table(element: Tabular) -> str:
    """Rows of cells, and a paragraph behind them: Word makes one of two tables that touch."""
    table = element.table
    columns = f'<w:gridCol w:w="{_TABLE_WIDTH // table.column_count}"/>' * table.column_count
    rows = "".join(
        f"<w:tr>{''.join(_cells(table, row, element.language))}</w:tr>" for row in range(table.row_count)
    )
    backwards = "<w:bidiVisual/>" if xml.right_to_left(table.text) else ""
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/>{backwards}<w:tblW w:w="0" w:type="auto"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl><w:p/>"
    )


def _cells(table: Table, row: int, language: str | None) -> Iterator[str]:
    """The cells of a row: those that begin in it, those that reach into it, and empty ones in between."""
    column = 0
    for cell in sorted(_reaching(table, row), key=lambda cell: cell.column):
        yield from ("<w:tc><w:tcPr/><w:p/></w:tc>" for _ in range(column, cell.column))
        spans = f'<w:gridSpan w:val="{cell.column_span}"/>' if cell.column_span > 1 else ""
        if cell.row_span > 1:
            spans += '<w:vMerge w:val="restart"/>' if cell.row == row else "<w:vMerge/>"
        text = cleaned(cell.text) if cell.row == row else ""
        inside = _paragraph(((Span(text, cell.language or language),),) if text else (), _Look())
        yield f"<w:tc><w:tcPr>{spans}</w:tcPr>{inside}</w:tc>"
        column = cell.column + cell.column_span
    yield from ("<w:tc><w:tcPr/><w:p/></w:tc>" for _ in range(column, table.column_count))


def _reaching(table: Table, row: int) -> Iterator[Cell]:
    return (cell for cell in table.cells if cell.row <= row < cell.row + cell.row_span)


# ── paper ──


def _paper(page: PageResult) -> tuple[int, int]:
    """The size of the page as it is read, in twentieths of a point; A4 where it is not known."""
    across, down = (page.width, page.height) if page.rotation % 180 == 0 else (page.height, page.width)
    inches = (across / page.dpi, down / page.dpi) if page.dpi else (0.0, 0.0)
    if min(inches) >= _SMALLEST and max(inches) <= _LARGEST:
        return round(inches[0] * _TWIPS), round(inches[1] * _TWIPS)
    return _A4 if across <= down else (_A4[1], _A4[0])
