"""The shape of Textract's responses. Only what makes a response usable is required."""

from __future__ import annotations

from pydantic import Field

from ocrkit.backends.remote import NullableTuple, ResponseModel


class Corner(ResponseModel):
    """A point, as shares of the width and the height of the page."""

    x: float = Field(alias="X")
    y: float = Field(alias="Y")


class Rectangle(ResponseModel):
    """An upright rectangle, as shares of the width and the height of the page."""

    left: float = Field(alias="Left")
    top: float = Field(alias="Top")
    width: float = Field(alias="Width")
    height: float = Field(alias="Height")


class Geometry(ResponseModel):
    """An outline, and the rectangle around it."""

    polygon: NullableTuple[Corner] = Field((), alias="Polygon")
    box: Rectangle | None = Field(None, alias="BoundingBox")


class Relationship(ResponseModel):
    """The ids of related blocks."""

    type: str = Field("", alias="Type")
    ids: NullableTuple[str] = Field((), alias="Ids")


class BlockItem(ResponseModel):
    """A part of the page, such as a line, a word or a cell."""

    id: str = Field("", alias="Id")
    type: str = Field("", alias="BlockType")
    text: str | None = Field(None, alias="Text")
    text_type: str | None = Field(None, alias="TextType")
    confidence: float | None = Field(None, alias="Confidence")
    geometry: Geometry | None = Field(None, alias="Geometry")
    relationships: NullableTuple[Relationship] = Field((), alias="Relationships")
    entities: NullableTuple[str] = Field((), alias="EntityTypes")
    selection: str | None = Field(None, alias="SelectionStatus")
    row: int | None = Field(None, alias="RowIndex")
    """Counted from 1, like `column`."""
    column: int | None = Field(None, alias="ColumnIndex")
    row_span: int | None = Field(None, alias="RowSpan")
    column_span: int | None = Field(None, alias="ColumnSpan")


class TextResponse(ResponseModel):
    """Response of `DetectDocumentText` and `AnalyzeDocument`."""

    blocks: tuple[BlockItem, ...] = Field(alias="Blocks")


class NormalizedValue(ResponseModel):
    """A value in a uniform spelling."""

    value: str | None = Field(None, alias="Value")
    type: str | None = Field(None, alias="ValueType")


class Detection(ResponseModel):
    """A name or a value on a document."""

    text: str | None = Field(None, alias="Text")
    confidence: float | None = Field(None, alias="Confidence")
    normalized: NormalizedValue | None = Field(None, alias="NormalizedValue")
    geometry: Geometry | None = Field(None, alias="Geometry")


class Currency(ResponseModel):
    """The currency of an amount."""

    code: str | None = Field(None, alias="Code")
    confidence: float | None = Field(None, alias="Confidence")


class DocumentField(ResponseModel):
    """A field of a card or a receipt."""

    type: Detection | None = Field(None, alias="Type")
    value: Detection | None = Field(None, alias="ValueDetection")
    currency: Currency | None = Field(None, alias="Currency")


class IdentityDocument(ResponseModel):
    """An identity document."""

    fields: NullableTuple[DocumentField] = Field((), alias="IdentityDocumentFields")
    blocks: NullableTuple[BlockItem] = Field((), alias="Blocks")


class IdentityResponse(ResponseModel):
    """Response of `AnalyzeID`."""

    documents: tuple[IdentityDocument, ...] = Field(alias="IdentityDocuments")


class LineItem(ResponseModel):
    """A purchase."""

    fields: NullableTuple[DocumentField] = Field((), alias="LineItemExpenseFields")


class LineItemGroup(ResponseModel):
    """A table of purchases."""

    items: NullableTuple[LineItem] = Field((), alias="LineItems")


class ExpenseDocument(ResponseModel):
    """A receipt or an invoice."""

    fields: NullableTuple[DocumentField] = Field((), alias="SummaryFields")
    groups: NullableTuple[LineItemGroup] = Field((), alias="LineItemGroups")
    blocks: NullableTuple[BlockItem] = Field((), alias="Blocks")


class ExpenseResponse(ResponseModel):
    """Response of `AnalyzeExpense`."""

    documents: tuple[ExpenseDocument, ...] = Field(alias="ExpenseDocuments")
