"""The truth in PAGE XML, ALTO or hOCR: the text, and where its words stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET
from xml.parsers import expat

from ocrkit.errors import SourceError
from ocrkit.geometry import Box, Point, bounding_box
from ocrkit.result import join_words

_BBOX = re.compile(r"bbox\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)")


class Marked(NamedTuple):
    """A page, or the pages of a document one after the other."""

    text: str
    words: tuple[tuple[str, Box], ...]
    """Empty where they have no places, or stand on several pages."""
    size: tuple[float, float] | None


def read(path: Path) -> Marked:
    """Raises `SourceError` where it is none of the three, or broken."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", path=str(path)) from error
    if path.suffix in (".hocr", ".html"):
        return _hocr(data.decode("utf-8", "replace"), str(path))
    root = _root(data, str(path))
    name = _name(root)
    readers: dict[str, Callable[[ET.Element], Marked]] = {"PcGts": _page_xml, "alto": _alto}
    if name == "html":
        return _hocr(data.decode("utf-8", "replace"), str(path))
    if name not in readers:
        raise SourceError(f"<{name}> is neither PAGE XML nor ALTO nor hOCR", path=str(path))
    try:
        return readers[name](root)
    except (ValueError, TypeError) as error:
        raise SourceError(f"is broken: {error}", path=str(path)) from error


def is_foreign(path: Path) -> bool:
    """Whether it is XML of another kind, as other programs put beside a page."""
    if path.suffix != ".xml":
        return False
    return _name(_root(path.read_bytes(), str(path))) not in ("PcGts", "alto", "html")


def _root(data: bytes, path: str) -> ET.Element:
    """The tree of a file, which may be anybody's: entities can be made to explode, and are refused."""
    builder = ET.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def refuse(name: str, *_: object) -> None:
        raise SourceError(f"defines the entity '{name}', which is not taken from a truth", path=path)

    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(data, True)  # noqa: FBT003 – expat takes it by place only
        return builder.close()
    except expat.ExpatError as error:
        raise SourceError(f"is not well-formed XML: {error}", path=path) from None


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _below(element: ET.Element, name: str) -> Iterator[ET.Element]:
    """All inside with this name, in whatever version of the namespace."""
    return (each for each in element.iter() if _name(each) == name)


def _children(element: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in element if _name(each) == name]


# ── PAGE XML ──


def _page_xml(root: ET.Element) -> Marked:
    page = next(_below(root, "Page"), None)
    if page is None:
        raise ValueError("it has no <Page>")
    lines, words = [], []
    for region in _in_order(page):
        for line in _children(region, "TextLine"):
            parts = _children(line, "Word")
            lines.append(_unicode(line) or join_words([_unicode(part) or "" for part in parts]))
            words += [(_unicode(part) or "", _outline(part)) for part in parts]
        if not _children(region, "TextLine") and (text := _unicode(region)):
            lines.append(text)
    size = (float(page.get("imageWidth") or 0), float(page.get("imageHeight") or 0))
    placed = tuple((text, box) for text, box in words if box is not None and text.strip())
    return Marked("\n".join(lines), placed, size if all(size) else None)


def _in_order(page: ET.Element) -> list[ET.Element]:
    """The regions of text, as the reading order has them; those that it leaves out come last."""
    regions = list(_below(page, "TextRegion"))
    order = [
        reference.get("regionRef")
        for group in _below(page, "ReadingOrder")
        for reference in group.iter()
        if reference.get("regionRef")
    ]
    place = {name: number for number, name in enumerate(order)}
    return sorted(regions, key=lambda region: place.get(region.get("id"), len(place)))


def _unicode(element: ET.Element) -> str | None:
    equivalents = _children(element, "TextEquiv")
    first = min(equivalents, key=lambda each: int(each.get("index") or 0), default=None)
    found = next(_below(first, "Unicode"), None) if first is not None else None
    return found.text if found is not None else None


def _outline(element: ET.Element) -> Box | None:
    for coords in _children(element, "Coords"):
        points = [point.split(",") for point in (coords.get("points") or "").split()]
        if points:
            return bounding_box(Point(float(x), float(y)) for x, y in points)
    return None


# ── ALTO ──


def _alto(root: ET.Element) -> Marked:
    pages = list(_below(root, "Page"))
    unit = next((each.text for each in _below(root, "MeasurementUnit")), "pixel")
    lines, words = [], []
    for page in pages:
        for line in _below(page, "TextLine"):
            parts = _children(line, "String")
            texts = [part.get("CONTENT") or "" for part in parts]
            hyphen = next((each.get("CONTENT") or "-" for each in _children(line, "HYP")), "")
            lines.append(join_words(texts) + hyphen)
            words += [(text, _place(part)) for text, part in zip(texts, parts, strict=True)]
    # In tenths of millimetres the places say nothing before the resolution is known.
    single = len(pages) == 1 and unit == "pixel"
    placed = tuple((text, box) for text, box in words if box is not None and text.strip())
    size = (float(pages[0].get("WIDTH") or 0), float(pages[0].get("HEIGHT") or 0)) if pages else (0.0, 0.0)
    return Marked("\n".join(lines), placed if single else (), size if single and all(size) else None)


def _place(element: ET.Element) -> Box | None:
    numbers = [element.get(name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
    if any(number is None for number in numbers):
        return None
    left, top, width, height = (float(number or 0) for number in numbers)
    return Box(left, top, left + width, top + height)


# ── hOCR ──


class _Hocr(HTMLParser):
    """hOCR is HTML, and need not be well-formed XML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[list[str]] = []
        self.words: list[tuple[str, Box]] = []
        self.sizes: list[Box] = []
        self._open: list[tuple[str, str, Box | None, list[str]]] = []
        """Elements that are open: tag, class, place, and the text in them."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "img", "meta", "link", "hr", "input"):
            return
        values = dict(attrs)
        kind = (values.get("class") or "").split()
        box = _bbox(values.get("title") or "")
        name = next((each for each in kind if each.startswith("ocr")), "")
        if name == "ocr_page" and box is not None:
            self.sizes.append(box)
        if name in ("ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat", "ocrx_line"):
            self.lines.append([])
        self._open.append((tag, name, box, []))

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1][3].append(data)

    def handle_endtag(self, tag: str) -> None:
        if not any(each[0] == tag for each in self._open):
            return
        while self._open:
            open_tag, name, box, texts = self._open.pop()
            text = "".join(texts)
            if name == "ocrx_word" and text.strip():
                (self.lines or [self._first()])[-1].append(text.strip())
                if box is not None:
                    self.words.append((text.strip(), box))
            elif name in ("ocr_line", "ocrx_line") and text.strip() and not self.lines[-1]:
                self.lines[-1].append(" ".join(text.split()))
            elif self._open:
                self._open[-1][3].extend(texts)
            if open_tag == tag:
                return

    def _first(self) -> list[str]:
        self.lines.append([])
        return self.lines[-1]


def _bbox(title: str) -> Box | None:
    found = _BBOX.search(title)
    return Box(*map(float, found.groups())) if found else None


def _hocr(text: str, path: str) -> Marked:
    parser = _Hocr()
    parser.feed(text)
    parser.close()
    if not parser.sizes and not parser.lines:
        raise SourceError("has no page and no line of hOCR (class ocr_page, ocr_line)", path=path)
    single = len(parser.sizes) == 1
    size = (parser.sizes[0].right, parser.sizes[0].bottom) if single else None
    return Marked("\n".join(_joined(parser.lines)), tuple(parser.words) if single else (), size)


def _joined(lines: Iterable[list[str]]) -> Iterator[str]:
    return (line for line in map(join_words, lines) if line)
