"""Baidu's answers as results: pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ocrkit.backends.baidu.errors import CODES, TOKEN_CODES
from ocrkit.backends.baidu.request import Call, Endpoint
from ocrkit.backends.baidu.schema import (
    BankCardAnswer,
    Beside,
    Corner,
    Good,
    Head,
    IdCardAnswer,
    Item,
    OfficeAnswer,
    ReceiptsAnswer,
    Rectangle,
    TableFound,
    TablesAnswer,
    TextAnswer,
)
from ocrkit.errors import BackendError, BadResponseError
from ocrkit.geometry import Box, Polygon
from ocrkit.http import Response
from ocrkit.http.parsing import Character, outline, table_of, validated, words
from ocrkit.page import Encoded
from ocrkit.result import Block, BlockKind, Decision, Engine, Field, Handwritten, Line, PageResult, Trace
from ocrkit.result.fields import date_value

ENGINE = "Baidu OCR"

# How far the page was turned counter-clockwise is how far it has to be turned back clockwise.
_ROTATIONS = {1: 90, 2: 180, 3: 270}
_PAGE_LANGUAGES = {0: "en", 1: "ja", 2: "ko", 3: "zh"}

_ID_CARD = {
    "姓名": "name", "性别": "sex", "民族": "ethnicity", "出生": "birth_date", "住址": "address",
    "公民身份号码": "id_number", "签发机关": "authority", "签发日期": "valid_from", "失效日期": "valid_until",
}  # fmt: skip
_ID_CARD_STATES = {
    "normal": None,
    "reversed_side": None,  # not the side that was asked for, and recognised all the same
    "non_idcard": "it does not seem to be an identity card",
    "other_type_card": "it seems to be a card of another kind",
    "blurred": "it is blurred",
    "over_exposure": "it is too bright, or light is reflected by it",
    "over_dark": "it is too dark",
    "unknown": "the service is not sure what it sees",
}
_BANK_CARD = {
    "bank_card_number": "card_number", "bank_name": "bank_name", "bank_card_type": "card_type",
    "holder_name": "holder_name", "valid_date": "valid_until",
}  # fmt: skip
_BANK_CARD_TYPES = {"0": "", "1": "借记卡", "2": "贷记卡", "3": "准贷记卡", "4": "预付费卡"}
_MONTH_AND_YEAR = re.compile(r"(\d\d)/(\d\d)")
_RECEIPT = {
    "shop_name": "merchant", "receipt_num": "number", "consumption_date": "date",
    "consumption_time": "time", "total_amount": "total", "currency": "currency",
}  # fmt: skip
_RECEIPT_REST = (
    "paid_amount", "change", "discount", "machine_num", "employee_num", "print_date", "print_time",
)  # fmt: skip
_GOODS = ("product", "quantity", "unit_price", "subtotal_amount")
_DATES = frozenset({"birth_date", "valid_from", "valid_until", "date"})


def check(reply: Response) -> None:
    """Raise the error that an answer is: of the endpoints, of the token service, of whatever is between."""
    try:
        answer = reply.json()
    except BadResponseError:
        reply.raise_for_status()
        raise
    head = validated(Head, answer)
    error = _error(head)
    if error is not None:
        error.retry_after = reply.retry_after
        raise error
    reply.raise_for_status()


def parse(reply: Any, sent: Encoded, call: Call) -> PageResult:
    """The result that a reply is; raises the error that it is, or `BadResponseError`.

    Args:
        reply: the whole answer as JSON data.
        sent: the picture in whose pixels the coordinates are.
        call: what was asked.
    """
    head = validated(Head, reply)
    error = _error(head)
    if error is not None:
        raise error
    if head.error_code:
        advice = CODES.row(head.error_code).advice
        found: dict[str, Any] = {"warnings": (advice,) if advice else ()}
    else:
        try:
            found = _READERS[call.endpoint](reply, sent, call)
        except BadResponseError as failure:
            failure.request_id = head.request_id
            raise
    direction = head.direction if head.direction is not None else head.img_direction
    engine = Engine(name=ENGINE, model=call.endpoint)
    decision = Decision(topic="endpoint", choice=str(call), reason=call.reason)
    trace = Trace(backend="baidu", engine=engine, request_id=head.request_id, decisions=(decision,))
    rotation = _ROTATIONS.get(direction or 0, 0)
    return PageResult(width=sent.width, height=sent.height, rotation=rotation, trace=trace, **found)


def _error(head: Head) -> BackendError | None:
    if head.error_code:
        if CODES.is_blank(head.error_code):
            return None
        return CODES.error(head.error_code, head.error_msg, request_id=head.request_id)
    if head.error:
        return TOKEN_CODES.error(head.error, head.error_description, request_id=head.request_id)
    return None


# ── text ──


def _text(reply: Any, sent: Encoded, call: Call) -> dict[str, Any]:
    answer = validated(TextAnswer, reply)
    language = _PAGE_LANGUAGES.get(answer.language) if answer.language is not None else None
    lines = {
        number: Line(
            text=found.words.strip(),
            words=words(
                found.words, [Character(each.char, _box(each.location, sent)) for each in found.chars]
            ),
            polygon=_place(found.vertexes_location, found.location, sent),
            confidence=found.probability,
            language=language,
            handwritten=call.handwritten,
        )
        for number, found in enumerate(answer.words_result)
        if found.words.strip()
    }
    groups = [_Group(part.words_result_idx) for part in answer.paragraphs_result]
    return {"blocks": tuple(_blocks(lines, groups))}


def _office(reply: Any, sent: Encoded, _: Call) -> dict[str, Any]:
    answer = validated(OfficeAnswer, reply)
    lines: dict[int, Line] = {}
    for number, found in enumerate(answer.results):
        handwritten: Handwritten | None = "detected" if found.words_type == "handwriting" else None
        parts = [
            Line(
                text=part.word.strip(),
                polygon=_place(part.poly_location, part.words_location, sent),
                confidence=part.line_probability,
                handwritten=handwritten,
            )
            for part in found.words
            if part.word.strip()
        ]
        if parts:
            lines[number] = _joined(parts)
    groups = [
        _Group(part.layout_idx, "heading" if part.layout == "title" else "text") for part in answer.layouts
    ]
    return {"blocks": tuple(_blocks(lines, groups))}


def _joined(parts: Sequence[Line]) -> Line:
    """Pieces of one line as that line."""
    if len(parts) == 1:
        return parts[0]
    around = Block.of(parts)
    about = {"polygon": around.polygon, "confidence": around.confidence, "handwritten": around.handwritten}
    return Line(text=" ".join(part.text for part in parts), **about)


class _Group(NamedTuple):
    """Lines that belong together, by their numbers."""

    numbers: Sequence[int]
    kind: BlockKind = "text"


def _blocks(lines: Mapping[int, Line], groups: Iterable[_Group]) -> Iterator[Block]:
    """The lines as the service groups them; those that it has in no group come last."""
    rest = dict(lines)
    for group in groups:
        own = [rest.pop(number) for number in group.numbers if number in rest]
        if own:
            yield Block.of(own, kind=group.kind)
    if rest:
        yield Block.of(rest.values())


# ── tables ──


def _tables(reply: Any, sent: Encoded, _: Call) -> dict[str, Any]:
    blocks: list[Block] = []
    for table in validated(TablesAnswer, reply).tables_result:
        blocks += _beside(table.header, sent)
        if table.body:
            blocks.append(_table(table, sent))
        blocks += _beside(table.footer, sent)
    return {"blocks": tuple(blocks)}


def _beside(found: Iterable[Beside], sent: Encoded) -> list[Block]:
    """What stands above or below a table."""
    lines = [
        Line(text=text, polygon=_place(part.location, None, sent))
        for part in found
        for text in part.words.split("\n")
        if text.strip()
    ]
    return [Block.of(lines)] if lines else []


def _table(found: TableFound, sent: Encoded) -> Block:
    lines: list[Line] = []
    cells: list[dict[str, Any]] = []
    for cell in sorted(found.body, key=lambda cell: (cell.row_start, cell.col_start)):
        first = len(lines)
        edge = _place(cell.cell_location, None, sent)
        contents = [(part.word, _place(part.poly_location, None, sent)) for part in cell.contents]
        # Of a cell that does not tell its lines, no more is known than where it is itself.
        contents = contents or [(text, edge) for text in cell.words.split("\n")]
        lines += [Line(text=text, polygon=place) for text, place in contents if text.strip()]
        cells.append(
            {
                "text": cell.words,
                "row": cell.row_start,
                "column": cell.col_start,
                "row_span": max(1, cell.row_end - cell.row_start),
                "column_span": max(1, cell.col_end - cell.col_start),
                "lines": tuple(range(first, len(lines))),
                "polygon": edge,
            }
        )
    edge = _place(found.table_location, None, sent)
    return Block.of(lines, kind="table", table=table_of(cells, edge), **({"polygon": edge} if edge else {}))


# ── cards and receipts ──


def _id_card(reply: Any, sent: Encoded, _: Call) -> dict[str, Any]:
    answer = validated(IdCardAnswer, reply)
    found = [
        (name, part.words, _box(part.location, sent))
        for key, name in _ID_CARD.items()
        if (part := answer.words_result.get(key)) is not None
    ]
    state = answer.image_status
    told = _ID_CARD_STATES.get(state, f"its state is {state[:40]!a}") if state else None
    warnings = (f"the card: {told}",) if told else ()
    return {**_card(found), "warnings": warnings}


def _bank_card(reply: Any, sent: Encoded, _: Call) -> dict[str, Any]:
    card = validated(BankCardAnswer, reply).result
    values = {
        "bank_card_number": card.bank_card_number,
        "bank_name": card.bank_name,
        "bank_card_type": _BANK_CARD_TYPES.get(str(card.bank_card_type), ""),
        "holder_name": card.holder_name,
        "valid_date": "" if card.valid_date == "NO VALID" else card.valid_date,
    }
    places = {"bank_card_number": _box(card.bank_card_number_location, sent)}
    return _card([(name, values[key] or "", places.get(key)) for key, name in _BANK_CARD.items()])


def _card(found: Iterable[tuple[str, str, Polygon | None]]) -> dict[str, Any]:
    known = [(name, " ".join(text.split()), place) for name, text, place in found if text.strip()]
    lines = [Line(text=text, polygon=place) for _, text, place in known]
    fields = {name: Field(value=_value(name, text), polygon=place) for name, text, place in known}
    return {"fields": fields, "blocks": (Block.of(lines),) if lines else ()}


def _value(name: str, text: str) -> str:
    if name not in _DATES:
        return text
    short = _MONTH_AND_YEAR.fullmatch(text)
    return date_value(f"{short[1]}/20{short[2]}" if short else text)


def _receipts(reply: Any, sent: Encoded, _: Call) -> dict[str, Any]:
    fields: dict[str, Field] = {}
    blocks: list[Block] = []
    receipts = validated(ReceiptsAnswer, reply).words_result
    for number, receipt in enumerate(receipts):
        lines: list[Line] = []
        for key in (*_RECEIPT, *_RECEIPT_REST):
            parts = [_item(part, sent) for part in getattr(receipt, key) if part.word.strip()]
            lines += parts
            if parts and number == 0 and key in _RECEIPT:
                name, whole = _RECEIPT[key], _joined(parts)
                value = _value(name, whole.text)
                fields[name] = Field(value=value, polygon=whole.polygon, confidence=whole.confidence)
        blocks += [Block.of(lines)] if lines else []
        blocks += _goods(receipt.table, sent)
    several = f"{len(receipts)} receipts are on the picture: the fields are those of the first"
    return {
        "fields": fields,
        "blocks": tuple(blocks),
        "warnings": (several,) if len(receipts) > 1 else (),
    }


def _goods(rows: Iterable[Good], sent: Encoded) -> list[Block]:
    """What was bought, as a table without a heading: what it is, how many, for how much, and all together."""
    lines: list[Line] = []
    cells: list[dict[str, Any]] = []
    for row, good in enumerate(rows):
        for column, key in enumerate(_GOODS):
            part: Item | None = getattr(good, key)
            if part is None or not part.word.strip():
                continue
            line = _item(part, sent)
            place = {"polygon": line.polygon, "confidence": line.confidence}
            cells.append({"text": line.text, "row": row, "column": column, "lines": (len(lines),), **place})
            lines.append(line)
    return [Block.of(lines, kind="table", table=table_of(cells, None))] if cells else []


def _item(part: Item, sent: Encoded) -> Line:
    return Line(text=part.word.strip(), polygon=_box(part.location, sent), confidence=part.probability)


_READERS: Mapping[Endpoint, Callable[[Any, Encoded, Call], dict[str, Any]]] = {
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


# ── places ──


def _place(corners: Sequence[Corner], rectangle: Rectangle | None, sent: Encoded) -> Polygon | None:
    """The corners where there are some, else the rectangle."""
    found = outline([(corner.x, corner.y) for corner in corners], sent.width, sent.height)
    return found or _box(rectangle, sent)


def _box(found: Rectangle | None, sent: Encoded) -> Polygon | None:
    if found is None:
        return None
    box = Box(found.left, found.top, found.left + found.width, found.top + found.height)
    return outline(box.polygon, sent.width, sent.height)
