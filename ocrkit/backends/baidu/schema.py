"""The shape of Baidu's responses. Only what makes a response usable is required."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from ocrkit.backends.remote import NullableTuple, ResponseModel


def _average(value: Any) -> Any:
    """The mean of a confidence that is an object."""
    return value.get("average") if isinstance(value, dict) else value


def _clamped(value: float | None) -> float | None:
    return None if value is None else min(1.0, max(0.0, value))


_Confidence = Annotated[float | None, BeforeValidator(_average), AfterValidator(_clamped)]


def _points(value: Any) -> Any:
    """Corners as a list, or as an object around it."""
    return value.get("points") if isinstance(value, dict) else value


def _listed(value: Any) -> Any:
    """A list that may be a single object instead."""
    return [value] if isinstance(value, dict) else value


class Head(ResponseModel):
    """The fields of all responses, including errors. The token service has `error` instead of a code."""

    log_id: int | str | None = None
    error_code: int | str | None = None
    error_msg: str | None = None
    error: str | None = None
    error_description: str | None = None
    direction: int | None = None
    img_direction: int | None = None

    @property
    def request_id(self) -> str | None:
        return None if self.log_id is None else str(self.log_id)


class Corner(ResponseModel):
    """A point, in pixels of the image."""

    x: float
    y: float


class Rectangle(ResponseModel):
    """An upright box. If nothing was found, its sides are 0."""

    left: float
    top: float
    width: float
    height: float


class CharacterItem(ResponseModel):
    """A character of a line; in English sometimes a whole word."""

    char: str
    location: Rectangle | None = None


class TextLine(ResponseModel):
    """A line of text."""

    words: str
    location: Rectangle | None = None
    vertexes_location: NullableTuple[Corner] = ()
    probability: _Confidence = None
    chars: NullableTuple[CharacterItem] = ()


class Paragraph(ResponseModel):
    """A paragraph: the numbers of its lines."""

    words_result_idx: NullableTuple[int] = ()


class TextResponse(ResponseModel):
    """Response of all endpoints for plain text."""

    words_result: tuple[TextLine, ...]
    paragraphs_result: NullableTuple[Paragraph] = ()
    language: int | None = None


class OfficeWords(ResponseModel):
    """The text of a line."""

    word: str
    words_location: Rectangle | None = None
    poly_location: Annotated[NullableTuple[Corner], BeforeValidator(_points)] = ()
    line_probability: _Confidence = None


class OfficeLine(ResponseModel):
    """A line of an office document: `print` or `handwriting`."""

    words_type: str | None = None
    words: Annotated[tuple[OfficeWords, ...], BeforeValidator(_listed)]


class Layout(ResponseModel):
    """A part of the page: the numbers of its lines."""

    layout: str | None = None
    layout_idx: NullableTuple[int] = ()


class OfficeResponse(ResponseModel):
    """Response of `doc_analysis_office`."""

    results: tuple[OfficeLine, ...]
    layouts: NullableTuple[Layout] = ()


class CellLine(ResponseModel):
    """A line of a cell."""

    word: str
    poly_location: NullableTuple[Corner] = ()


class TableCell(ResponseModel):
    """A cell. Its ends are the row and the column after it."""

    words: str
    row_start: int
    row_end: int
    col_start: int
    col_end: int
    cell_location: NullableTuple[Corner] = ()
    contents: NullableTuple[CellLine] = ()


class TextBeside(ResponseModel):
    """Text above or below a table."""

    words: str
    location: NullableTuple[Corner] = ()


class TableItem(ResponseModel):
    """One table."""

    table_location: NullableTuple[Corner] = ()
    header: NullableTuple[TextBeside] = ()
    body: NullableTuple[TableCell] = ()
    footer: NullableTuple[TextBeside] = ()


class TableResponse(ResponseModel):
    """Response of `table`."""

    tables_result: tuple[TableItem, ...]


class IdCardValue(ResponseModel):
    """A value on an identity card."""

    words: str
    location: Rectangle | None = None


class IdCardResponse(ResponseModel):
    """Response of `idcard`: values by their Chinese names."""

    words_result: dict[str, IdCardValue]
    image_status: str | None = None


class BankCard(ResponseModel):
    """A bank card."""

    bank_card_number: str | None = None
    bank_name: str | None = None
    bank_card_type: int | str | None = None
    holder_name: str | None = None
    valid_date: str | None = None
    bank_card_number_location: Rectangle | None = None


class BankCardResponse(ResponseModel):
    """Response of `bankcard`."""

    result: BankCard


class ReceiptValue(ResponseModel):
    """A value on a receipt."""

    word: str
    location: Rectangle | None = None
    probability: _Confidence = None


class ReceiptItem(ResponseModel):
    """One purchased item."""

    product: ReceiptValue | None = None
    quantity: ReceiptValue | None = None
    unit_price: ReceiptValue | None = None
    subtotal_amount: ReceiptValue | None = None


class Receipt(ResponseModel):
    """One receipt. A value may occur twice."""

    shop_name: NullableTuple[ReceiptValue] = ()
    receipt_num: NullableTuple[ReceiptValue] = ()
    consumption_date: NullableTuple[ReceiptValue] = ()
    consumption_time: NullableTuple[ReceiptValue] = ()
    total_amount: NullableTuple[ReceiptValue] = ()
    currency: NullableTuple[ReceiptValue] = ()
    paid_amount: NullableTuple[ReceiptValue] = ()
    change: NullableTuple[ReceiptValue] = ()
    discount: NullableTuple[ReceiptValue] = ()
    machine_num: NullableTuple[ReceiptValue] = ()
    employee_num: NullableTuple[ReceiptValue] = ()
    print_date: NullableTuple[ReceiptValue] = ()
    print_time: NullableTuple[ReceiptValue] = ()
    table: NullableTuple[ReceiptItem] = ()


class ReceiptResponse(ResponseModel):
    """Response of `shopping_receipt`."""

    words_result: Annotated[tuple[Receipt, ...], BeforeValidator(_listed)]
