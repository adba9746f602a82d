"""The pixels of the pages that a result speaks of, and how they travel inside a web page."""

from __future__ import annotations

import base64
import contextlib
import io
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, features

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.page import Page
from ocrkit.result import PageResult
from ocrkit.sources import SourceLike, open_source

_LONGEST_SIDE = 2200  # print stays readable when zoomed in, and an A4 page takes some 300 kB
_QUALITY = 78
_SAME_SHAPE = 0.02

_log = logging.getLogger(__name__)


def pages_of(picture: SourceLike, indices: Sequence[int], options: SourceOptions) -> Iterator[Page]:
    """The pages at these positions; those that the source does not have are left out."""
    with contextlib.closing(open_source(picture, options)) as source:
        yield from (source.page(index) for index in indices if index < source.page_count)


def source_of(name: str | None) -> Path | None:
    """The file that a result came from, where it is still there."""
    path = Path(name) if name else None
    try:
        return path if path and path.is_file() else None
    except (OSError, ValueError):  # a name that cannot be one here
        return None


def fits(page: Page, result: PageResult) -> bool:
    """Whether a picture can be that of a result: its shape is the same, whatever its resolution."""
    shape = page.width / page.height / (result.width / result.height)
    if abs(shape - 1) < _SAME_SHAPE:
        return True
    _log.warning(
        "page %d is left white: it was read at %d × %d pixels, and its picture has %d × %d; hand in "
        "the picture that was read",
        result.number, result.width, result.height, page.width, page.height,
    )  # fmt: skip
    return False


def optional_pages(name: str | None, indices: Sequence[int], options: SourceOptions) -> Iterator[Page]:
    """The pages of a file that nobody has asked for by name: where it cannot be read, the log says so."""
    path = source_of(name)
    if path is None:
        return
    try:
        yield from pages_of(path, indices, options)
    except SourceError as error:
        _log.warning("pages are left white: %s", error)


def data_uri(page: Page, quarter_turns: int = 0, *, longest_side: int = _LONGEST_SIDE) -> str:
    """A picture as an address that holds it, turned clockwise, made smaller where it is larger."""
    picture = Image.fromarray(page.pixels)
    picture.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if quarter_turns % 4:
        picture = picture.rotate(-90 * quarter_turns, expand=True)
    kind = "webp" if features.check("webp") else "jpeg"
    buffer = io.BytesIO()
    picture.save(buffer, kind, quality=_QUALITY)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"
