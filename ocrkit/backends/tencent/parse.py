"""Tencent's responses as results. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ocrkit.backends.remote import (
    Call,
    Character,
    Recognition,
    TableBuilder,
    confidence_of_percent,
    polygon_of_corners,
    upright_rotation,
    validated,
    words_of_characters,
)
from ocrkit.backends.tencent.documents import CARDS, parse_card, parse_invoices
from ocrkit.backends.tencent.errors import CODES
from ocrkit.backends.tencent.options import Action
from ocrkit.backends.tencent.schema import (
    Corner,
    Envelope,
    Head,
    TableCell,
    TableItem,
    TableResponse,
    TextLine,
    TextResponse,
)
from ocrkit.errors import BadResponseError
from ocrkit.geometry import Point, Polygon
from ocrkit.page import Encoded
from ocrkit.result import Block, Line

_LANGUAGES = {
    "ara": "ar", "dan": "da", "en": "en", "fin": "fi", "fre": "fr", "ger": "de", "hi": "hi", "hol": "nl",
    "hun": "hu", "ita": "it", "jap": "ja", "kor": "ko", "may": "ms", "nor": "no", "por": "pt", "rus": "ru",
    "spa": "es", "swe": "sv", "tha": "th", "vie": "vi",
}  # fmt: skip


def parse(answer: Any, image: Encoded, call: Call[Action]) -> Recognition:
    """The content of a response, which is the whole body as JSON data.

    Raises:
        BackendError: the response is an error, or does not have the expected shape.
    """
    response = validated(Envelope, answer).response
    head = validated(Head, response)
    if head.error is not None:
        if not CODES.means_empty(head.error.code):
            raise CODES.error(head.error.code, head.error.message, request_id=head.request_id)
        return Recognition.nothing(CODES.row(head.error.code).advice, request_id=head.request_id)
    try:
        return _content(response, head, image, call)
    except BadResponseError as error:
        error.request_id = head.request_id
        raise


def _content(response: Mapping[str, Any], head: Head, image: Encoded, call: Call[Action]) -> Recognition:
    if call.endpoint in CARDS:
        card = parse_card(response, CARDS[call.endpoint])
        return card.model_copy(update={"request_id": head.request_id})
    if call.endpoint == "RecognizeGeneralInvoice":
        return parse_invoices(response).model_copy(update={"request_id": head.request_id})
    is_table = call.endpoint == "RecognizeTableAccurateOCR"
    blocks = _tables(response, image) if is_table else _paragraphs(response, image, call)
    angle = head.angle if head.angle is not None else head.misspelt_angle
    return Recognition(blocks=blocks, rotation=upright_rotation(angle), request_id=head.request_id)


# ── text ──


def _paragraphs(response: Mapping[str, Any], image: Encoded, call: Call[Action]) -> tuple[Block, ...]:
    text = validated(TextResponse, response)
    language = _LANGUAGES.get(text.language or "")  # `zh` is Chinese with English, not the language of a line
    lines = ((item.paragraph, _line(item, image, call, language)) for item in text.lines if item.text.strip())
    return tuple(
        Block.of(line for _, line in group) for _, group in itertools.groupby(lines, key=lambda pair: pair[0])
    )


def _line(item: TextLine, image: Encoded, call: Call[Action], language: str | None) -> Line:
    polygons = [_polygon(place.corners, image) for place in item.places]
    if len(polygons) != len(item.characters):
        polygons = [None] * len(item.characters)
    characters = [
        Character(each.text, polygon, confidence_of_percent(each.confidence))
        for each, polygon in zip(item.characters, polygons, strict=True)
    ]
    return Line(
        text=item.text,
        words=words_of_characters(item.text, characters),
        polygon=_polygon(item.polygon, image),
        confidence=confidence_of_percent(item.confidence),
        language="zh" if item.language == "zh" else _LANGUAGES.get(item.language or "", language),
        handwritten=call.handwritten,
    )


def _polygon(corners: Sequence[Corner], image: Encoded) -> Polygon | None:
    return polygon_of_corners([(corner.x, corner.y) for corner in corners], image.width, image.height)


# ── tables ──


def _tables(response: Mapping[str, Any], image: Encoded) -> tuple[Block, ...]:
    return tuple(_table(each, image) for each in validated(TableResponse, response).tables if each.cells)


def _table(item: TableItem, image: Encoded) -> Block:
    if item.kind == 0:
        cells = sorted(item.cells, key=lambda cell: (cell.row, cell.column))
        return Block.of(line for cell in cells for line in _cell_lines(cell, image))
    table = TableBuilder()
    for cell in item.cells:
        table.add(
            _cell_lines(cell, image),
            text=cell.text,
            row=cell.row,
            column=cell.column,
            row_span=cell.row_end - cell.row,
            column_span=cell.column_end - cell.column,
            polygon=_polygon(cell.polygon, image),
            confidence=_cell_confidence(cell),
        )
    return table.block(_polygon(item.polygon, image))


def _cell_confidence(cell: TableCell) -> float | None:
    return confidence_of_percent(cell.confidence or None)  # the service writes 0 for unknown


def _cell_lines(cell: TableCell, image: Encoded) -> Iterator[Line]:
    """The lines of a cell. Only the cell has a polygon, so its height is divided evenly among them."""
    polygon = _polygon(cell.polygon, image)
    texts = [text for text in cell.text.split("\n") if text.strip()]
    for number, text in enumerate(texts):
        band = _band(polygon, number / len(texts), (number + 1) / len(texts)) if polygon else None
        yield Line(text=text, polygon=band, confidence=_cell_confidence(cell))


def _band(polygon: Polygon, start: float, end: float) -> Polygon:
    """The part of a quadrilateral between two fractions of its height."""
    if len(polygon) != 4:
        return polygon
    top_left, top_right, bottom_right, bottom_left = polygon

    def between(a: Point, b: Point, part: float) -> Point:
        return Point(a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part)

    return (
        between(top_left, bottom_left, start),
        between(top_right, bottom_right, start),
        between(top_right, bottom_right, end),
        between(top_left, bottom_left, end),
    )
