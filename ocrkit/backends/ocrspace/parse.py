"""Responses of OCR.space as results. Pure."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from ocrkit.backends.ocrspace.errors import exit_error
from ocrkit.backends.remote import (
    Call,
    NullableTuple,
    Recognition,
    ResponseModel,
    polygon_of_corners,
    validated,
)
from ocrkit.geometry import Box
from ocrkit.page import Encoded
from ocrkit.result import Block, Line, Word

_DONE = 1
_PARTLY_DONE = 2


def _texts(value: Any) -> Any:
    """Messages: a text, a list of texts, or null."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


Messages = Annotated[tuple[str, ...], BeforeValidator(_texts)]


class WordItem(ResponseModel):
    """A word with its box in pixels of the image."""

    text: str = Field(alias="WordText")
    left: float = Field(alias="Left")
    top: float = Field(alias="Top")
    width: float = Field(alias="Width")
    height: float = Field(alias="Height")


class LineItem(ResponseModel):
    """A line."""

    text: str | None = Field(None, alias="LineText")
    words: NullableTuple[WordItem] = Field((), alias="Words")


class Overlay(ResponseModel):
    """The lines of a page."""

    lines: NullableTuple[LineItem] = Field((), alias="Lines")


class PageItem(ResponseModel):
    """The result of a page."""

    overlay: Overlay | None = Field(None, alias="TextOverlay")
    exit_code: int | None = Field(None, alias="FileParseExitCode")
    text: str | None = Field(None, alias="ParsedText")
    messages: Messages = Field((), alias="ErrorMessage")
    details: Messages = Field((), alias="ErrorDetails")


class Answer(ResponseModel):
    """The whole response."""

    pages: NullableTuple[PageItem] = Field((), alias="ParsedResults")
    exit_code: int = Field(alias="OCRExitCode")
    is_errored: bool | None = Field(None, alias="IsErroredOnProcessing")
    messages: Messages = Field((), alias="ErrorMessage")
    details: Messages = Field((), alias="ErrorDetails")


def parse(data: Any, image: Encoded, call: Call[str]) -> Recognition:
    """The content of a response. Raises the error that its exit codes mean."""
    answer = validated(Answer, data)
    page = answer.pages[0] if answer.pages else None
    if page is not None and page.exit_code not in (_DONE, None):
        texts = (*page.messages, *answer.messages), (*page.details, *answer.details)
        raise exit_error(f"exit {page.exit_code}", _joined(*texts))
    if page is None or answer.exit_code not in (_DONE, _PARTLY_DONE):
        raise exit_error(f"exit {answer.exit_code}", _joined(answer.messages, answer.details))
    lines = (
        [line for item in page.overlay.lines if (line := _line(item, image, call))] if page.overlay else []
    )
    if not lines:
        lines = [
            Line(text=text, language=call.language)
            for row in (page.text or "").splitlines()
            if (text := " ".join(row.split()))
        ]
    return Recognition(blocks=(Block.of(lines),) if lines else ())


def _line(item: LineItem, image: Encoded, call: Call[str]) -> Line | None:
    words = [_word(each, image) for each in item.words if each.text.strip()]
    text = " ".join((item.text or "").split())
    if not words:
        return Line(text=text, language=call.language) if text else None
    return Line.of(words, language=call.language, **({"text": text, "raw_text": text} if text else {}))


def _word(item: WordItem, image: Encoded) -> Word:
    box = Box(item.left, item.top, item.left + item.width, item.top + item.height)
    is_box = item.width > 0 and item.height > 0
    polygon = polygon_of_corners(box.polygon, image.width, image.height) if is_box else None
    return Word(text=item.text.strip(), polygon=polygon)


def _joined(messages: tuple[str, ...], details: tuple[str, ...]) -> str:
    return "; ".join(dict.fromkeys(filter(None, (*messages, *details))))
