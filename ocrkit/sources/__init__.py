"""Open files, bytes and images as pages: `open_source` picks the reader by the content of the file.

Readers are imported on first use; importing this package loads neither an image decoder nor pdfium.
"""

from __future__ import annotations

import os
import re
from typing import IO, Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.sources.base import Source
from ocrkit.sources.content import Content, from_bytes, from_file, from_path
from ocrkit.sources.kinds import SUPPORTED, description_of, kind_of
from ocrkit.sources.selection import PageSelection, parse_pages, selection_text

__all__ = [
    "PageSelection",
    "Source",
    "SourceLike",
    "open_source",
    "parse_pages",
    "selection_text",
    "source_name",
]

SourceLike: TypeAlias = (
    str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Image.Image | NDArray[Any]
)
"""A readable source: a path, the bytes of a file, an open binary file, a Pillow image, or a numpy array of
gray (height × width) or red, green, blue (height × width × 3) pixels. A `str` is always a path."""

_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{1,20}://")
_DEFAULTS = SourceOptions()


def open_source(source: SourceLike, options: SourceOptions = _DEFAULTS) -> Source:
    """Open a source for reading.

    A seekable file object is read from its start and is left open at its old position.

    Raises:
        SourceError: the source cannot be read; the message says why and what to do.
    """
    if isinstance(source, (Image.Image, np.ndarray)):
        from ocrkit.sources.memory import MemorySource

        return MemorySource(source, options)
    content = _content(source, options.max_file_size)
    kind = kind_of(content.head)
    if kind is None:
        raise SourceError(
            f"this file type is not supported: {description_of(content.head)}. Supported are {SUPPORTED}",
            path=content.name,
        )
    if kind == "pdf":
        return _open_pdf(content, options)
    if kind == "tiff":
        from ocrkit.sources.tiff import TiffSource

        return TiffSource(content, options)
    from ocrkit.sources.image import ImageSource

    return ImageSource(content, options, kind)


def source_name(source: SourceLike) -> str | None:
    """The path of a source as text, or None for a source without a path."""
    if isinstance(source, str):
        return source
    if isinstance(source, os.PathLike):
        return os.fsdecode(source)
    name = getattr(source, "filename", None) if isinstance(source, Image.Image) else None
    name = name or getattr(source, "name", None)
    return os.fsdecode(name) if isinstance(name, (str, bytes, os.PathLike)) and name else None


def _open_pdf(content: Content, options: SourceOptions) -> Source:
    if options.rasterizer == "pdf2image":
        from ocrkit.sources.poppler import PopplerSource

        return PopplerSource(content, options)
    if options.separate_process != "never":
        from ocrkit.sources.pdf_hazards import hazard_of

        hazard = hazard_of(content, options)
        if hazard is None and options.separate_process == "always":
            hazard = "no known hazard"
        if hazard is not None:
            from ocrkit.sources.contained import ContainedPdfSource

            return ContainedPdfSource(content, options, hazard)
    from ocrkit.sources.pdf import PdfSource

    return PdfSource(content, options)


def _content(source: object, max_bytes: int) -> Content:
    if isinstance(source, str):
        if _URL.match(source):
            raise SourceError(
                "this is a URL, and ocrkit does not download files; download it first and pass its path or "
                "its bytes",
                path=source,
            )
        return from_path(source, max_bytes)
    if isinstance(source, os.PathLike):
        return from_path(os.fsdecode(source), max_bytes)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return from_bytes(bytes(source))
    if callable(getattr(source, "read", None)):
        file = cast("IO[bytes]", source)
        return from_file(file, source_name(file), max_bytes)
    raise SourceError(
        f"a {type(source).__name__} cannot be read; pass a path, the bytes of a file, an open binary file, a "
        "Pillow image or a numpy array"
    )
