"""Baidu's responses as results. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ocrkit.backends.baidu.errors import CODES, error_in
from ocrkit.backends.baidu.request import Endpoint
from ocrkit.backends.baidu.schema import (
    BankCardResponse,
    Corner,
    Head,
    IdCardResponse,
    OfficeLine,
    OfficeResponse,
    ReceiptItem,
    ReceiptResponse,
    ReceiptValue,
    Rectangle,
    TableCell,
    TableItem,
    TableResponse,
    TextBeside,
    TextLine,
    TextResponse,
)
from ocrkit.backends.remote import (
    Call,
    Character,
    FieldCollector,
    Recognition,
    Rotation,
    TableBuilder,
    field_value,
    polygon_of_corners,
    validated,
    words_of_characters,
)
from ocrkit.errors import BadResponseError
from ocrkit.geometry import Box, Polygon
from ocrkit.page import Encoded
from ocrkit.result import Block, BlockKind, Field, Handwritten, Line

# The service counts counterclockwise quarter turns of the page; each is undone by a clockwise one.
_ROTATIONS: Mapping[int, Rotation] = {1: 90, 2: 180, 3: 270}
_PAGE_LANGUAGES = {0: "en", 1: "ja", 2: "ko", 3: "zh"}

_ID_CARD = {
    "姓名": "name", "性别": "sex", "民族": "ethnicity", "出生": "birth_date", "住址": "address",
    "公民身份号码": "id_number", "签发机关": "authority", "签发日期": "valid_from", "失效日期": "valid_until",
}  # fmt: skip
_ID_CARD_STATES = {
    "normal": None,
    "reversed_side": None,  # not the requested side, but recognized all the same
    "non_idcard": "it does not seem to be an identity card",
    "other_type_card": "it seems to be another kind of card",
    "blurred": "it is blurred",
    "over_exposure": "it is too bright, or reflects light",
    "over_dark": "it is too dark",
    "unknown": "the service is not sure what it is",
}
_BANK_CARD_TYPES = {"1": "借记卡", "2": "贷记卡", "3": "准贷记卡", "4": "预付费卡"}
_MONTH_AND_YEAR = re.compile(r"(\d\d)/(\d\d)")
_RECEIPT = {
    "shop_name": "merchant", "receipt_num": "number", "consumption_date": "date",
    "consumption_time": "time", "total_amount": "total", "currency": "currency",
}  # fmt: skip
_RECEIPT_OTHERS = (
    "paid_amount", "change", "discount", "machine_num", "employee_num", "print_date", "print_time",
)  # fmt: skip
_RECEIPT_COLUMNS = ("product", "quantity", "unit_price", "subtotal_amount")


def parse(answer: Any, image: Encoded, call: Call[Endpoint]) -> Recognition:
    """The content of a response, which is the whole body as JSON data.

    Raises:
        BackendError: the response is an error, or does not have the expected shape.
    """
    head = validated(Head, answer)
    error = error_in(head)
    if error is not None:
        raise error
    if head.error_code:
        return Recognition.nothing(CODES.row(head.error_code).advice, request_id=head.request_id)
    try:
        recognition = _PARSERS[call.endpoint](answer, image, call)
    except BadResponseError as failure:
        failure.request_id = head.request_id
        raise
    direction = head.direction if head.direction is not None else head.img_direction
    rotation = _ROTATIONS.get(direction or 0, 0)
    return recognition.model_copy(update={"rotation": rotation, "request_id": head.request_id})


# ── text ──


def _text(answer: Any, image: Encoded, call: Call[Endpoint]) -> Recognition:
    text = validated(TextResponse, answer)
    language = _PAGE_LANGUAGES.get(text.language) if text.language is not None else None
    lines = {
        number: _line(item, image, call, language)
        for number, item in enumerate(text.words_result)
        if item.words.strip()
    }
    groups = [_LineGroup(paragraph.words_result_idx) for paragraph in text.paragraphs_result]
    return Recognition(blocks=tuple(_blocks(lines, groups)))


def _line(item: TextLine, image: Encoded, call: Call[Endpoint], language: str | None) -> Line:
    characters = [Character(each.char, _box(each.location, image)) for each in item.chars]
    return Line(
        text=item.words.strip(),
        words=words_of_characters(item.words, characters),
        polygon=_polygon(item.vertexes_location, item.location, image),
        confidence=item.probability,
        language=language,
        handwritten=call.handwritten,
    )


def _office(answer: Any, image: Encoded, _: Call[Endpoint]) -> Recognition:
    office = validated(OfficeResponse, answer)
    lines = {
        number: line
        for number, item in enumerate(office.results)
        if (line := _office_line(item, image)) is not None
    }
    groups = [
        _LineGroup(part.layout_idx, "heading" if part.layout == "title" else "text")
        for part in office.layouts
    ]
    return Recognition(blocks=tuple(_blocks(lines, groups)))


def _office_line(item: OfficeLine, image: Encoded) -> Line | None:
    handwritten: Handwritten | None = "detected" if item.words_type == "handwriting" else None
    parts = [
        Line(
            text=part.word.strip(),
            polygon=_polygon(part.poly_location, part.words_location, image),
            confidence=part.line_probability,
            handwritten=handwritten,
        )
        for part in item.words
        if part.word.strip()
    ]
    return _joined(parts) if parts else None


def _joined(parts: Sequence[Line]) -> Line:
    """The parts of a line as one line."""
    if len(parts) == 1:
        return parts[0]
    whole = Block.of(parts)
    return Line(
        text=" ".join(part.text for part in parts),
        polygon=whole.polygon,
        confidence=whole.confidence,
        handwritten=whole.handwritten,
    )


class _LineGroup(NamedTuple):
    """The numbers of lines that belong together."""

    numbers: Sequence[int]
    kind: BlockKind = "text"


def _blocks(lines: Mapping[int, Line], groups: Iterable[_LineGroup]) -> Iterator[Block]:
    """The lines in the groups of the service; lines in no group come last."""
    rest = dict(lines)
    for group in groups:
        own = [rest.pop(number) for number in group.numbers if number in rest]
        if own:
            yield Block.of(own, kind=group.kind)
    if rest:
        yield Block.of(rest.values())


# ── tables ──


def _tables(answer: Any, image: Encoded, _: Call[Endpoint]) -> Recognition:
    blocks: list[Block] = []
    for table in validated(TableResponse, answer).tables_result:
        blocks += _text_beside(table.header, image)
        if table.body:
            blocks.append(_table(table, image))
        blocks += _text_beside(table.footer, image)
    return Recognition(blocks=tuple(blocks))


def _text_beside(items: Iterable[TextBeside], image: Encoded) -> list[Block]:
    lines = [
        Line(text=text, polygon=_polygon(item.location, None, image))
        for item in items
        for text in item.words.split("\n")
        if text.strip()
    ]
    return [Block.of(lines)] if lines else []


def _table(item: TableItem, image: Encoded) -> Block:
    table = TableBuilder()
    for cell in item.body:
        polygon = _polygon(cell.cell_location, None, image)
        table.add(
            _cell_lines(cell, polygon, image),
            text=cell.words,
            row=cell.row_start,
            column=cell.col_start,
            row_span=cell.row_end - cell.row_start,
            column_span=cell.col_end - cell.col_start,
            polygon=polygon,
        )
    return table.block(_polygon(item.table_location, None, image))


def _cell_lines(cell: TableCell, polygon: Polygon | None, image: Encoded) -> Iterator[Line]:
    """The lines of a cell; each with the polygon of the cell if the response does not list them."""
    contents = [(part.word, _polygon(part.poly_location, None, image)) for part in cell.contents]
    for text, place in contents or [(text, polygon) for text in cell.words.split("\n")]:
        if text.strip():
            yield Line(text=text, polygon=place)


# ── cards ──


def _id_card(answer: Any, image: Encoded, _: Call[Endpoint]) -> Recognition:
    card = validated(IdCardResponse, answer)
    collector = FieldCollector()
    for key, name in _ID_CARD.items():
        value = card.words_result.get(key)
        if value is not None:
            collector.add(name, value.words, polygon=_box(value.location, image))
    state = card.image_status
    problem = _ID_CARD_STATES.get(state, f"its state is {state[:40]!a}") if state else None
    warnings = (f"the card: {problem}",) if problem else ()
    return Recognition(fields=collector.fields, blocks=collector.blocks, warnings=warnings)


def _bank_card(answer: Any, image: Encoded, _: Call[Endpoint]) -> Recognition:
    card = validated(BankCardResponse, answer).result
    collector = FieldCollector()
    number_polygon = _box(card.bank_card_number_location, image)
    collector.add("card_number", card.bank_card_number, polygon=number_polygon)
    collector.add("bank_name", card.bank_name)
    collector.add("card_type", _BANK_CARD_TYPES.get(str(card.bank_card_type)))
    collector.add("holder_name", card.holder_name)
    if card.valid_date and card.valid_date != "NO VALID":
        short = _MONTH_AND_YEAR.fullmatch(card.valid_date.strip())
        collector.add("valid_until", card.valid_date, value=f"{short[1]}/20{short[2]}" if short else None)
    return Recognition(fields=collector.fields, blocks=collector.blocks)


# ── receipts ──


def _receipts(answer: Any, image: Encoded, _: Call[Endpoint]) -> Recognition:
    fields: dict[str, Field] = {}
    blocks: list[Block] = []
    receipts = validated(ReceiptResponse, answer).words_result
    for number, receipt in enumerate(receipts):
        lines: list[Line] = []
        for key in (*_RECEIPT, *_RECEIPT_OTHERS):
            parts = [_value_line(part, image) for part in getattr(receipt, key) if part.word.strip()]
            lines += parts
            if parts and number == 0 and key in _RECEIPT:
                fields[_RECEIPT[key]] = _receipt_field(_RECEIPT[key], _joined(parts))
        blocks += [Block.of(lines)] if lines else []
        blocks += _purchases(receipt.table, image)
    several = f"the image shows {len(receipts)} receipts; the fields are those of the first"
    warnings = (several,) if len(receipts) > 1 else ()
    return Recognition(fields=fields, blocks=tuple(blocks), warnings=warnings)


def _receipt_field(name: str, line: Line) -> Field:
    value = field_value(name, line.text)
    return Field(value=value, polygon=line.polygon, confidence=line.confidence)


def _purchases(items: Sequence[ReceiptItem], image: Encoded) -> list[Block]:
    """The purchased items as a table without a header: product, quantity, unit price, subtotal."""
    table = TableBuilder()
    for row, item in enumerate(items):
        for column, key in enumerate(_RECEIPT_COLUMNS):
            value: ReceiptValue | None = getattr(item, key)
            if value is not None and value.word.strip():
                line = _value_line(value, image)
                table.add([line], row=row, column=column, polygon=line.polygon, confidence=line.confidence)
    return [table.block()] if len(table) else []


def _value_line(value: ReceiptValue, image: Encoded) -> Line:
    return Line(text=value.word.strip(), polygon=_box(value.location, image), confidence=value.probability)


_PARSERS: Mapping[Endpoint, Callable[[Any, Encoded, Call[Endpoint]], Recognition]] = {
    "accurate": _text,
    "accurate_basic": _text,
    "general": _text,
    "general_basic": _text,
    "handwriting": _text,
    "receipt": _text,
    "doc_analysis_office": _office,
    "table": _tables,
    "idcard": _id_card,
    "bankcard": _bank_card,
    "shopping_receipt": _receipts,
}


# ── polygons ──


def _polygon(corners: Sequence[Corner], rectangle: Rectangle | None, image: Encoded) -> Polygon | None:
    """The corners, or the rectangle if there are none."""
    points = [(corner.x, corner.y) for corner in corners]
    return polygon_of_corners(points, image.width, image.height) or _box(rectangle, image)


def _box(rectangle: Rectangle | None, image: Encoded) -> Polygon | None:
    if rectangle is None:
        return None
    left, top = rectangle.left, rectangle.top
    box = Box(left, top, left + rectangle.width, top + rectangle.height)
    return polygon_of_corners(box.polygon, image.width, image.height)
