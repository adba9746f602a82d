"""The shape of Mistral's responses. Only what makes a response usable is required."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from ocrkit.backends.remote import NullableTuple, ResponseModel


def _clamped(value: float | None) -> float | None:
    return None if value is None else min(1.0, max(0.0, value))


Confidence = Annotated[float | None, AfterValidator(_clamped)]


class Dimensions(ResponseModel):
    """The size of the raster in which boxes are given."""

    width: float = Field(gt=0)
    height: float = Field(gt=0)


class Score(ResponseModel):
    """The confidence of a word of the Markdown."""

    text: str
    confidence: Confidence = None


class Place(ResponseModel):
    """The base of all items with a box."""

    top_left_x: float | None = None
    top_left_y: float | None = None
    bottom_right_x: float | None = None
    bottom_right_y: float | None = None


class BlockScores(ResponseModel):
    """The confidences of a block."""

    average_content_confidence_score: Confidence = None


class BlockItem(Place):
    """A block. Types that are not known yet are text."""

    type: str = "text"
    content: str | None = None
    table_id: str | None = None
    image_id: str | None = None
    confidence_scores: BlockScores | None = None


class Picture(Place):
    """A picture on the page."""

    id: str | None = None


class TableItem(ResponseModel):
    """A table, as HTML or Markdown. The Markdown of the page holds only a link to it."""

    id: str | None = None
    content: str = ""
    word_confidence_scores: NullableTuple[Score] = ()


class PageScores(ResponseModel):
    """The confidences of a page."""

    word_confidence_scores: NullableTuple[Score] = ()


class PageItem(ResponseModel):
    """A page."""

    markdown: str | None = None
    dimensions: Dimensions | None = None
    images: NullableTuple[Picture] = ()
    tables: NullableTuple[TableItem] = ()
    blocks: NullableTuple[BlockItem] = ()
    header: str | None = None
    footer: str | None = None
    confidence_scores: PageScores | None = None


class OcrResponse(ResponseModel):
    """The whole response."""

    pages: NullableTuple[PageItem]
    model: str | None = None
