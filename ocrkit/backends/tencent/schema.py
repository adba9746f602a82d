"""The shape of Tencent's responses. Only what makes a response usable is required."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from ocrkit.backends.remote import NullableTuple, ResponseModel


def _paragraph_number(value: Any) -> Any:
    """The number of the paragraph from JSON in a string."""
    try:
        return json.loads(value)["Parag"]["ParagNo"] if isinstance(value, str) and value else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


class Corner(ResponseModel):
    """A point, in pixels of the image."""

    x: float = Field(alias="X")
    y: float = Field(alias="Y")


class CharacterItem(ResponseModel):
    """A character of a line."""

    text: str = Field(alias="Character")
    confidence: float | None = Field(None, alias="Confidence")


class CharacterPlace(ResponseModel):
    """The outline of a character."""

    corners: NullableTuple[Corner] = Field((), alias="WordCoordinate")


class TextLine(ResponseModel):
    """A line of text."""

    text: str = Field(alias="DetectedText")
    confidence: float | None = Field(None, alias="Confidence")
    polygon: NullableTuple[Corner] = Field((), alias="Polygon")
    paragraph: Annotated[Any, BeforeValidator(_paragraph_number)] = Field(None, alias="AdvancedInfo")
    characters: NullableTuple[CharacterItem] = Field((), alias="Words")
    places: NullableTuple[CharacterPlace] = Field((), alias="WordCoordPoint")
    language: str | None = Field(None, alias="Language")


class TextResponse(ResponseModel):
    """Response of the endpoints for text."""

    lines: tuple[TextLine, ...] = Field(alias="TextDetections")
    language: str | None = Field(None, alias="Language")


class TableCell(ResponseModel):
    """A cell. Its ends are the row and the column after it."""

    text: str = Field(alias="Text")
    row: int = Field(alias="RowTl")
    row_end: int = Field(alias="RowBr")
    column: int = Field(alias="ColTl")
    column_end: int = Field(alias="ColBr")
    confidence: float | None = Field(None, alias="Confidence")
    polygon: NullableTuple[Corner] = Field((), alias="Polygon")


class TableItem(ResponseModel):
    """A table, or text beside the tables."""

    cells: NullableTuple[TableCell] = Field((), alias="Cells")
    kind: int | None = Field(None, alias="Type")
    """0 for text beside the tables."""
    polygon: NullableTuple[Corner] = Field((), alias="TableCoordPoint")


class TableResponse(ResponseModel):
    """Response of `RecognizeTableAccurateOCR`."""

    tables: NullableTuple[TableItem] = Field(alias="TableDetections")


class CardResponse(ResponseModel):
    """Response of the endpoints for cards: the values by their names."""

    values: dict[str, str | None]
    warnings: NullableTuple[int] = Field((), alias="WarningCode")


class InvoiceText(ResponseModel):
    """A name and a value on a receipt."""

    name: str | None = Field(None, alias="Name")
    value: str | None = Field(None, alias="Value")


class InvoiceItem(ResponseModel):
    """One receipt or invoice on the page."""

    code: str = Field("OK", alias="Code")
    kind: str | None = Field(None, alias="SubType")
    contents: dict[str, Any] | None = Field(None, alias="SingleInvoiceInfos")
    """The values, by the kind of invoice. All kinds but one are null."""

    @property
    def values(self) -> dict[str, Any]:
        """The values of its kind."""
        contents = self.contents or {}
        found = (contents.get(self.kind or ""), *contents.values())
        return next((each for each in found if isinstance(each, dict)), {})


class InvoiceResponse(ResponseModel):
    """Response of `RecognizeGeneralInvoice`."""

    items: tuple[InvoiceItem, ...] = Field(alias="MixedInvoiceItems")


class Error(ResponseModel):
    """An error in a response."""

    code: str = Field(alias="Code")
    message: str | None = Field(None, alias="Message")


class Head(ResponseModel):
    """The fields of all responses."""

    request_id: str | None = Field(None, alias="RequestId")
    error: Error | None = Field(None, alias="Error")
    angle: float | None = Field(None, alias="Angle")
    misspelt_angle: float | None = Field(None, alias="Angel")


class Envelope(ResponseModel):
    """The outer object of every response."""

    response: dict[str, Any] = Field(alias="Response")
