"""Lines and words with their boxes, from hOCR."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from ocrkit.backends.remote import Call
from ocrkit.geometry import Box, Polygon
from ocrkit.page import Encoded
from ocrkit.result import Block, Line, Word, join_words

_TOLERANCE = 1.0
"""How far a box may exceed the image, in pixels, before it is taken for one of another image."""
_BOX = re.compile(r"\bbbox\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)")
_KINDS = {
    "ocr_page": "page", "ocr_carea": "block", "ocr_par": "block", "ocr_line": "line", "ocrx_line": "line",
    "ocr_header": "line", "ocr_caption": "line", "ocr_textfloat": "line", "ocrx_word": "word",
}  # fmt: skip
_VOID_TAGS = frozenset({"br", "hr", "img", "meta", "link", "input"})


def hocr_blocks(markup: str, image: Encoded, call: Call[Any]) -> list[Block]:
    """The blocks of a page in hOCR; none if it is malformed or belongs to another image."""
    parser = _Parser()
    with contextlib.suppress(AssertionError):  # html.parser raises it for declarations such as `<![1`
        parser.feed(markup)
        parser.close()
    page = next((element for element in parser.root.children if element.kind == "page"), parser.root)
    size = page.box or Box(0, 0, image.width, image.height)
    scale = image.width / size.width, image.height / size.height
    limit = Box(0, 0, image.width, image.height)
    blocks = []
    for group in _line_groups(page):
        lines = [line for element in group if (line := _line(element, scale, call))]
        if any(not _is_inside(line, limit) for line in lines):
            return []
        if lines:
            blocks.append(Block.of(lines))
    return blocks


@dataclass
class _Element:
    """An element of hOCR with its text and its children."""

    kind: str
    box: Box | None
    text: list[str] = field(default_factory=list)
    children: list[_Element] = field(default_factory=list)


class _Parser(HTMLParser):
    """Collects pages, blocks, lines and words, whatever their tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Element("root", None)
        self._open: list[tuple[str, _Element]] = [("", self.root)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        classes = (attributes.get("class") or "").split()
        kind = next((_KINDS[name] for name in classes if name in _KINDS), None)
        element = self._open[-1][1]
        if kind:
            element = _Element(kind, _box(attributes.get("title") or ""))
            self._open[-1][1].children.append(element)
        if tag not in _VOID_TAGS:
            self._open.append((tag, element))

    def handle_endtag(self, tag: str) -> None:
        for position in range(len(self._open) - 1, 0, -1):
            if self._open[position][0] == tag:
                del self._open[position:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1][1].text.append(data)


def _box(title: str) -> Box | None:
    found = _BOX.search(title)
    if not found:
        return None
    try:
        box = Box(*map(float, found.groups()))
    except ValueError:
        return None
    return box if box.width > 0 and box.height > 0 else None


def _line_groups(element: _Element) -> list[list[_Element]]:
    """The lines, grouped by their innermost block."""
    groups: list[list[_Element]] = []
    is_open = False
    for child in element.children:
        if child.kind in ("block", "page"):
            groups += _line_groups(child)
            is_open = False
        elif child.kind in ("line", "word"):
            if not is_open:
                groups.append([])
            groups[-1].append(child)
            is_open = True
    return groups


def _line(element: _Element, scale: tuple[float, float], call: Call[Any]) -> Line | None:
    common: dict[str, Any] = {"language": call.language, "handwritten": call.handwritten}
    children = [element] if element.kind == "word" else element.children
    words = [
        Word(text=text, polygon=_scaled(child.box, scale), **common)
        for child in children
        if child.kind == "word" and (text := _text(child))
    ]
    text = join_words([word.text for word in words]) or _text(element)
    if not text:
        return None
    if element.box:
        common["polygon"] = _scaled(element.box, scale)
    return Line.of(words, **common) if words else Line(text=text, **common)


def _text(element: _Element) -> str:
    return " ".join("".join(element.text).split())


def _scaled(box: Box | None, scale: tuple[float, float]) -> Polygon | None:
    if box is None:
        return None
    x, y = scale
    return Box(box.left * x, box.top * y, box.right * x, box.bottom * y).polygon


def _is_inside(line: Line, limit: Box) -> bool:
    boxes = [part.box for part in (line, *line.words) if part.box]
    return all(
        box.left >= -_TOLERANCE
        and box.top >= -_TOLERANCE
        and box.right <= limit.right + _TOLERANCE
        and box.bottom <= limit.bottom + _TOLERANCE
        for box in boxes
    )
