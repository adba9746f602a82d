"""PDF, by pdfium: a page at a time, taken as the scan it holds or else rendered.

pdfium is not thread-safe, not even between documents. **This is the only module that opens pdfium objects,
and every call happens inside `pdfium()`**, which lets one thread in at a time. Pages are handed out outside
of it, so one slow consumer never blocks the others.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pypdfium2
from pypdfium2 import raw

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.page import Page, Pixels
from ocrkit.sources import decoding, pdf_scan, pixels
from ocrkit.sources.base import Source
from ocrkit.sources.content import Content

WHAT = "PDF"
POINTS_PER_INCH = 72
_LONGEST_SIDE = 65_000
_KEPT_BYTES = 16_000_000
"""pdfium keeps what it has read of a file until the document is closed. After so much it is opened anew, or a
long scan would end up in memory as a whole."""
_JUST_BELOW = 1 - 1e-7  # sizes are rounded up: 792 points at 300 dpi are 3300 pixels, not 3300.0000001


class _Opened(NamedTuple):
    """An open document, and the bytes it is read from: pdfium keeps no copy of them."""

    document: pypdfium2.PdfDocument
    data: bytes


_lock = threading.Lock()
if hasattr(os, "register_at_fork"):
    # A child is forked with one thread; if another one was at pdfium, nobody there would ever open the door.
    os.register_at_fork(after_in_child=lambda: globals().update(_lock=threading.Lock()))
_abandoned: deque[_Opened] = deque()


@contextlib.contextmanager
def pdfium() -> Iterator[None]:
    """The one door to pdfium."""
    with _lock:
        _close_abandoned()
        yield


def _abandon(opened: _Opened) -> None:
    """Close a document whose source was dropped without `close`.

    The garbage collector calls this in any thread at any time, perhaps while that very thread is inside
    `pdfium()`: waiting for the lock here could wait forever. What cannot be closed now is closed by the next
    one through the door.
    """
    _abandoned.append(opened)
    if _lock.acquire(blocking=False):
        try:
            _close_abandoned()
        finally:
            _lock.release()


def _close_abandoned() -> None:
    while _abandoned:
        _abandoned.popleft().document.close()


class PdfSource(Source):
    """A PDF file, open in pdfium."""

    def __init__(self, content: Content, options: SourceOptions) -> None:
        self._name = content.name
        self._options = options
        self._content = content
        self._version = _version(content)
        with decoding.decoding(WHAT, content.name), pdfium():
            self._open()
            self._count = len(self._document)
        try:
            self._check(content.size)
        except SourceError:
            self.close()
            raise

    @property
    def page_count(self) -> int:
        return self._count

    def pages(self, indices: Iterable[int]) -> Iterator[Page]:
        for index in indices:
            decoding.check_index(index, self._count, name=self._name)
            with decoding.decoding(WHAT, self._name, index + 1):
                page = self._page(index)
            yield page

    def close(self) -> None:
        if self._release.detach():
            with pdfium():
                self._document.close()

    def _open(self) -> None:
        document = pypdfium2.PdfDocument(self._load(self._content))
        self._release = weakref.finalize(self, _abandon, _Opened(document, self._content.data))
        self._release.atexit = False  # pdfium shuts down by itself then
        self._document = document
        self._pages_taken = 0
        document.init_forms()  # without it, what was filled into a form is not drawn

    def _open_anew(self) -> None:
        """Let pdfium forget what it has read. Where another file lies by now, the open one stays."""
        if _version(self._content) != self._version:
            return
        before, release = self._document, self._release
        with contextlib.suppress(SourceError):
            self._open()
            release.detach()
            before.close()

    def _check(self, size: int) -> None:
        if self._count > max(10_000, size):  # even an empty page takes a few bytes
            raise SourceError(f"this PDF is damaged: it claims {self._count} pages", path=self._name)
        decoding.check_pages(self._count, self._options, name=self._name)

    def _page(self, index: int) -> Page:
        with pdfium():
            if not self._release.alive:
                raise decoding.closed(self._name)
            if self._pages_taken * self._content.size > _KEPT_BYTES * self._count:
                self._open_anew()
            self._pages_taken += 1
            page = self._document[index]
            try:
                return self._scan(page, index) or self._rendered(page, index)
            finally:
                page.close()

    def _scan(self, page: pypdfium2.PdfPage, index: int) -> Page | None:
        """The page as the one image that fills it, or None."""
        images = pdf_scan.survey(page)
        for image in images.all:
            budget = self._options.max_pixels * image.per_byte
            if image.width * image.height > budget:
                raise SourceError(
                    f"this page holds an image of {image.width} × {image.height} pixels, which has to be "
                    f"decoded as a whole; raise `max_pixels` in the [source] settings if you trust it",
                    path=self._name,
                    page=index + 1,
                )
        if not self._options.embedded_images or images.full is None:
            return None
        if images.full.width * images.full.height > self._options.max_pixels:
            return None
        found = pdf_scan.extract(page, images.full)
        if found is None:
            return None
        return Page(
            found.pixels,
            index,
            found.dpi,
            info={**self._facts(page), "rendered": False, "image_filter": images.full.filter},
        )

    def _rendered(self, page: pypdfium2.PdfPage, index: int) -> Page:
        width, height = page.get_width(), page.get_height()
        scale = render_scale(width, height, self._options)
        if scale is None:
            raise SourceError("this page has no size", path=self._name, page=index + 1)
        dpi = scale * POINTS_PER_INCH
        warnings: tuple[str, ...] = ()
        if dpi < self._options.dpi * 0.999:
            warnings = (lower_dpi_warning(width, height, dpi, self._options),)
        return Page(
            render(page, scale),
            index,
            round(dpi, 2),
            info={**self._facts(page), "rendered": True},
            warnings=warnings,
        )

    def _facts(self, page: pypdfium2.PdfPage) -> dict[str, str | int | float | bool]:
        return {
            "format": "pdf",
            "rasterizer": "pypdfium2",
            "width_points": round(page.get_width(), 2),
            "height_points": round(page.get_height(), 2),
        }

    def _load(self, content: Content) -> ctypes.c_void_p:
        # pypdfium2's own way to open a file takes a document without pages for a failure, and then reports
        # whatever the last failure in this process was.
        secret = self._options.password.get_secret_value() if self._options.password else ""
        password = secret.encode()
        if content.path is not None:
            handle = raw.FPDF_LoadDocument(os.fsencode(content.path), password)
        else:
            handle = raw.FPDF_LoadMemDocument64(content.data, len(content.data), password)
        if not handle:
            raise self._refused(raw.FPDF_GetLastError())
        return handle  # type: ignore[no-any-return]

    def _refused(self, code: int) -> SourceError:
        if code == raw.FPDF_ERR_PASSWORD:
            return wrong_password(self._options, self._name)
        if code == raw.FPDF_ERR_SECURITY:
            return SourceError(
                "this PDF is encrypted in a way that cannot be read; save it without protection",
                path=self._name,
            )
        return SourceError(
            "this PDF is damaged and cannot be repaired; get the file again, or open it with another program "
            "and save it anew",
            path=self._name,
        )


def _version(content: Content) -> object:
    """Changes when another file lies where this one was opened."""
    if content.path is None:
        return None
    try:
        state = content.path.stat()
    except OSError:
        return OSError
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns


def wrong_password(options: SourceOptions, name: str | None) -> SourceError:
    """The error for a PDF that does not open without a password, or with the one that was given."""
    if options.password is None:
        return SourceError("this PDF is encrypted; give its password with `password=`", path=name)
    return SourceError("this PDF is encrypted and the given password is wrong", path=name)


def render_scale(width: float, height: float, options: SourceOptions) -> float | None:
    """Pixels per point: the dpi asked for, or less where the page would have too many pixels.

    None for a page without a size. pdfium and poppler ignore a page's UserUnit (units larger than a point),
    so nothing here knows it either: such a page gets the pixels its numbers ask for.
    """
    if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
        return None
    scale = min(
        options.dpi / POINTS_PER_INCH * _JUST_BELOW,
        math.sqrt(options.max_pixels / (width * height)),
        _LONGEST_SIDE / max(width, height),
    )
    while math.ceil(width * scale) * math.ceil(height * scale) > options.max_pixels:
        scale *= 0.999
    return scale


def lower_dpi_warning(width: float, height: float, dpi: float, options: SourceOptions) -> str:
    """What to say about a page that is rendered at less than was asked for."""
    return (
        f"rendered at {dpi:.1f} dpi instead of {options.dpi}: the page is {width / POINTS_PER_INCH:.0f} × "
        f"{height / POINTS_PER_INCH:.0f} inches, and `max_pixels` allows {options.max_pixels:,} pixels"
    )


def render(page: pypdfium2.PdfPage, scale: float) -> Pixels:
    """The page on white paper, with annotations and filled form fields. Call inside `pdfium()`."""
    bitmap = page.render(scale=scale, rev_byteorder=True)
    try:
        # The buffer belongs to Python and outlives the handle.
        drawn: Pixels = np.asarray(bitmap.to_numpy())
    finally:
        bitmap.close()
    return pixels.gray_if_gray(drawn)
