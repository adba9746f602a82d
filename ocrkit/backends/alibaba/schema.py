"""The shape of Alibaba's responses. Only what makes a response usable is required."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from ocrkit.backends.remote import NullableTuple, ResponseModel, validated


def _as_text(value: Any) -> Any:
    """Ids are numbers in one place and text in another: `7` and `"7"` are the same table."""
    return "" if value is None else str(value) if isinstance(value, int) else value


def _parsed_json(value: Any) -> Any:
    """The vendor sends JSON in a string."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value.strip() else None
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None


_Id = Annotated[str, BeforeValidator(_as_text)]
_Pixels = Annotated[float, Field(gt=0, le=1e6)]


class Head(ResponseModel):
    """The fields of all responses."""

    request_id: str | None = Field(None, alias="RequestId")
    code: _Id = Field("", alias="Code")
    message: str | None = Field(None, alias="Message")
    data: Annotated[Any, BeforeValidator(_parsed_json)] = Field(None, alias="Data")


class Corner(ResponseModel):
    """A point, in pixels of the image."""

    x: float
    y: float


class CharacterItem(ResponseModel):
    """A character of a line."""

    text: str = Field(alias="word")
    confidence: float | None = Field(None, alias="prob")
    x: float | None = None
    y: float | None = None
    width: float | None = Field(None, alias="w")
    height: float | None = Field(None, alias="h")

    @property
    def corners(self) -> list[Corner]:
        if self.x is None or self.y is None or self.width is None or self.height is None:
            return []
        right, bottom = self.x + self.width, self.y + self.height
        corners = ((self.x, self.y), (right, self.y), (right, bottom), (self.x, bottom))
        return [Corner.model_construct(x=x, y=y) for x, y in corners]


class TextLine(ResponseModel):
    """A line of text."""

    text: str = Field(alias="word")
    confidence: float | None = Field(None, alias="prob")
    corners: NullableTuple[Corner] = Field((), alias="pos")
    characters: NullableTuple[CharacterItem] = Field((), alias="charInfo")
    paragraph: _Id = Field("", alias="paragraphId")
    table: _Id = Field("", alias="tableId")
    cell: _Id = Field("", alias="tableCellId")


class TableCell(ResponseModel):
    """A cell. Its ends are its last row and column."""

    id: _Id = Field("", alias="tableCellId")
    text: str = Field("", alias="word")
    column: int = Field(alias="xsc")
    column_end: int = Field(alias="xec")
    row: int = Field(alias="ysc")
    row_end: int = Field(alias="yec")
    corners: NullableTuple[Corner] = Field((), alias="pos")


class TableItem(ResponseModel):
    """A table."""

    id: _Id = Field("", alias="tableId")
    cells: NullableTuple[TableCell] = Field((), alias="cellInfos")


class TableSurroundings(ResponseModel):
    """The text above and below a table."""

    table: _Id = Field("", alias="tableId")
    head: NullableTuple[str] = ()
    tail: NullableTuple[str] = ()


class SeenImage(ResponseModel):
    """The image that the service read, which it may have rotated, and the one that was sent."""

    angle: float | None = None
    width: _Pixels | None = None
    height: _Pixels | None = None
    original_width: _Pixels | None = Field(None, alias="orgWidth")
    original_height: _Pixels | None = Field(None, alias="orgHeight")


class TextResponse(SeenImage):
    """Response of the endpoints for text and tables: lines, tables, or only the text."""

    content: str | None = None
    """The whole text. The words of all lines are joined by spaces."""
    listed: tuple[TextLine, ...] | None = Field(None, alias="prism_wordsInfo")
    tables: NullableTuple[TableItem] = Field((), alias="prism_tablesInfo")
    surroundings: NullableTuple[TableSurroundings] = Field((), alias="tableHeadTail")

    @property
    def lines(self) -> tuple[TextLine, ...]:
        return self.listed or ()

    @model_validator(mode="before")
    @classmethod
    def _has_content(cls, data: Any) -> Any:
        keys = ("prism_wordsInfo", "prism_tablesInfo", "content")
        if isinstance(data, dict) and all(data.get(key) is None for key in keys):
            raise ValueError(f"it has none of {', '.join(keys)}")
        return data


class CardValue(ResponseModel):
    """A value on a card."""

    key: str
    text: str | None = Field(None, alias="value")
    confidence: float | None = Field(None, alias="valueProb")
    corners: NullableTuple[Corner] = Field((), alias="valuePos")
    """In pixels of the image that was sent, also if the service cut the card out."""


class CardSide(SeenImage):
    """The values of one side of a card."""

    values: dict[str, Any] = Field(default_factory=dict, alias="data")
    details: NullableTuple[CardValue] = Field((), alias="prism_keyValueInfo")


class CardResponse(CardSide):
    """Response of the endpoints for cards."""

    values: dict[str, Any] = Field(alias="data")

    @property
    def sides(self) -> list[CardSide]:
        """The sides: an identity card has a face and a back with values; a bank card has only its values."""
        sides = [self.values[side] for side in ("face", "back") if self.values.get(side) is not None]
        return [validated(CardSide, side) for side in sides] or [self]
