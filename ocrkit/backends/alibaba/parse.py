"""Alibaba's answers as results: pure."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import pydantic
from pydantic import BeforeValidator

from ocrkit.backends.alibaba.errors import CODES
from ocrkit.backends.alibaba.request import Call
from ocrkit.errors import BadResponseError
from ocrkit.geometry import Point, Polygon, Transform, bounding_box
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

ENGINE = "Alibaba Cloud OCR"

_CARDS: Mapping[str, Mapping[str, str]] = {
    "RecognizeIdcard": {
        "name": "name", "sex": "sex", "ethnicity": "ethnicity", "birthDate": "birth_date",
        "address": "address", "idNumber": "id_number", "issueAuthority": "authority",
        "validPeriod": "valid_until",
    },
    "RecognizeBankCard": {
        "cardNumber": "card_number", "bankName": "bank_name", "cardType": "card_type",
        "validToDate": "valid_until",
    },
}  # fmt: skip
_DATES = frozenset({"birth_date", "valid_until"})
_FINE = frozenset({"", "200"})


def parse(reply: Any, sent: Encoded, call: Call) -> PageResult:
    """The result that a reply is; raises the error that it is, or `BadResponseError`.

    Args:
        reply: the whole answer as JSON data.
        sent: the picture that was read.
        call: what was asked.
    """
    head = validated(_Head, reply)
    try:
        found = _found(head, sent, call)
    except BadResponseError as error:
        error.request_id = head.request_id
        raise
    engine = Engine(name=ENGINE, model=call.action)
    decision = Decision(topic="endpoint", choice=str(call), reason=call.reason)
    trace = Trace(backend="alibaba", engine=engine, request_id=head.request_id, decisions=(decision,))
    return PageResult(width=sent.width, height=sent.height, trace=trace, **found)


def _found(head: _Head, sent: Encoded, call: Call) -> dict[str, Any]:
    """What the result has besides its size and its trace."""
    if head.code not in _FINE and not head.data:
        row = CODES.row(head.code)
        if row.error is not None:
            raise CODES.error(head.code, head.message, request_id=head.request_id)
        return {"warnings": (row.advice,) if row.advice else ()}
    if call.action in _CARDS:
        return _card(validated(_Cards, head.data), _CARDS[call.action])
    answer = validated(_Text, head.data)
    blocks = tuple(_blocks(answer, _View(answer, sent), call))
    return {"blocks": blocks, "rotation": upright_turn(answer.angle)}


class _View:
    """From the picture that the service saw to the one that was sent.

    Where it was asked to put the page upright, its coordinates are those of the upright picture: turned back
    by `angle` around the middle, on paper as large as that needs.
    """

    def __init__(self, answer: _Text, sent: Encoded) -> None:
        self._sent = sent
        seen = (answer.width or sent.width, answer.height or sent.height)
        whole = (answer.original_width or sent.width, answer.original_height or sent.height)
        if answer.angle and answer.angle % 90 == 0:
            turns = upright_turn(answer.angle) // 90
            back = Transform.quarter_turns(turns, *whole).inverse()
        elif answer.angle:
            turn = Transform.shift(-seen[0] / 2, -seen[1] / 2).then(Transform.rotation(answer.angle))
            back = turn.then(Transform.shift(whole[0] / 2, whole[1] / 2))
        else:
            back = Transform.scaling(whole[0] / seen[0], whole[1] / seen[1])
        self._back = back.then(Transform.scaling(sent.width / whole[0], sent.height / whole[1]))

    def outline(self, corners: Sequence[_Corner]) -> Polygon | None:
        points = self._back.polygon(Point(corner.x, corner.y) for corner in corners)
        return outline(points, self._sent.width, self._sent.height)


# ── text and tables ──


def _blocks(answer: _Text, view: _View, call: Call) -> Iterator[Block]:
    """Paragraphs, and tables where the first of their lines stands."""
    tables = {table.identity: table for table in answer.tables if table.cells}
    inside: dict[str, list[_WordFound]] = defaultdict(list)
    for item in answer.words:
        if item.table in tables:
            inside[item.table].append(item)
    waiting = dict(tables)
    for (table, _), group in itertools.groupby(answer.words, key=lambda item: (item.table, item.paragraph)):
        if table not in tables:
            lines = [_line(item, view, call) for item in group if item.text.strip()]
            if lines:
                yield Block.of(lines)
        elif table in waiting:
            yield _table(waiting.pop(table), inside[table], view, call)
    for identity, table in waiting.items():
        yield _table(table, inside[identity], view, call)


def _line(item: _WordFound, view: _View, call: Call) -> Line:
    edge = view.outline(item.corners)
    places = [view.outline(character.corners) for character in item.characters]
    if not _are_inside(places, edge):
        places = [None] * len(places)
    characters = [
        Character(each.text, place, share(each.confidence))
        for each, place in zip(item.characters, places, strict=True)
    ]
    return Line(
        text=item.text,
        words=words(item.text, characters),
        polygon=edge,
        confidence=share(item.confidence),
        handwritten=call.handwritten,
    )


def _are_inside(places: Sequence[Polygon | None], edge: Polygon | None) -> bool:
    """Whether characters stand in their line.

    The vendor does not say what their coordinates are; a line's own `x` and `y` are of the line laid level.
    """
    if edge is None:
        return False
    line = bounding_box(edge)
    middles = [bounding_box(place).center for place in places if place]
    return all(line.nearest(middle) == middle for middle in middles)


def _table(found: _TableFound, items: Sequence[_WordFound], view: _View, call: Call) -> Block:
    own: dict[str, list[_WordFound]] = defaultdict(list)
    for item in items:
        own[item.cell].append(item)
    lines: list[Line] = []
    cells: list[dict[str, Any]] = []
    for each in sorted(found.cells, key=lambda cell: (cell.row, cell.column)):
        first = len(lines)
        lines += [_line(item, view, call) for item in own[each.identity] if item.text.strip()]
        edge = view.outline(each.corners)
        if len(lines) == first and each.text.strip():  # the service told the cell and not its lines
            text = " ".join(each.text.split())
            lines.append(Line(text=text, polygon=edge, handwritten=call.handwritten))
        cells.append(
            {
                "text": "\n".join(line.text for line in lines[first:]),
                "row": each.row,
                "column": each.column,
                "row_span": max(1, each.row_end - each.row + 1),
                "column_span": max(1, each.column_end - each.column + 1),
                "lines": tuple(range(first, len(lines))),
                "polygon": edge,
                "handwritten": call.handwritten,
            }
        )
    table = table_of(cells, _around(found.cells, view))
    return Block.of(lines, kind="table", table=table, **({"polygon": table.polygon} if table.polygon else {}))


def _around(cells: Sequence[_CellFound], view: _View) -> Polygon | None:
    corners = [Point(corner.x, corner.y) for cell in cells for corner in cell.corners]
    if not corners:
        return None
    return view.outline([_Corner.model_construct(x=x, y=y) for x, y in bounding_box(corners).polygon])


# ── cards ──


def _card(answer: _Cards, names: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Field] = {}
    lines: list[Line] = []
    for side in answer.sides:
        sure = {pair.key: share(pair.confidence) for pair in side.pairs}
        for key, name in names.items():
            told = side.values.get(key)
            text = " ".join(told.split()) if isinstance(told, str) else ""
            if not text:
                continue
            confidence = sure.get(key)
            lines.append(Line(text=text, confidence=confidence))
            period = period_values(text) if name == "valid_until" else None
            if period:
                fields["valid_from"] = Field(value=period[0], confidence=confidence)
                text = period[1]
            value = date_value(text) if name in _DATES else text
            fields[name] = Field(value=value, confidence=confidence)
    return {"fields": fields, "blocks": (Block.of(lines),) if lines else ()}


# ── the shapes of the answers ──


def _name(value: Any) -> Any:
    """What is counted here and named there: `7` and `"7"` are the same table."""
    return "" if value is None else str(value) if isinstance(value, int) else value


def _json(value: Any) -> Any:
    """JSON in a string, as the vendor sends it."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value.strip() else None
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None


_Name = Annotated[str, BeforeValidator(_name)]


class _Head(ResponseModel):
    request_id: str | None = pydantic.Field(None, alias="RequestId")
    code: _Name = pydantic.Field("", alias="Code")
    message: str | None = pydantic.Field(None, alias="Message")
    data: Annotated[Any, BeforeValidator(_json)] = pydantic.Field(None, alias="Data")


class _Corner(ResponseModel):
    x: float
    y: float


class _CharacterFound(ResponseModel):
    text: str = pydantic.Field(alias="word")
    confidence: float | None = pydantic.Field(None, alias="prob")
    x: float | None = None
    y: float | None = None
    width: float | None = pydantic.Field(None, alias="w")
    height: float | None = pydantic.Field(None, alias="h")

    @property
    def corners(self) -> list[_Corner]:
        if self.x is None or self.y is None or self.width is None or self.height is None:
            return []
        right, bottom = self.x + self.width, self.y + self.height
        places = ((self.x, self.y), (right, self.y), (right, bottom), (self.x, bottom))
        return [_Corner.model_construct(x=x, y=y) for x, y in places]


class _WordFound(ResponseModel):
    text: str = pydantic.Field(alias="word")
    confidence: float | None = pydantic.Field(None, alias="prob")
    corners: Several[_Corner] = pydantic.Field((), alias="pos")
    characters: Several[_CharacterFound] = pydantic.Field((), alias="charInfo")
    paragraph: _Name = pydantic.Field("", alias="paragraphId")
    table: _Name = pydantic.Field("", alias="tableId")
    cell: _Name = pydantic.Field("", alias="tableCellId")


class _CellFound(ResponseModel):
    identity: _Name = pydantic.Field("", alias="tableCellId")
    text: str = pydantic.Field("", alias="word")
    column: int = pydantic.Field(alias="xsc")
    column_end: int = pydantic.Field(alias="xec")
    row: int = pydantic.Field(alias="ysc")
    row_end: int = pydantic.Field(alias="yec")
    corners: Several[_Corner] = pydantic.Field((), alias="pos")


class _TableFound(ResponseModel):
    identity: _Name = pydantic.Field("", alias="tableId")
    cells: Several[_CellFound] = pydantic.Field((), alias="cellInfos")


class _Text(ResponseModel):
    words: tuple[_WordFound, ...] = pydantic.Field(alias="prism_wordsInfo")
    tables: Several[_TableFound] = pydantic.Field((), alias="prism_tablesInfo")
    angle: float | None = None
    width: float | None = pydantic.Field(None, gt=0, le=1e6)
    height: float | None = pydantic.Field(None, gt=0, le=1e6)
    original_width: float | None = pydantic.Field(None, alias="orgWidth", gt=0, le=1e6)
    original_height: float | None = pydantic.Field(None, alias="orgHeight", gt=0, le=1e6)


class _Pair(ResponseModel):
    key: str
    confidence: float | None = pydantic.Field(None, alias="valueProb")


class _Side(ResponseModel):
    values: dict[str, Any] = pydantic.Field(default_factory=dict, alias="data")
    pairs: Several[_Pair] = pydantic.Field((), alias="prism_keyValueInfo")


class _Cards(ResponseModel):
    data: dict[str, Any]

    @property
    def sides(self) -> list[_Side]:
        """An identity card has a face and a back, each around its values; a bank card is its values."""
        inner = [self.data[side] for side in ("face", "back") if self.data.get(side) is not None]
        return [validated(_Side, side) for side in inner] or [
            _Side.model_construct(values=self.data, pairs=())
        ]
