"""Read ground truth from hOCR, which is HTML and need not be well-formed XML."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from typing import NamedTuple

from ocrkit.errors import SourceError
from ocrkit.evaluate.truth_files import feed, number
from ocrkit.geometry import Box
from ocrkit.result import join_words

_BBOX = re.compile(r"bbox\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)")
_VOID_TAGS = frozenset({"br", "img", "meta", "link", "hr", "input"})
_LINES = frozenset({"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat", "ocrx_line"})


class MarkupTruth(NamedTuple):
    """The ground truth of a page, or of the pages of a document in sequence."""

    text: str
    words: tuple[tuple[str, Box], ...]
    """Empty if the words have no boxes, or are on several pages."""
    size: tuple[float, float] | None
    """Width and height of the page in the units of the boxes."""


def read_hocr(text: str, path: str) -> MarkupTruth:
    """The ground truth of a file. Raises `SourceError` if it is no hOCR or has invalid boxes."""
    parser = _HocrParser()
    feed(parser, text, path)
    if not parser.sizes and not parser.lines:
        raise SourceError(
            "has no hOCR elements; mark pages and lines with the classes ocr_page and ocr_line", path=path
        )
    single = len(parser.sizes) == 1
    size = (parser.sizes[0].right, parser.sizes[0].bottom) if single else None
    lines = filter(None, map(join_words, parser.lines))
    return MarkupTruth("\n".join(lines), tuple(parser.words) if single else (), size)


class _OpenElement(NamedTuple):
    tag: str
    name: str
    """Its class of hOCR, or an empty text."""
    box: Box | None
    start: int
    """The number of texts before it."""


class _HocrParser(HTMLParser):
    """The lines, words and page sizes of hOCR. Takes linear time however the elements are nested or open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[list[str]] = []
        self.words: list[tuple[str, Box]] = []
        self.sizes: list[Box] = []
        self._open: list[_OpenElement] = []
        self._open_tags: Counter[str] = Counter()
        self._texts: list[str] = []
        """The texts of the open elements that no closed word or line has taken."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID_TAGS:
            return
        values = dict(attrs)
        classes = (values.get("class") or "").split()
        box = _parse_bbox(values.get("title") or "")
        name = next((each for each in classes if each.startswith("ocr")), "")
        if name == "ocr_page" and box is not None:
            self.sizes.append(box)
        if name in _LINES:
            self.lines.append([])
        self._open.append(_OpenElement(tag, name, box, len(self._texts)))
        self._open_tags[tag] += 1

    def handle_data(self, data: str) -> None:
        if self._open:
            self._texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        if not self._open_tags[tag]:
            return
        while self._open:
            element = self._open.pop()
            self._open_tags[element.tag] -= 1
            self._close(element)
            if element.tag == tag:
                return

    def _close(self, element: _OpenElement) -> None:
        """Take the text of a word, or of a line without words."""
        is_word = element.name == "ocrx_word"
        is_line = element.name in ("ocr_line", "ocrx_line") and not self.lines[-1]
        if not (is_word or is_line):
            return
        text = " ".join("".join(self._texts[element.start :]).split())
        del self._texts[element.start :]
        if not text:
            return
        if not self.lines:
            self.lines.append([])
        self.lines[-1].append(text)
        if is_word and element.box is not None:
            self.words.append((text, element.box))


def _parse_bbox(title: str) -> Box | None:
    found = _BBOX.search(title)
    return Box(*map(number, found.groups())) if found else None
