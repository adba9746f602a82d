"""The shape of Aspose's responses."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from pydantic import Field

from ocrkit.backends.remote import NullableTuple, ResponseModel
from ocrkit.errors import BadResponseError


class Output(ResponseModel):
    """One result of a task."""

    type: str
    data: str

    @property
    def content(self) -> str:
        """The decoded data: even text is sent as base64."""
        try:
            return base64.b64decode(self.data, validate=True).decode("utf-8-sig")
        except (binascii.Error, ValueError):
            raise BadResponseError("a result of the task is not base64 of UTF-8 text") from None


class Messages(ResponseModel):
    """Messages of the service, also of tasks that succeeded."""

    messages: NullableTuple[str] = ()
    warnings: NullableTuple[str] = ()


class Task(ResponseModel):
    """The state of a task."""

    id: str | None = None
    status: str | None = Field(None, alias="taskStatus")
    code: str | None = Field(None, alias="responseStatusCode")
    results: NullableTuple[Output] = ()
    error: Messages | None = None

    @property
    def notices(self) -> tuple[str, ...]:
        """The service's notices about the page, each text once. A completed task may have notices, too."""
        if self.error is None:
            return ()
        texts = (text.strip() for text in (*self.error.messages, *self.error.warnings))
        return tuple(dict.fromkeys(text for text in texts if text))

    def contents(self, kind: str) -> list[str]:
        """The results of one type."""
        return [output.content for output in self.results if output.type.casefold() == kind.casefold()]


class Corners(NamedTuple):
    """A detected region."""

    left: float
    top: float
    right: float
    bottom: float


class DetectedRegions(ResponseModel):
    """Result of `DetectRegions`."""

    regions: tuple[Corners, ...]


class ProblemDetails(ResponseModel):
    """An error: problem details (RFC 7807), or that of the token service (RFC 6749)."""

    title: str | None = None
    detail: str | None = None
    error: str | None = None
    error_description: str | None = None
