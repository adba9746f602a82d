"""What a source is: a file as a lazy run of pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from typing_extensions import Self

from ocrkit.page import Page


class SourceOptions(BaseModel):
    """How files become pages."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    dpi: int = Field(300, ge=36, le=1200)
    """The resolution at which PDF pages are rendered."""
    max_pixels: int = Field(200_000_000, ge=10_000)
    """The most pixels a page may have. Checked in the header, before anything is decoded. A PDF page that
    would have more is rendered at a lower resolution; an image that has more is refused."""
    max_pages: int | None = Field(None, ge=1)
    """Refuse documents with more pages."""
    rasterizer: Literal["pypdfium2", "pdf2image"] = "pypdfium2"
    """What renders PDF pages. pdf2image wants poppler's programs."""
    embedded_images: bool = True
    """Take a PDF page that is one full-page image as that image, at its own resolution."""
    password: SecretStr | None = None
    """Opens encrypted PDFs."""


class Source(Protocol):
    """An open file. Pages are decoded one at a time, when they are asked for."""

    @property
    def page_count(self) -> int: ...

    def pages(self, indices: Sequence[int]) -> Iterator[Page]:
        """The pages at these positions (from 0), in this order. Raises `SourceError` with the page."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
