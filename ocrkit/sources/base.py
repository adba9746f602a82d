"""The base class of all sources."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType

from typing_extensions import Self

from ocrkit.errors import SourceError
from ocrkit.page import Page
from ocrkit.sources.checks import translate_errors


class Source(ABC):
    """An open document. Pages are decoded one at a time, when they are requested.

    One thread may use a source at a time.
    """

    page_count: int

    def __init__(self, label: str, name: str | None) -> None:
        """Set the names for error messages.

        Args:
            label: the kind of file, for instance `PDF`.
            name: the path of the file, or None.
        """
        self._label = label
        self._name = name
        self._closed = False

    def page(self, index: int) -> Page:
        """The page at this position, counted from 0. Raises `SourceError` with the page number."""
        if self._closed:
            raise SourceError("this source is closed; open it again", path=self._name)
        if not 0 <= index < self.page_count:
            raise SourceError(
                f"there is no such page: the document has {self.page_count}", path=self._name, page=index + 1
            )
        with translate_errors(self._label, self._name, index + 1):
            return self._decode(index)

    @abstractmethod
    def _decode(self, index: int) -> Page:
        """Decode an existing page. Any exception is translated by the caller."""

    def close(self) -> None:
        """Release the file. Closing twice is allowed."""
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
