"""The shape of Google's responses. Only what makes a response usable is required.

The service leaves out every field with its default value: a coordinate of 0, a confidence of 0.
"""

from __future__ import annotations

from pydantic import Field

from ocrkit.backends.remote import NullableTuple, ResponseModel


class Vertex(ResponseModel):
    """A point, in pixels of the image. It may lie outside."""

    x: float = 0.0
    y: float = 0.0


class Polygon(ResponseModel):
    """An outline, clockwise from the top left corner of the text itself."""

    vertices: NullableTuple[Vertex] = ()


class DetectedLanguage(ResponseModel):
    """A language, with the share of the text in it."""

    code: str = Field("", alias="languageCode")
    confidence: float | None = None


class DetectedBreak(ResponseModel):
    """A space or the end of a line, after a symbol or before it."""

    type: str | int = ""
    is_prefix: bool = Field(default=False, alias="isPrefix")


class Property(ResponseModel):
    """The languages and the break of a part of the page."""

    languages: NullableTuple[DetectedLanguage] = Field((), alias="detectedLanguages")
    break_: DetectedBreak | None = Field(None, alias="detectedBreak")


class Part(ResponseModel):
    """The base of all parts of a page."""

    property: Property | None = None
    outline: Polygon | None = Field(None, alias="boundingBox")
    confidence: float | None = None


class Symbol(Part):
    """A character."""

    text: str = ""


class WordItem(Part):
    """A word, without the punctuation next to it."""

    symbols: NullableTuple[Symbol] = ()


class Paragraph(Part):
    """A paragraph."""

    words: NullableTuple[WordItem] = ()


class BlockItem(Part):
    """A block of text, or a picture."""

    kind: str | int = Field("", alias="blockType")
    paragraphs: NullableTuple[Paragraph] = ()


class PageItem(Part):
    """A page."""

    blocks: NullableTuple[BlockItem] = ()


class Annotation(ResponseModel):
    """All text of an image."""

    pages: NullableTuple[PageItem] = ()


class Error(ResponseModel):
    """An error of one image, inside a successful response."""

    code: int = 0
    message: str | None = None


class ImageResponse(ResponseModel):
    """The response for one image. An image without text has no annotation."""

    annotation: Annotation | None = Field(None, alias="fullTextAnnotation")
    error: Error | None = None


class Envelope(ResponseModel):
    """The outer object of every response."""

    responses: tuple[ImageResponse, ...] = Field(min_length=1)
