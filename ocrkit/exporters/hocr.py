"""hOCR 1.2, XHTML of text and its layout for viewers, editors and tools that make searchable PDFs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ocrkit.exporters import _xml as xml
from ocrkit.exporters._numbers import format_decimal
from ocrkit.exporters._outline import Outline, page_outline, region_outline
from ocrkit.exporters.base import StreamingExporter
from ocrkit.result import Block, Cell, DocumentResult, Line, PageResult, Region, Trace, Word

_DOCTYPE = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"'
    ' "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
)
_CAPABILITIES = (
    "ocr_page ocr_carea ocr_table ocr_par ocr_line ocrx_word ocrp_wconf ocrp_lang ocrp_dir ocrp_poly"
)
_END = "</body>\n</html>\n"


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:
    """One `ocr_page` per page."""
    header: str | None = None
    for key, page in xml.pages_with_keys(pages):
        header = _header(head, page.trace) if header is None else ""
        yield f"{header}{_PageWriter(key, page).write(head.source)}\n".encode()
    yield (f"{_header(head, None)}{_END}" if header is None else _END).encode()


def _header(head: DocumentResult, trace: Trace | None) -> str:
    engine = ", ".join(xml.engine_properties(trace).values()) if trace else ""
    system = f"ocrkit {xml.ocrkit_version()}" + (f" ({engine})" if engine else "")
    children = [
        xml.element("title", {}, xml.file_name(head.source) or ""),
        xml.element("meta", {"http-equiv": "Content-Type", "content": "text/html; charset=utf-8"}),
        xml.element("meta", {"name": "ocr-system", "content": system}),
        xml.element("meta", {"name": "ocr-capabilities", "content": _CAPABILITIES}),
    ]
    root = xml.start_tag("html", {"xmlns": "http://www.w3.org/1999/xhtml"})
    return f"{xml.DECLARATION}{_DOCTYPE}{root}\n{xml.parent('head', {}, children)}\n<body>\n"


class _PageWriter:
    """Writes a page and numbers its lines, words and cells."""

    def __init__(self, key: str, page: PageResult) -> None:
        self._key, self._page = key, page
        self._lines = self._words = self._cells = 0

    def write(self, source: str | None) -> str:
        outline, dpi = page_outline(self._page), self._page.dpi
        title = [f'image "{_escape_property(source)}"'] if source else []
        title += [_bbox(outline), f"ppageno {self._page.index}"]
        title += [f"scan_res {dpi:.0f} {dpi:.0f}"] if dpi and dpi >= 1 else []
        blocks = [self._block(block, count, outline) for count, block in enumerate(self._page.blocks, 1)]
        return _container("div", self._attributes("ocr_page", None, title), blocks)

    def _block(self, block: Block, count: int, outer: Outline) -> str:
        outline = region_outline(block, self._page)
        title = [_bbox(outline or outer), *_poly(outline)]
        if block.table:
            cells = [self._cell(cell, block, outline or outer) for cell in block.table.cells if cell.lines]
            attributes = self._attributes("ocr_table", count, title) | _language(block, None)
            return _container("div", attributes, cells)
        paragraph = self._paragraph(f"{count}", block.lines, block, outline or outer)
        return _container("div", self._attributes("ocr_carea", count, title), [paragraph])

    def _cell(self, cell: Cell, block: Block, outer: Outline) -> str:
        """A cell as a paragraph: hOCR has tables, but no cells."""
        lines = [block.lines[index] for index in cell.lines if index < len(block.lines)]
        self._cells += 1
        outline = region_outline(cell, self._page) or outer
        return self._paragraph(f"c{self._cells}", lines, block, outline)

    def _paragraph(self, count: str, lines: Sequence[Line], block: Block, outline: Outline) -> str:
        right_to_left = xml.is_right_to_left(" ".join(line.text for line in lines))
        attributes = self._attributes("ocr_par", count, [_bbox(outline)])
        attributes |= {"dir": "rtl" if right_to_left else None, **_language(block, None)}
        children = [self._line(line, block, outline, block_right_to_left=right_to_left) for line in lines]
        return _container("p", attributes, children)

    def _line(self, line: Line, block: Block, outer: Outline, *, block_right_to_left: bool) -> str:
        self._lines += 1
        outline = region_outline(line, self._page)
        attributes = self._attributes(
            "ocr_line", self._lines, [_bbox(outline or outer), *_line_properties(outline)]
        )
        if (right_to_left := xml.is_right_to_left(line.text)) != block_right_to_left:
            attributes["dir"] = "rtl" if right_to_left else "ltr"
        attributes |= _language(line, block.language)
        # All words are on one row of the file, because white space between them is part of the text.
        words = [
            " " * has_space + self._word(word, line.language or block.language, outline or outer)
            for has_space, word in xml.words_with_spaces(line)
        ]
        return f"{xml.start_tag('span', attributes)}{''.join(words)}</span>"

    def _word(self, word: Word, line_language: str | None, outer: Outline) -> str:
        self._words += 1
        outline = region_outline(word, self._page)
        title = [_bbox(outline or outer), *_poly(outline)]
        title += [f"x_wconf {round(100 * word.confidence)}"] if word.confidence is not None else []
        attributes = self._attributes("ocrx_word", self._words, title) | _language(word, line_language)
        return xml.element("span", attributes, word.text)

    def _attributes(self, kind: str, count: int | str | None, title: list[str]) -> dict[str, str | None]:
        stem = "block" if kind in ("ocr_carea", "ocr_table") else kind.partition("_")[2]
        name = f"{stem}_{self._key}" if count is None else f"{stem}_{self._key}_{count}"
        return {"class": kind, "id": name, "title": "; ".join(title)}


def _container(name: str, attributes: dict[str, str | None], children: list[str]) -> str:
    """An element with an end tag even if it is empty, because HTML parsers read `<div/>` as a start tag."""
    if children:
        return xml.parent(name, attributes, children)
    return f"{xml.start_tag(name, attributes)}</{name}>"


def _escape_property(name: str) -> str:
    """Escape the delimiters of properties, at which readers split even inside quotes."""
    return name.replace('"', "%22").replace(";", "%3B")


def _bbox(outline: Outline) -> str:
    return f"bbox {outline.left} {outline.top} {outline.right} {outline.bottom}"


def _poly(outline: Outline | None) -> list[str]:
    if outline is None or outline.is_box:
        return []
    return ["poly " + " ".join(f"{x} {y}" for x, y in outline.points)]


def _line_properties(outline: Outline | None) -> list[str]:
    """`poly`, then `textangle` for more than 45 degrees or `baseline` for less, then `x_size`."""
    if outline is None:
        return []
    properties = _poly(outline)
    (x1, y1), (x2, y2) = outline.baseline[0], outline.baseline[-1]
    if abs(outline.angle) > 45:
        properties.append(f"textangle {format_decimal(-outline.angle % 360, 2)}")
    elif x1 != x2 and y1 != y2:
        slope = (y2 - y1) / (x2 - x1)
        offset = round(y1 - outline.bottom - slope * (x1 - outline.left))
        properties.append(f"baseline {format_decimal(slope)} {offset}")
    return [*properties, f"x_size {format_decimal(outline.line_height, 1)}"]


def _language(region: Region, outer: str | None) -> dict[str, str | None]:
    tag = xml.language_tag(region.language)
    return {} if tag is None or tag == outer else {"lang": tag, "xml:lang": tag}


export = StreamingExporter(_stream)
