"""What a source is: a file as a lazy run of pages."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Protocol

from typing_extensions import Self

from ocrkit.page import Page


class Source(Protocol):
    """An open file. Pages are decoded one at a time, when they are asked for."""

    @property
    @abstractmethod
    def page_count(self) -> int: ...

    @abstractmethod
    def pages(self, indices: Iterable[int]) -> Iterator[Page]:
        """The pages at these positions (from 0), in this order. Raises `SourceError` with the page."""
        ...

    @abstractmethod
    def close(self) -> None:
        """Let go of the file. Closing twice is harmless."""
        ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
