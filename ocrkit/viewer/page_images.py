"""Images of the pages of a result, read again from their source and embedded as data URIs."""

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
_ASPECT_TOLERANCE = 0.02

_log = logging.getLogger(__name__)


def read_pages(source: SourceLike, indices: Sequence[int], options: SourceOptions) -> Iterator[Page]:
    """The pages at these indices, without those that the source does not have."""
    with contextlib.closing(open_source(source, options)) as opened:
        yield from (opened.page(index) for index in indices if index < opened.page_count)


def read_pages_if_available(
    path: str | None, indices: Sequence[int], options: SourceOptions
) -> Iterator[Page]:
    """The pages of the file that a result names: none if it is gone; a log entry if it cannot be read."""
    if path is None or not _is_file(path):
        return
    try:
        yield from read_pages(Path(path), indices, options)
    except SourceError as error:
        _log.warning("pages are shown without their images: %s", error)


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except (OSError, ValueError):  # the name is not valid on this system
        return False


def has_shape_of(page: Page, result: PageResult) -> bool:
    """Whether a page has the aspect ratio of a result. Its resolution may differ."""
    ratio = page.width / page.height / (result.width / result.height)
    if abs(ratio - 1) < _ASPECT_TOLERANCE:
        return True
    _log.warning(
        "page %d is shown without its image: the result has %d × %d pixels, the image %d × %d; pass the file "
        "that the result was read from",
        result.number, result.width, result.height, page.width, page.height,
    )  # fmt: skip
    return False


def data_uri(page: Page, quarter_turns: int = 0, *, longest_side: int = _LONGEST_SIDE) -> str:
    """The page's image as a data URI, rotated clockwise and scaled down to a maximum size."""
    image = Image.fromarray(page.pixels)
    image.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if quarter_turns % 4:
        image = image.rotate(-90 * quarter_turns, expand=True)
    kind = "webp" if features.check("webp") else "jpeg"
    buffer = io.BytesIO()
    image.save(buffer, kind, quality=_QUALITY)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"
