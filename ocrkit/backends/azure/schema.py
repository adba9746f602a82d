"""The shape of the service's responses. Only what makes a response usable is required."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from ocrkit.backends.remote import NullableTuple, ResponseModel


def _clamped(value: float | None) -> float | None:
    return None if value is None else min(1.0, max(0.0, value))


def _empty_if_null(value: Any) -> Any:
    return {} if value is None else value


Confidence = Annotated[float | None, AfterValidator(_clamped)]


class _Part(ResponseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class Span(_Part):
    """A range of the content, in code points."""

    offset: int
    length: int = 0


class Region(_Part):
    """A part of a page: a polygon as x and y in turn."""

    page_number: int | None = None
    polygon: NullableTuple[float] = ()


class Word(_Part):
    """A word of a page."""

    content: str
    polygon: NullableTuple[float] = ()
    span: Span | None = None
    confidence: Confidence = None


class TextLine(_Part):
    """A line of a page. It has no confidence."""

    content: str
    polygon: NullableTuple[float] = ()
    spans: NullableTuple[Span] = ()


class Mark(_Part):
    """A check box."""

    state: str
    polygon: NullableTuple[float] = ()
    span: Span | None = None
    confidence: Confidence = None


class Code(_Part):
    """A barcode."""

    kind: str | None = None
    value: str
    polygon: NullableTuple[float] = ()
    confidence: Confidence = None


class Formula(_Part):
    """A formula: in the content it is `:formula:`."""

    kind: str | None = None
    value: str
    polygon: NullableTuple[float] = ()
    span: Span | None = None
    confidence: Confidence = None


class PageItem(_Part):
    """A page. Its unit is the pixel for images and the inch for PDFs."""

    page_number: int | None = None
    angle: float | None = None
    width: float | None = Field(None, gt=0)
    height: float | None = Field(None, gt=0)
    words: NullableTuple[Word] = ()
    lines: NullableTuple[TextLine] = ()
    selection_marks: NullableTuple[Mark] = ()
    barcodes: NullableTuple[Code] = ()
    formulas: NullableTuple[Formula] = ()


class Paragraph(_Part):
    """A paragraph, also one in a table or in a picture."""

    role: str | None = None
    content: str = ""
    spans: NullableTuple[Span] = ()


class Note(_Part):
    """A caption or a footnote."""

    spans: NullableTuple[Span] = ()


class CellItem(_Part):
    """A cell of a table. Rows and columns count from 0."""

    kind: str | None = None
    row_index: int
    column_index: int
    row_span: int | None = None
    column_span: int | None = None
    content: str = ""
    bounding_regions: NullableTuple[Region] = ()
    spans: NullableTuple[Span] = ()


class TableItem(_Part):
    """A table."""

    cells: NullableTuple[CellItem] = ()
    bounding_regions: NullableTuple[Region] = ()
    spans: NullableTuple[Span] = ()
    caption: Note | None = None
    footnotes: NullableTuple[Note] = ()


class Figure(_Part):
    """A picture. The text in it is that of paragraphs."""

    bounding_regions: NullableTuple[Region] = ()
    spans: NullableTuple[Span] = ()
    caption: Note | None = None
    footnotes: NullableTuple[Note] = ()


class Section(_Part):
    """A section: references such as `/paragraphs/3` and `/sections/1`."""

    elements: NullableTuple[str] = ()


class Style(_Part):
    """A kind of writing."""

    is_handwritten: bool | None = None
    confidence: Confidence = None
    spans: NullableTuple[Span] = ()


class Language(_Part):
    """A detected language."""

    locale: str
    confidence: Confidence = None
    spans: NullableTuple[Span] = ()


class KeyOrValue(_Part):
    """One half of a pair."""

    content: str = ""
    bounding_regions: NullableTuple[Region] = ()


class Pair(_Part):
    """A form field with its label."""

    key: KeyOrValue
    value: KeyOrValue | None = None
    confidence: Confidence = None


class Currency(_Part):
    """An amount."""

    currency_symbol: str | None = None
    currency_code: str | None = None


class DocumentField(_Part):
    """A value of a receipt or an identity document."""

    content: str | None = None
    value_string: str | None = None
    value_date: str | None = None
    value_currency: Currency | None = None
    value_array: NullableTuple[DocumentField] = ()
    value_object: Annotated[Mapping[str, DocumentField | None], BeforeValidator(_empty_if_null)] = Field(
        default_factory=dict
    )
    bounding_regions: NullableTuple[Region] = ()
    spans: NullableTuple[Span] = ()
    confidence: Confidence = None


class DocumentItem(_Part):
    """A document that was found on the page."""

    fields: Annotated[Mapping[str, DocumentField | None], BeforeValidator(_empty_if_null)] = Field(
        default_factory=dict
    )


class Notice(_Part):
    """A warning of the service."""

    code: str | None = None
    message: str | None = None


class AnalyzeResult(_Part):
    """The result of a run."""

    pages: NullableTuple[PageItem]
    paragraphs: NullableTuple[Paragraph] = ()
    tables: NullableTuple[TableItem] = ()
    figures: NullableTuple[Figure] = ()
    sections: NullableTuple[Section] = ()
    key_value_pairs: NullableTuple[Pair] = ()
    styles: NullableTuple[Style] = ()
    languages: NullableTuple[Language] = ()
    documents: NullableTuple[DocumentItem] = ()
    warnings: NullableTuple[Notice] = ()


class Run(_Part):
    """The state of a run."""

    status: Literal["notStarted", "running", "succeeded", "failed", "canceled", "skipped"]
    error: Any = None
    analyze_result: Any = None
