"""Tencent's answers as results: pure."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import pydantic
from pydantic import BeforeValidator

from ocrkit.backends.tencent.errors import CODES
from ocrkit.backends.tencent.request import Call
from ocrkit.errors import BadResponseError
from ocrkit.geometry import Point, Polygon
from ocrkit.http.parsing import (
    Character,
    ResponseModel,
    Several,
    outline,
    share,
    table_of,
    upright_turn,
    validated,
    words,
)
from ocrkit.page import Encoded
from ocrkit.result import Block, Decision, Engine, Field, Line, PageResult, Trace
from ocrkit.result.fields import date_value, period_values

ENGINE = "Tencent Cloud OCR"

_LANGUAGES = {
    "ara": "ar", "dan": "da", "en": "en", "fin": "fi", "fre": "fr", "ger": "de", "hi": "hi", "hol": "nl",
    "hun": "hu", "ita": "it", "jap": "ja", "kor": "ko", "may": "ms", "nor": "no", "por": "pt", "rus": "ru",
    "spa": "es", "swe": "sv", "tha": "th", "vie": "vi",
}  # fmt: skip
_CARDS: Mapping[str, Mapping[str, str]] = {
    "IDCardOCR": {
        "Name": "name", "Sex": "sex", "Nation": "ethnicity", "Birth": "birth_date", "Address": "address",
        "IdNum": "id_number", "Authority": "authority", "ValidDate": "valid_until",
    },
    "BankCardOCR": {
        "CardNo": "card_number", "BankInfo": "bank_name", "CardType": "card_type", "CardName": "card_name",
        "ValidDate": "valid_until",
    },
}  # fmt: skip
_DATES = frozenset({"birth_date", "valid_until"})
_WARNINGS = {
    -9110: "its dates are not valid", -9111: "its edge is not complete", -9112: "light is reflected by it",
    -9113: "it is a copy", -9114: "it is a picture of a screen",
}  # fmt: skip


def parse(reply: Any, sent: Encoded, call: Call) -> PageResult:
    """The result that a reply is; raises the error that it is, or `BadResponseError`.

    Args:
        reply: the whole answer as JSON data.
        sent: the picture in whose pixels the coordinates are.
        call: what was asked.
    """
    response = validated(_Envelope, reply).response
    head = validated(_Head, response)
    try:
        found = _found(response, head, sent, call)
    except BadResponseError as error:
        error.request_id = head.request_id
        raise
    engine = Engine(name=ENGINE, model=call.action)
    decision = Decision(topic="endpoint", choice=str(call), reason=call.reason)
    trace = Trace(backend="tencent", engine=engine, request_id=head.request_id, decisions=(decision,))
    return PageResult(width=sent.width, height=sent.height, trace=trace, **found)


def _found(response: Mapping[str, Any], head: _Head, sent: Encoded, call: Call) -> dict[str, Any]:
    """What the result has besides its size and its trace."""
    if head.error is not None:
        row = CODES.row(head.error.code)
        if row.error is not None:
            raise CODES.error(head.error.code, head.error.message, request_id=head.request_id)
        return {"warnings": (row.advice,) if row.advice else ()}
    if call.action in _CARDS:
        return _card(response, _CARDS[call.action])
    reading = _tables if call.action == "RecognizeTableAccurateOCR" else _lines
    angle = head.angle if head.angle is not None else head.misspelt_angle
    return {"blocks": reading(response, sent, call), "rotation": upright_turn(angle)}


# ── text ──


def _lines(response: Mapping[str, Any], sent: Encoded, call: Call) -> tuple[Block, ...]:
    answer = validated(_Text, response)
    own = _LANGUAGES.get(answer.language or "")  # `zh` stands for Chinese with English: it tells no line's
    found = (
        (item.paragraph, _line(item, sent, call, own)) for item in answer.detections if item.text.strip()
    )
    return tuple(
        Block.of(line for _, line in group) for _, group in itertools.groupby(found, key=lambda pair: pair[0])
    )


def _line(item: _Detection, sent: Encoded, call: Call, language: str | None) -> Line:
    corners = [_outline(word.corners, sent) for word in item.places]
    if len(corners) != len(item.characters):
        corners = [None] * len(item.characters)
    characters = [
        Character(each.text, corner, share(each.confidence))
        for each, corner in zip(item.characters, corners, strict=True)
    ]
    return Line(
        text=item.text,
        words=words(item.text, characters),
        polygon=_outline(item.polygon, sent),
        confidence=share(item.confidence),
        language="zh" if item.language == "zh" else _LANGUAGES.get(item.language or "", language),
        handwritten=call.handwritten,
    )


# ── tables ──


def _tables(response: Mapping[str, Any], sent: Encoded, _: Call) -> tuple[Block, ...]:
    return tuple(_table(each, sent) for each in validated(_Tables, response).tables if each.cells)


def _table(found: _TableFound, sent: Encoded) -> Block:
    lines: list[Line] = []
    cells: list[dict[str, Any]] = []
    for each in sorted(found.cells, key=lambda cell: (cell.row, cell.column)):
        first = len(lines)
        lines += _cell_lines(each, sent)
        cells.append(
            {
                "text": each.text,
                "row": each.row,
                "column": each.column,
                "row_span": max(1, each.row_end - each.row),
                "column_span": max(1, each.column_end - each.column),
                "lines": tuple(range(first, len(lines))),
                "polygon": _outline(each.polygon, sent),
                "confidence": share(each.confidence or None),  # 0 is what it says where it does not know
            }
        )
    if found.kind == 0:  # text beside the tables
        return Block.of(lines)
    edge = _outline(found.outline, sent)
    table = table_of(cells, edge)
    return Block.of(lines, kind="table", table=table, **({"polygon": edge} if edge else {}))


def _cell_lines(cell: _CellFound, sent: Encoded) -> Iterator[Line]:
    """The lines of a cell. Only the cell's place is known: they are taken to share its height evenly."""
    edge = _outline(cell.polygon, sent)
    texts = [text for text in cell.text.split("\n") if text.strip()]
    for number, text in enumerate(texts):
        band = _band(edge, number / len(texts), (number + 1) / len(texts)) if edge else None
        yield Line(text=text, polygon=band, confidence=share(cell.confidence or None))


def _band(edge: Polygon, start: float, end: float) -> Polygon:
    if len(edge) != 4:
        return edge
    top_left, top_right, bottom_right, bottom_left = edge

    def between(a: Point, b: Point, part: float) -> Point:
        return Point(a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part)

    return (
        between(top_left, bottom_left, start),
        between(top_right, bottom_right, start),
        between(top_right, bottom_right, end),
        between(top_left, bottom_left, end),
    )


# ── cards ──


def _card(response: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    values = validated(_Card, {"values": {key: response.get(key) for key in names}, **response}).values
    fields: dict[str, Field] = {}
    lines: list[Line] = []
    for key, name in names.items():
        text = " ".join((values[key] or "").split())
        if not text:
            continue
        lines.append(Line(text=text))
        period = period_values(text) if name == "valid_until" else None
        if period:
            fields["valid_from"] = Field(value=period[0])
            text = period[1]
        fields[name] = Field(value=date_value(text) if name in _DATES else text)
    codes = validated(_Card, {"values": {}, **response}).warnings
    told = tuple(f"the card: {_WARNINGS.get(code, f'warning {code}')}" for code in codes)
    return {"fields": fields, "blocks": (Block.of(lines),) if lines else (), "warnings": told}


# ── the shapes of the answers ──


class _Corner(ResponseModel):
    x: float = pydantic.Field(alias="X")
    y: float = pydantic.Field(alias="Y")


def _outline(corners: Sequence[_Corner], sent: Encoded) -> Polygon | None:
    return outline([(corner.x, corner.y) for corner in corners], sent.width, sent.height)


def _paragraph(value: Any) -> Any:
    """JSON in a string, of which no more is wanted than the number of the paragraph."""
    try:
        return json.loads(value)["Parag"]["ParagNo"] if isinstance(value, str) and value else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


class _CharacterFound(ResponseModel):
    text: str = pydantic.Field(alias="Character")
    confidence: float | None = pydantic.Field(None, alias="Confidence")


class _WordPlace(ResponseModel):
    corners: Several[_Corner] = pydantic.Field((), alias="WordCoordinate")


class _Detection(ResponseModel):
    text: str = pydantic.Field(alias="DetectedText")
    confidence: float | None = pydantic.Field(None, alias="Confidence")
    polygon: Several[_Corner] = pydantic.Field((), alias="Polygon")
    paragraph: Annotated[Any, BeforeValidator(_paragraph)] = pydantic.Field(None, alias="AdvancedInfo")
    characters: Several[_CharacterFound] = pydantic.Field((), alias="Words")
    places: Several[_WordPlace] = pydantic.Field((), alias="WordCoordPoint")
    language: str | None = pydantic.Field(None, alias="Language")


class _Text(ResponseModel):
    detections: tuple[_Detection, ...] = pydantic.Field(alias="TextDetections")
    language: str | None = pydantic.Field(None, alias="Language")


class _CellFound(ResponseModel):
    text: str = pydantic.Field(alias="Text")
    row: int = pydantic.Field(alias="RowTl")
    row_end: int = pydantic.Field(alias="RowBr")
    column: int = pydantic.Field(alias="ColTl")
    column_end: int = pydantic.Field(alias="ColBr")
    confidence: float | None = pydantic.Field(None, alias="Confidence")
    polygon: Several[_Corner] = pydantic.Field((), alias="Polygon")


class _TableFound(ResponseModel):
    cells: Several[_CellFound] = pydantic.Field((), alias="Cells")
    kind: int | None = pydantic.Field(None, alias="Type")
    outline: Several[_Corner] = pydantic.Field((), alias="TableCoordPoint")


class _Tables(ResponseModel):
    tables: Several[_TableFound] = pydantic.Field(alias="TableDetections")


class _Card(ResponseModel):
    values: dict[str, str | None]
    warnings: Several[int] = pydantic.Field((), alias="WarningCode")


class _Error(ResponseModel):
    code: str = pydantic.Field(alias="Code")
    message: str | None = pydantic.Field(None, alias="Message")


class _Head(ResponseModel):
    request_id: str | None = pydantic.Field(None, alias="RequestId")
    error: _Error | None = pydantic.Field(None, alias="Error")
    angle: float | None = pydantic.Field(None, alias="Angle")
    misspelt_angle: float | None = pydantic.Field(None, alias="Angel")


class _Envelope(ResponseModel):
    response: dict[str, Any] = pydantic.Field(alias="Response")
