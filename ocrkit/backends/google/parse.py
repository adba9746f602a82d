"""Google's responses as results. Pure.

The service has no lines: they are built from the breaks after symbols. Its words exclude the punctuation next
to them; words without a break between them become one word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ocrkit.backends.google.errors import CODES, status_name
from ocrkit.backends.google.schema import BlockItem, Envelope, Error, Paragraph, Part, Symbol, WordItem
from ocrkit.backends.remote import (
    Recognition,
    clipped_blocks,
    polygon_of_corners,
    rotation_of_text,
    validated,
)
from ocrkit.geometry import Polygon
from ocrkit.page import Encoded
from ocrkit.result import Block, Line, Word, join_words
from ocrkit.result.blocks import enclosing_polygon

_BREAKS = {1: "SPACE", 2: "SURE_SPACE", 3: "EOL_SURE_SPACE", 4: "HYPHEN", 5: "LINE_BREAK"}
_ENDS = frozenset({"EOL_SURE_SPACE", "HYPHEN", "LINE_BREAK"})
_SPACES = frozenset({"SPACE", "SURE_SPACE"})
_LANGUAGES = {"iw": "he", "und": None, "": None}


def parse(answer: Any, image: Encoded) -> Recognition:
    """The content of a response, which is the whole body as JSON data.

    Raises:
        BackendError: the response is an error, or does not have the expected shape.
    """
    response = validated(Envelope, answer).responses[0]
    if response.error is not None and (response.error.code or response.error.message):
        raise _failure(response.error)
    pages = response.annotation.pages if response.annotation else ()
    blocks = [block for page in pages for item in page.blocks for block in _blocks(item, image)]
    lines = [line.polygon for block in blocks for line in block.lines]
    clipped = clipped_blocks(blocks, image.width, image.height)
    return Recognition(blocks=clipped, rotation=rotation_of_text(lines))


def _failure(error: Error) -> Exception:
    return CODES.error(status_name(error.code), error.message)


def _blocks(item: BlockItem, image: Encoded) -> Iterator[Block]:
    """Each paragraph, and a picture as a block without lines."""
    for paragraph in item.paragraphs:
        lines = list(_lines(paragraph, image))
        if lines:
            yield Block.of(lines)
    if item.kind in ("PICTURE", 3):
        polygon = _polygon(item, image)
        if polygon:
            yield Block(kind="picture", polygon=polygon, confidence=_confidence(item))


@dataclass
class _Piece:
    """A word of the service, or the part of it on one line."""

    text: str
    polygon: Polygon | None
    confidence: float | None
    language: str | None
    space_before: bool = False
    ends_line: bool = False
    space_after: bool = False


@dataclass
class _OpenLine:
    """The words of a line that is not complete yet."""

    text: str = ""
    words: list[list[_Piece]] = field(default_factory=list)
    space: bool = False

    def add(self, piece: _Piece) -> None:
        space = self.space or piece.space_before
        last = self.words[-1][-1].text if self.words else ""
        if self.words and not space and join_words([last, piece.text]) != last + piece.text:
            self.words[-1].append(piece)
        else:
            self.words.append([piece])
        self.text += (" " if space and self.text else "") + piece.text
        self.space = piece.space_after

    def line(self) -> Line:
        words = [_word(pieces) for pieces in self.words]
        languages = {piece.language for pieces in self.words for piece in pieces} - {None}
        language = languages.pop() if len(languages) == 1 else None
        return Line.of(words, text=self.text, language=language)


def _lines(paragraph: Paragraph, image: Encoded) -> Iterator[Line]:
    language = _language(paragraph)
    line = _OpenLine()
    for item in paragraph.words:
        for piece in _pieces(item, image, language):
            if piece.text.strip():
                line.add(piece)
            if piece.ends_line and line.words:
                yield line.line()
                line = _OpenLine()
    if line.words:
        yield line.line()


def _pieces(item: WordItem, image: Encoded, language: str | None) -> Iterator[_Piece]:
    """The parts of a word between its breaks; usually one, with the break after its last symbol."""
    symbols: list[Symbol] = []
    parts: list[tuple[list[Symbol], str]] = []
    space_before = False
    for symbol in item.symbols:
        kind, is_prefix = _break(symbol)
        if kind and is_prefix:
            if symbols:
                parts.append((symbols, kind))
                symbols = []
            else:
                space_before = kind in _SPACES
            kind = ""
        symbols.append(symbol)
        if kind:
            parts.append((symbols, kind))
            symbols = []
    if symbols:
        parts.append((symbols, ""))
    for part, kind in parts:
        outline = _polygon(item, image) if len(parts) == 1 else None
        yield _Piece(
            text="".join(symbol.text for symbol in part) + ("-" if kind == "HYPHEN" else ""),
            polygon=outline or _hull(part, image),
            confidence=_confidence(item),
            language=_language(item) or language,
            space_before=space_before,
            ends_line=kind in _ENDS,
            space_after=kind in _SPACES,
        )
        space_before = False


def _word(pieces: list[_Piece]) -> Word:
    text = "".join(piece.text for piece in pieces)
    parts = [Word(text=piece.text, polygon=piece.polygon) for piece in pieces]
    known = [(piece.confidence, len(piece.text)) for piece in pieces if piece.confidence is not None]
    length = sum(count for _, count in known)
    confidence = sum(value * count for value, count in known) / length if length else None
    languages = {piece.language for piece in pieces}
    language = languages.pop() if len(languages) == 1 else None
    return Word(text=text, polygon=enclosing_polygon(parts), confidence=confidence, language=language)


def _break(symbol: Symbol) -> tuple[str, bool]:
    found = symbol.property.break_ if symbol.property else None
    if found is None:
        return "", False
    kind = _BREAKS.get(found.type, "") if isinstance(found.type, int) else found.type
    return kind if kind in _ENDS | _SPACES else "", found.is_prefix


def _polygon(part: Part, image: Encoded) -> Polygon | None:
    if part.outline is None or len(part.outline.vertices) < 3:
        return None
    corners = [(vertex.x, vertex.y) for vertex in part.outline.vertices]
    return polygon_of_corners(corners, image.width, image.height)


def _hull(symbols: Iterable[Symbol], image: Encoded) -> Polygon | None:
    return enclosing_polygon([Word(text="", polygon=_polygon(symbol, image)) for symbol in symbols])


def _confidence(part: Part) -> float | None:
    """The confidence; the service writes 0 for unknown."""
    return min(1.0, max(0.0, part.confidence)) if part.confidence else None


def _language(part: Part) -> str | None:
    """The main language of a part."""
    found = part.property.languages if part.property else ()
    if not found:
        return None
    code = max(found, key=lambda each: each.confidence or 0.0).code
    return _LANGUAGES.get(code, code)
