"""Scan the bytes of a PDF, before it is decoded, for content that can exhaust time or memory.

pdfium decodes on trust: a form that draws other forms ten times each, in ten levels, takes hours and 2 kB.
It is impossible to list all such constructs, so the question is the opposite one: is everything in this file
of a kind that takes time in proportion to its size? Scans and plain text are. All other files are decoded in
a process of their own, which has limits (`ocrkit.sources.contained`). A harmless file that is not recognized
as such costs the start of that process, nothing else.

The file is not parsed, because pdfium repairs damaged files and may find other objects in it than a parser
would. All bytes are searched for names and streams instead, whatever objects they belong to.
"""

from __future__ import annotations

import math
import mmap
import re
import zlib
from collections.abc import Iterator
from typing import TypeAlias

from ocrkit.config.settings import SourceOptions
from ocrkit.sources.codestreams import ImageSize, jbig2_size, jpeg2000_size, jpeg_size
from ocrkit.sources.content import Content

Bytes: TypeAlias = bytes | mmap.mmap

_MAX_DICTIONARY = 8192
_MAX_STREAM = 4 << 20  # of one stream that is not an image, decompressed
_MAX_STREAMS = 64 << 20  # of all of them
_MAX_DRAWINGS = 2000
_MAX_FORM_WORK = 16 << 20  # bytes of forms, times how often they are drawn
_MAX_IMAGE_WORK = 4_000_000_000  # pixels of images, times how often they are drawn
_MAX_INLINE_PIXELS = 4_000_000
_MAX_NESTING = 32

_SPACE = rb"[\0\t\n\f\r ]"
_HAZARDS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("encryption", re.compile(rb"/Encrypt\b")),
    ("tiling patterns", re.compile(rb"/PatternType(?!" + _SPACE + rb"*2\b)")),
    ("programmed functions", re.compile(rb"/FunctionType(?!" + _SPACE + rb"*[023]\b)")),
    ("mesh shadings", re.compile(rb"/ShadingType(?!" + _SPACE + rb"*[23]\b)")),
    ("fonts made of drawings", re.compile(rb"/Type3\b")),
    ("soft masks", re.compile(rb"/(?:Luminosity|Alpha)\b")),
    ("annotations", re.compile(rb"/(?:AP|AcroForm|XFA)\b")),
)  # fmt: skip
_ESCAPED_NAME = re.compile(rb"/[A-Za-z0-9]{0,20}#[0-9A-Fa-f]{2}[A-Za-z0-9#]{0,40}")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_KNOWN_NAMES = re.compile(
    rb"/(?:Encrypt|PatternType|FunctionType|ShadingType|Type3|Luminosity|Alpha|AP|AcroForm|XFA|Filter|Subtype"
    rb"|Image|Form|Width|Height|\w+Decode|ObjStm|Type)\b"
)
_STREAM = re.compile(rb"stream[^\r\n]{0,80}(?:\r\n|\r|\n)")
_LENGTH = re.compile(rb"/Length" + _SPACE + rb"+(\d{1,10})" + _SPACE + rb"*[/>]")
_IMAGE = re.compile(rb"/Subtype" + _SPACE + rb"*/Image\b")
_ANY_FILTER = re.compile(rb"/(\w+Decode|Fl|LZW|A85|AHx|RL|CCF|DCT|Crypt)\b")
_WIDTH = re.compile(rb"/Width" + _SPACE + rb"+(\d{1,10})" + _SPACE + rb"*[/>]")
_HEIGHT = re.compile(rb"/Height" + _SPACE + rb"+(\d{1,10})" + _SPACE + rb"*[/>]")
_HEADERS = {
    b"DCTDecode": jpeg_size,
    b"DCT": jpeg_size,
    b"JPXDecode": jpeg2000_size,
    b"JBIG2Decode": jbig2_size,
}
_BILEVEL = frozenset({b"JBIG2Decode", b"CCITTFaxDecode", b"CCF"})
# Every repetition is bounded: an expression that backtracks would be a hazard of its own. An expression that
# begins with a letter is found ten times as fast as one that begins with what may lie before it.
_DRAW = re.compile(rb"/[^/\s]{1,127}" + _SPACE + rb"{1,20}Do\b")
_DASH = re.compile(rb"\](?<!\[\])(?<!\[ \])" + _SPACE + rb"{0,20}[-+.\d]{1,20}" + _SPACE + rb"{1,20}d\b")
_MARKED = re.compile(rb"(?:BMC|BDC|EMC)(?<!\w...)\b")
_SAVED = re.compile(rb"[qQ](?<![^\0\t\n\f\r ].)(?=[\0\t\n\f\r ]|$)")
_INLINE = re.compile(rb"BI(?<!\w..)\b(.{0,300}?)\bID\b", re.DOTALL)
_INLINE_SIDE = re.compile(rb"/(?:W|Width|H|Height)" + _SPACE + rb"*(\d+)")


def hazard_of(content: Content, options: SourceOptions) -> str | None:
    """Why a PDF is decoded in a separate process, in words; None for a harmless file."""
    if content.path is None:
        return _Look(content.data, options).hazard()
    with content.open() as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _Look(data, options).hazard()


class _Look:
    """One scan of a file. Collects how much is drawn, and how often."""

    def __init__(self, data: Bytes, options: SourceOptions) -> None:
        self._data = data
        self._max_pixels = options.max_pixels
        self._inflated = 0
        self._drawings = 0
        self._nested = 1.0
        """How often the forms may draw one another, at most."""
        self._largest_form = 0
        self._largest_image = 0

    def hazard(self) -> str | None:
        return _name_hazard(self._data) or self._stream_hazard() or self._work_hazard()

    def _stream_hazard(self) -> str | None:
        looked_at, enough = 0, 2 * len(self._data) + _MAX_STREAMS
        for dictionary, body in _streams(self._data):
            looked_at += len(body) + _MAX_DICTIONARY // 16
            if dictionary is None:
                return "an object that is too long"
            if looked_at > enough:
                return "overlapping streams"
            is_image = _IMAGE.search(dictionary)
            found = self._image(dictionary, body) if is_image else self._other(dictionary, body)
            if found:
                return found
        return None

    def _work_hazard(self) -> str | None:
        drawn = self._drawings * self._nested
        if drawn > _MAX_DRAWINGS:
            return "many nested drawings"
        if drawn * self._largest_form > _MAX_FORM_WORK or drawn * self._largest_image > _MAX_IMAGE_WORK:
            return "large drawings that are repeated"
        return None

    def _image(self, dictionary: bytes, body: bytes) -> str | None:
        widths, heights = _WIDTH.findall(dictionary), _HEIGHT.findall(dictionary)
        filters = _ANY_FILTER.findall(dictionary)
        if len(widths) != 1 or len(heights) != 1 or len(filters) > 1:
            return "an unusual image"
        stated = ImageSize(int(widths[0]), int(heights[0]))
        name = filters[0] if filters else b""
        limit = self._max_pixels * (8 if name in _BILEVEL else 1)
        actual = _HEADERS[name](bytes(body)) if name in _HEADERS else stated
        if actual is None or max(stated.pixels, actual.pixels) > limit:
            return "an image that is too large"
        if actual.pixels > 2 * stated.pixels + 65536:
            return "an image that is larger than stated"
        self._largest_image = max(self._largest_image, actual.pixels)
        return None

    def _other(self, dictionary: bytes, body: bytes) -> str | None:
        """Content streams, forms, object streams, fonts and tables."""
        filters = _ANY_FILTER.findall(dictionary)
        if b"/Width" in dictionary:
            return "an unusual image"
        if len(filters) > 1 or (filters and filters[0] not in (b"FlateDecode", b"Fl")):
            return "unusual compression"
        text = _inflate(body) if filters else body
        if text is None or len(text) > _MAX_STREAM:
            return "a large or damaged stream"
        self._inflated += len(text)
        if self._inflated > _MAX_STREAMS:
            return "large streams"
        if b"/ObjStm" in dictionary:
            return "predictors" if b"/Predictor" in dictionary else _name_hazard(text)
        return self._drawn(text, is_form=b"/Subtype" in dictionary)

    def _drawn(self, text: bytes, *, is_form: bool) -> str | None:
        if _DASH.search(text):
            return "dashed lines"
        if _is_deep(_MARKED, text, b"EMC") or _is_deep(_SAVED, text, b"Q"):
            return "deeply nested content"
        for match in _INLINE.finditer(text):
            sides = [int(side[:10]) for side in _INLINE_SIDE.findall(match[1])]
            if math.prod(sides) > _MAX_INLINE_PIXELS:
                return "a large inline image"
        drawings = len(_DRAW.findall(text))
        if is_form:
            self._largest_form = max(self._largest_form, len(text))
            self._nested = min(1e9, self._nested * (1 + drawings))
        else:
            self._drawings = max(self._drawings, drawings)
        return None


def _name_hazard(data: Bytes) -> str | None:
    for hazard, pattern in _HAZARDS:
        if pattern.search(data):
            return hazard
    for match in _ESCAPED_NAME.finditer(data):
        name = _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), match[0])
        if _KNOWN_NAMES.match(name):
            return "a hidden name"
    return None


def _streams(data: Bytes) -> Iterator[tuple[bytes | None, bytes]]:
    """The dictionary and the data of everything that may be a stream; None for a long dictionary."""
    for match in _STREAM.finditer(data):
        start = match.start()
        if data[max(0, start - 3) : start] == b"end":
            continue
        before = data[max(0, start - _MAX_DICTIONARY) : start]
        begin = before.rfind(b"obj")
        if begin < 0:
            yield None, b""
            continue
        yield before[begin:], data[match.end() : _end(data, match.end(), before[begin:])]


def _end(data: Bytes, start: int, dictionary: bytes) -> int:
    """The end of a stream, or a later offset: its data may contain `endstream`, its length may be wrong."""
    end = data.find(b"endstream", start)
    length = _LENGTH.search(dictionary)
    beyond = int(length[1]) if length else _MAX_DICTIONARY
    return min(len(data), max(len(data) if end < 0 else end, start + beyond))


def _inflate(data: bytes) -> bytes | None:
    """Decompressed data; None if it is damaged, cut off or too long."""
    engine = zlib.decompressobj()
    try:
        text = engine.decompress(data, _MAX_STREAM + 1)
    except zlib.error:
        return None
    return text if engine.eof else None


def _is_deep(pattern: re.Pattern[bytes], text: bytes, closing: bytes) -> bool:
    """Whether opening and closing operators are nested too deep."""
    depth = 0
    for operator in pattern.findall(text):
        if operator == closing:
            depth = max(0, depth - 1)
        elif depth == _MAX_NESTING:
            return True
        else:
            depth += 1
    return False
