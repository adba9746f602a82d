"""The interface of page readers: threads of this process, worker processes, or other machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ocrkit.config.settings import SourceOptions
from ocrkit.result import PageResult
from ocrkit.sources import SourceLike


@dataclass(frozen=True)
class OpenDocument:
    """An open document. Its pages can be read by several threads and in any order."""

    page_count: int
    read: Callable[[int], PageResult]
    """Read the page at this position, counted from 0."""
    close: Callable[[], None]


class PageReader(Protocol):
    """Opens documents and reads their pages."""

    workers: int
    """How many threads should call it at once."""

    def open(self, source: SourceLike, options: SourceOptions) -> OpenDocument:
        """Raises `SourceError` for a source that cannot be opened."""
        ...

    def stop(self) -> None:
        """Abort the pages in progress where that is possible."""
        ...
