"""The shapes of Baidu's answers. Only what makes an answer one has to be there."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from ocrkit.http.parsing import ResponseModel, Several


def _average(value: Any) -> Any:
    """Of what is said about a confidence, its mean."""
    return value.get("average") if isinstance(value, dict) else value


def _within_one(value: float | None) -> float | None:
    return None if value is None else min(1.0, max(0.0, value))


_Sure = Annotated[float | None, BeforeValidator(_average), AfterValidator(_within_one)]


def _points(value: Any) -> Any:
    """Corners, given as a list or as an object around one."""
    return value.get("points") if isinstance(value, dict) else value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class Head(ResponseModel):
    """What all answers have in common, errors too. The token service has `error` in place of a code."""

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
    """A point, in pixels of the picture."""

    x: float
    y: float


class Rectangle(ResponseModel):
    """An upright place. Where nothing was found, its sides are 0."""

    left: float
    top: float
    width: float
    height: float


class CharacterFound(ResponseModel):
    """A character of a line; in English perhaps a whole word."""

    char: str
    location: Rectangle | None = None


class LineFound(ResponseModel):
    """A line of text."""

    words: str
    location: Rectangle | None = None
    vertexes_location: Several[Corner] = ()
    probability: _Sure = None
    chars: Several[CharacterFound] = ()


class Paragraph(ResponseModel):
    """Lines that belong together, by their numbers."""

    words_result_idx: Several[int] = ()


class TextAnswer(ResponseModel):
    """Of all endpoints that read plain text."""

    words_result: tuple[LineFound, ...]
    paragraphs_result: Several[Paragraph] = ()
    language: int | None = None


class OfficeWords(ResponseModel):
    """The text of a line."""

    word: str
    words_location: Rectangle | None = None
    poly_location: Annotated[Several[Corner], BeforeValidator(_points)] = ()
    line_probability: _Sure = None


class OfficeLine(ResponseModel):
    """A line of an office document: `print` or `handwriting`."""

    words_type: str | None = None
    words: Annotated[tuple[OfficeWords, ...], BeforeValidator(_listed)]


class Layout(ResponseModel):
    """A part of the page, with its lines by their numbers."""

    layout: str | None = None
    layout_idx: Several[int] = ()


class OfficeAnswer(ResponseModel):
    """Of `doc_analysis_office`."""

    results: tuple[OfficeLine, ...]
    layouts: Several[Layout] = ()


class Content(ResponseModel):
    """A line of a cell."""

    word: str
    poly_location: Several[Corner] = ()


class CellFound(ResponseModel):
    """A cell. Its ends are the numbers of the row and the column after it."""

    words: str
    row_start: int
    row_end: int
    col_start: int
    col_end: int
    cell_location: Several[Corner] = ()
    contents: Several[Content] = ()


class Beside(ResponseModel):
    """What stands above or below a table."""

    words: str
    location: Several[Corner] = ()


class TableFound(ResponseModel):
    """One table."""

    table_location: Several[Corner] = ()
    header: Several[Beside] = ()
    body: Several[CellFound] = ()
    footer: Several[Beside] = ()


class TablesAnswer(ResponseModel):
    """Of `table`."""

    tables_result: tuple[TableFound, ...]


class CardPart(ResponseModel):
    """A value on an identity card."""

    words: str
    location: Rectangle | None = None


class IdCardAnswer(ResponseModel):
    """Of `idcard`: values by their Chinese names."""

    words_result: dict[str, CardPart]
    image_status: str | None = None


class Card(ResponseModel):
    """A bank card."""

    bank_card_number: str | None = None
    bank_name: str | None = None
    bank_card_type: int | str | None = None
    holder_name: str | None = None
    valid_date: str | None = None
    bank_card_number_location: Rectangle | None = None


class BankCardAnswer(ResponseModel):
    """Of `bankcard`."""

    result: Card


class Item(ResponseModel):
    """A value on a receipt."""

    word: str
    location: Rectangle | None = None
    probability: _Sure = None


class Good(ResponseModel):
    """Something that was bought."""

    product: Item | None = None
    quantity: Item | None = None
    unit_price: Item | None = None
    subtotal_amount: Item | None = None


class Receipt(ResponseModel):
    """One receipt. A value may stand on it twice."""

    shop_name: Several[Item] = ()
    receipt_num: Several[Item] = ()
    consumption_date: Several[Item] = ()
    consumption_time: Several[Item] = ()
    total_amount: Several[Item] = ()
    currency: Several[Item] = ()
    paid_amount: Several[Item] = ()
    change: Several[Item] = ()
    discount: Several[Item] = ()
    machine_num: Several[Item] = ()
    employee_num: Several[Item] = ()
    print_date: Several[Item] = ()
    print_time: Several[Item] = ()
    table: Several[Good] = ()


class ReceiptsAnswer(ResponseModel):
    """Of `shopping_receipt`."""

    words_result: Annotated[tuple[Receipt, ...], BeforeValidator(_listed)]
