"""What an exporter is: a function from a document to the bytes of a file.

One that can write page by page is a `Streamed`: so a document of thousands of pages need not be in memory.
One that shows the pages themselves is a `SupportsSource`: it is handed what was read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeAlias, runtime_checkable

from ocrkit.result import DocumentResult, PageResult

Export: TypeAlias = Callable[[DocumentResult], bytes]

Stream: TypeAlias = Callable[[DocumentResult, Iterable[PageResult]], Iterator[bytes]]
"""From a document without its pages, and the pages as they come, to the pieces of a file."""


@runtime_checkable
class SupportsStream(Protocol):
    """An exporter that takes the pages one at a time."""

    def stream(self, head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]: ...


@runtime_checkable
class SupportsSource(Protocol):
    """An exporter that wants what was read beside what was found in it.

    Called with the document alone it goes by `document.source`, and raises `ExportError` where that is no
    file.
    """

    def from_source(self, document: DocumentResult, source: Any, *, password: str | None = None) -> bytes:
        """The whole file.

        Args:
            document: what was read.
            source: what it was read from, in any of the forms that can be read.
            password: opens an encrypted source.
        """
        ...


class Streamed:
    """An exporter made of a stream."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.__doc__ = stream.__doc__

    def stream(self, head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:
        """The pieces of the file. `head` is the document without its pages."""
        return self._stream(head, pages)

    def __call__(self, document: DocumentResult) -> bytes:
        """The whole file."""
        return b"".join(self.stream(document.model_copy(update={"pages": ()}), document.pages))
