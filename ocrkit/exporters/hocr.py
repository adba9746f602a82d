"""hOCR 1.2: text with places as XHTML, for viewers, correctors and tools that make PDFs searchable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ocrkit.exporters import _xml as xml
from ocrkit.exporters._xml import Place
from ocrkit.exporters.base import Streamed
from ocrkit.result import Block, Cell, DocumentResult, Line, PageResult, Region, Trace, Word

_DOCTYPE = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"'
    ' "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
)
_ABILITIES = "ocr_page ocr_carea ocr_table ocr_par ocr_line ocrx_word ocrp_wconf ocrp_lang ocrp_dir ocrp_poly"
_END = "</body>\n</html>\n"


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:
    """One `ocr_page` for each page."""
    lead: str | None = None
    for key, page in xml.keyed(pages):
        lead = _beginning(head, page.trace) if lead is None else ""
        yield f"{lead}{_Writer(key, page).page(head.source)}\n".encode()
    yield (_END if lead is not None else f"{_beginning(head, None)}{_END}").encode()


def _beginning(head: DocumentResult, trace: Trace | None) -> str:
    facts = ", ".join(xml.engine_facts(trace).values()) if trace else ""
    system = f"ocrkit {xml.own_version()}" + (f" ({facts})" if facts else "")
    inside = [
        xml.leaf("title", {}, xml.file_name(head.source) or ""),
        xml.leaf("meta", {"http-equiv": "Content-Type", "content": "text/html; charset=utf-8"}),
        xml.leaf("meta", {"name": "ocr-system", "content": system}),
        xml.leaf("meta", {"name": "ocr-capabilities", "content": _ABILITIES}),
    ]
    root = xml.start("html", {"xmlns": "http://www.w3.org/1999/xhtml"})
    return f"{xml.DECLARATION}{_DOCTYPE}{root}\n{xml.branch('head', {}, inside)}\n<body>\n"


class _Writer:
    """Writes one page: what stands on it is counted through."""

    def __init__(self, key: str, page: PageResult) -> None:
        self._key, self._page = key, page
        self._lines = self._words = self._cells = 0

    def page(self, source: str | None) -> str:
        place, dpi = xml.whole_page(self._page), self._page.dpi
        title = [f'image "{_quotable(source)}"'] if source else []
        title += [_bbox(place), f"ppageno {self._page.index}"]
        title += [f"scan_res {dpi:.0f} {dpi:.0f}"] if dpi and dpi >= 1 else []
        blocks = [self._block(each, count, place) for count, each in enumerate(self._page.blocks, 1)]
        return _holding("div", self._named("ocr_page", None, title), blocks)

    def _block(self, block: Block, count: int, around: Place) -> str:
        place = xml.placed(block, self._page)
        title = [_bbox(place or around), *_poly(place)]
        if block.table:
            parts = [self._cell(cell, block, place or around) for cell in block.table.cells if cell.lines]
            return _holding("div", self._named("ocr_table", count, title) | _language(block, None), parts)
        paragraph = self._paragraph(f"{count}", block.lines, block, place or around)
        return _holding("div", self._named("ocr_carea", count, title), [paragraph])

    def _cell(self, cell: Cell, block: Block, around: Place) -> str:
        """The format has tables and no cells: each is a paragraph."""
        lines = [block.lines[index] for index in cell.lines if index < len(block.lines)]
        self._cells += 1
        place = xml.placed(cell, self._page) or around
        return self._paragraph(f"c{self._cells}", lines, block, place)

    def _paragraph(self, count: str, lines: Sequence[Line], block: Block, place: Place) -> str:
        backwards = xml.right_to_left(" ".join(line.text for line in lines))
        inner = {"dir": "rtl" if backwards else None, **_language(block, None)}
        written = [self._line(line, block, place, backwards=backwards) for line in lines]
        return _holding("p", self._named("ocr_par", count, [_bbox(place)]) | inner, written)

    def _line(self, line: Line, block: Block, around: Place, *, backwards: bool) -> str:
        self._lines += 1
        place = xml.placed(line, self._page)
        attributes = self._named("ocr_line", self._lines, [_bbox(place or around), *_lie(place)])
        if (own := xml.right_to_left(line.text)) != backwards:
            attributes["dir"] = "rtl" if own else "ltr"
        # On one row: between two words there is a space where the text has one, and else nothing.
        words = [
            " " * gap + self._word(word, line.language or block.language, place or around)
            for gap, word in xml.spaced(line)
        ]
        return f"{xml.start('span', attributes | _language(line, block.language))}{''.join(words)}</span>"

    def _word(self, word: Word, outer: str | None, around: Place) -> str:
        self._words += 1
        place = xml.placed(word, self._page)
        title = [_bbox(place or around), *_poly(place)]
        title += [f"x_wconf {round(100 * word.confidence)}"] if word.confidence is not None else []
        attributes = self._named("ocrx_word", self._words, title) | _language(word, outer)
        return xml.leaf("span", attributes, word.text)

    def _named(self, kind: str, count: int | str | None, title: list[str]) -> dict[str, str | None]:
        stem = "block" if kind in ("ocr_carea", "ocr_table") else kind.partition("_")[2]
        name = f"{stem}_{self._key}" if count is None else f"{stem}_{self._key}_{count}"
        return {"class": kind, "id": name, "title": "; ".join(title)}


def _holding(name: str, attributes: dict[str, str | None], children: list[str]) -> str:
    """With an end tag even when it is empty: to readers of HTML, `<div/>` is a start."""
    return xml.branch(name, attributes, children) if children else f"{xml.start(name, attributes)}</{name}>"


def _quotable(name: str) -> str:
    """A property cannot hold its own delimiters; readers split at each of them."""
    return name.replace('"', "%22").replace(";", "%3B")


def _bbox(place: Place) -> str:
    return f"bbox {place.left} {place.top} {place.right} {place.bottom}"


def _poly(place: Place | None) -> list[str]:
    if place is None or place.upright:
        return []
    return ["poly " + " ".join(f"{x} {y}" for x, y in place.points)]


def _lie(place: Place | None) -> list[str]:
    """How a line lies: turned by a quarter or so as an angle, less than that as the slope it rests on."""
    if place is None:
        return []
    said = _poly(place)
    (x1, y1), (x2, y2) = place.side[0], place.side[-1]
    if abs(place.angle) > 45:
        said.append(f"textangle {xml.number(-place.angle % 360, 2)}")
    elif x1 != x2 and y1 != y2:
        slope = (y2 - y1) / (x2 - x1)
        said.append(f"baseline {xml.number(slope)} {round(y1 - place.bottom - slope * (x1 - place.left))}")
    return [*said, f"x_size {xml.number(place.size, 1)}"]


def _language(region: Region, outer: str | None) -> dict[str, str | None]:
    tag = xml.language(region.language)
    return {} if tag is None or tag == outer else {"lang": tag, "xml:lang": tag}


export = Streamed(_stream)
