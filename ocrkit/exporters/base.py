"""The interface of exporters: functions from a document to the bytes of a file.

A `StreamingExporter` writes page by page, so that a document of thousands of pages does not have to fit into
memory. An exporter with `SupportsSource` also reads the source, because its output shows the pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeAlias, runtime_checkable

from ocrkit.result import DocumentResult, PageResult

Export: TypeAlias = Callable[[DocumentResult], bytes]
"""Takes a document; returns the bytes of a file."""

Stream: TypeAlias = Callable[[DocumentResult, Iterable[PageResult]], Iterator[bytes]]
"""Takes a document without its pages and an iterator over the pages; yields the chunks of the file."""


@runtime_checkable
class SupportsStream(Protocol):
    """An exporter that writes page by page."""

    def stream(self, head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]: ...


@runtime_checkable
class SupportsSource(Protocol):
    """An exporter that needs the source as well as the result.

    If it is called with only the document, it reads the file `document.source`, and raises `ExportError` if
    there is none.
    """

    def from_source(self, document: DocumentResult, source: Any, *, password: str | None = None) -> bytes:
        """The whole file.

        Args:
            document: the result.
            source: the source of the result, in any form that ocrkit can read.
            password: the password of an encrypted source.
        """
        ...


class StreamingExporter:
    """An exporter that is made from a stream function."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.__doc__ = stream.__doc__

    def stream(self, head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:
        """The chunks of the file. `head` is the document without its pages."""
        return self._stream(head, pages)

    def __call__(self, document: DocumentResult) -> bytes:
        """The whole file."""
        return b"".join(self.stream(document.model_copy(update={"pages": ()}), document.pages))
