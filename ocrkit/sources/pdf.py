"""PDF files, read by pdfium: a scanned page becomes its embedded image, any other page is rendered.

pdfium is not thread-safe, not even across documents. **This is the only module that opens pdfium objects, and
every call happens inside `pdfium()`**, which holds the lock. Pages are returned outside of it, so a slow
consumer does not block other threads.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import math
import os
import threading
import weakref
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pypdfium2
from pypdfium2 import raw

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.glyphs import TextLayer
from ocrkit.lazy import Lazy
from ocrkit.page import LazyPixels, Page, Pixels
from ocrkit.sources import checks, pdf_forms, pdf_page_file, pdf_scan, pdf_text, pixels
from ocrkit.sources.base import Source
from ocrkit.sources.content import Content

LABEL = "PDF"
POINTS_PER_INCH = 72
_LONGEST_SIDE = 65_000
_REOPEN_BYTES = 16_000_000
"""pdfium keeps what it has read of a file until the document is closed. After this many bytes the document is
reopened, or a long scan would end up in memory as a whole."""
_JUST_BELOW = 1 - 1e-7  # sizes are rounded up: 792 points at 300 dpi are 3300 pixels, not 3300.0000001


class _OpenFile(NamedTuple):
    """An open document and the bytes it is read from, of which pdfium keeps no copy."""

    document: pypdfium2.PdfDocument
    data: bytes


_lock = threading.Lock()
if hasattr(os, "register_at_fork"):
    # A forked child has one thread. If another thread held the lock, it would never be released there.
    os.register_at_fork(after_in_child=lambda: globals().update(_lock=threading.Lock()))
_to_close: deque[_OpenFile] = deque()


@contextlib.contextmanager
def pdfium() -> Iterator[None]:
    """The lock around every call of pdfium."""
    with _lock:
        _close_unreferenced()
        yield


def _close_later(opened: _OpenFile) -> None:
    """Close the document of a source that was garbage-collected without `close`.

    The garbage collector calls this in any thread at any time, perhaps in a thread that holds the lock, so
    waiting for the lock could be a deadlock. If the lock is taken, the next `pdfium()` closes the document.
    """
    _to_close.append(opened)
    if _lock.acquire(blocking=False):
        try:
            _close_unreferenced()
        finally:
            _lock.release()


def _close_unreferenced() -> None:
    while _to_close:
        _to_close.popleft().document.close()


class PdfSource(Source):
    """A PDF file, read by pdfium."""

    def __init__(self, content: Content, options: SourceOptions) -> None:
        super().__init__(LABEL, content.name)
        self._options = options
        self._content = content
        self._version = _file_version(content)
        with checks.translate_errors(self._label, self._name), pdfium():
            self._open()
            self.page_count = len(self._document)
        try:
            self._check_page_count()
        except SourceError:
            self.close()
            raise

    def close(self) -> None:
        super().close()
        if self._finalizer.detach():
            with pdfium():
                self._document.close()

    def _open(self) -> None:
        document = pypdfium2.PdfDocument(self._load(self._content))
        self._finalizer = weakref.finalize(self, _close_later, _OpenFile(document, self._content.data))
        self._finalizer.atexit = False  # pdfium shuts down by itself then
        self._document = document
        self._pages_read = 0
        pdf_forms.start_forms(document)

    def _reopen(self) -> None:
        """Reopen the document, so that pdfium frees memory. If the file was replaced, nothing changes."""
        if _file_version(self._content) != self._version:
            return
        before, finalizer = self._document, self._finalizer
        with contextlib.suppress(SourceError):
            self._open()
            finalizer.detach()
            before.close()

    def _check_page_count(self) -> None:
        if self.page_count > max(10_000, self._content.size):  # even an empty page takes a few bytes
            raise SourceError(f"this PDF is damaged: it claims {self.page_count} pages", path=self._name)
        checks.check_page_count(self.page_count, self._options, name=self._name)

    def _decode(self, index: int) -> Page:
        with self._pdfium_page(index) as page:
            decoded = self._scan(page, index) or self._unrendered(page, index)
            form = pdf_forms.read_form(self._document, page, decoded.width, decoded.height)
            return decoded.with_form(*form)

    @contextlib.contextmanager
    def _pdfium_page(self, index: int) -> Iterator[pypdfium2.PdfPage]:
        with pdfium():
            if self._pages_read * self._content.size > _REOPEN_BYTES * self.page_count:
                self._reopen()
            self._pages_read += 1
            page = self._document[index]
            try:
                yield page
            finally:
                page.close()

    @contextlib.contextmanager
    def _again(self, index: int) -> Iterator[pypdfium2.PdfPage]:
        """A page for a lazy value, which may be used after this source was closed."""
        with checks.translate_errors(self._label, self._name, index + 1), contextlib.ExitStack() as stack:
            source = self
            if self._closed:
                source = PdfSource(self._content, self._options)
                stack.callback(source.close)
            yield stack.enter_context(source._pdfium_page(index))

    def single_page(self, index: int) -> bytes:
        """A document that has only this page."""
        with checks.translate_errors(self._label, self._name, index + 1), pdfium():
            return pdf_page_file.extracted(self._document, index)

    def _page_file(self, page: pypdfium2.PdfPage, index: int) -> pdf_page_file.PdfPageFile | None:
        if not pdf_page_file.is_upright_and_whole(page):
            return None
        document = functools.partial(PdfSource, self._content, self._options)
        return pdf_page_file.PdfPageFile(document, index, portable=self._content.path is not None)

    def _scan(self, page: pypdfium2.PdfPage, index: int) -> Page | None:
        """The page as the image that fills it, or None."""
        images = pdf_scan.find_images(page)
        for image in images.all:
            limit = self._options.max_pixels * image.pixels_per_byte
            if image.width * image.height > limit:
                raise SourceError(
                    f"this page holds an image of {image.width} × {image.height} pixels, which must be "
                    f"decoded as a whole; raise `max_pixels` in the [source] settings if you trust it",
                    path=self._name,
                    page=index + 1,
                )
        if not self._options.embedded_images or images.full is None:
            return None
        if images.full.width * images.full.height > self._options.max_pixels:
            return None
        scan = pdf_scan.extract(page, images.full)
        if scan is None:
            return None
        height, width = scan.pixels.shape[:2]
        return Page(
            scan.pixels,
            index,
            scan.dpi,
            info={**self._facts(page), "rendered": False, "image_filter": images.full.filter},
            text_layer=self._text_layer(index, width, height),
            source=self._page_file(page, index),
        )

    def _unrendered(self, page: pypdfium2.PdfPage, index: int) -> Page:
        """The page, which is rendered when its pixels are first used."""
        width, height = page.get_width(), page.get_height()
        scale = render_scale(width, height, self._options)
        if scale is None:
            raise SourceError(
                "this page has a width or height of 0; leave it out with `pages`",
                path=self._name,
                page=index + 1,
            )
        dpi = scale * POINTS_PER_INCH
        warnings: tuple[str, ...] = ()
        if dpi < self._options.dpi * 0.999:
            warnings = (lower_dpi_warning(width, height, dpi, self._options),)
        size = math.ceil(width * scale), math.ceil(height * scale)
        return Page(
            LazyPixels(functools.partial(self._render, index, scale), *size),
            index,
            round(dpi, 2),
            info={**self._facts(page), "rendered": True},
            warnings=warnings,
            text_layer=self._text_layer(index, *size),
            source=self._page_file(page, index),
        )

    def _render(self, index: int, scale: float) -> Pixels:
        with self._again(index) as page:
            return render(page, scale)

    def _text_layer(self, index: int, width: int, height: int) -> Lazy[TextLayer | None]:
        def extract() -> TextLayer | None:
            with self._again(index) as page:
                return pdf_text.extract(page, index, width, height)

        return Lazy(extract)

    def _facts(self, page: pypdfium2.PdfPage) -> dict[str, str | int | float | bool]:
        return {
            "format": "pdf",
            "rasterizer": "pypdfium2",
            "width_points": round(page.get_width(), 2),
            "height_points": round(page.get_height(), 2),
        }

    def _load(self, content: Content) -> ctypes.c_void_p:
        # pypdfium2's own loader treats a document without pages as an error, and then reports the last error
        # of the process, whatever that was.
        secret = self._options.password.get_secret_value() if self._options.password else ""
        password = secret.encode()
        if content.path is not None:
            handle = raw.FPDF_LoadDocument(os.fsencode(content.path), password)
        else:
            handle = raw.FPDF_LoadMemDocument64(content.data, len(content.data), password)
        if not handle:
            raise self._load_error(raw.FPDF_GetLastError())
        return handle  # type: ignore[no-any-return]

    def _load_error(self, code: int) -> SourceError:
        if code == raw.FPDF_ERR_PASSWORD:
            return password_error(self._options, self._name)
        if code == raw.FPDF_ERR_SECURITY:
            return SourceError(
                "this PDF uses an unsupported kind of encryption; save it without protection", path=self._name
            )
        return SourceError(
            "this PDF is damaged and cannot be repaired; get the file again, or open it in another program "
            "and save it again",
            path=self._name,
        )


def _file_version(content: Content) -> object:
    """Changes when the file is replaced or written."""
    if content.path is None:
        return None
    try:
        state = content.path.stat()
    except OSError:
        return OSError
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns


def password_error(options: SourceOptions, name: str | None) -> SourceError:
    """The error for a missing or wrong password."""
    if options.password is None:
        return SourceError("this PDF is encrypted; pass its password with `password=`", path=name)
    return SourceError("this PDF is encrypted and the given password is wrong", path=name)


def render_scale(width: float, height: float, options: SourceOptions) -> float | None:
    """Pixels per point at the requested dpi, or fewer if the page would have too many pixels.

    None for a page without a size. A page's UserUnit (units larger than a point) is ignored, as by pdfium and
    poppler.
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
    """The warning for a page that is rendered at a lower resolution than requested."""
    return (
        f"rendered at {dpi:.1f} dpi instead of {options.dpi}: the page is {width / POINTS_PER_INCH:.0f} × "
        f"{height / POINTS_PER_INCH:.0f} inches, and `max_pixels` allows {options.max_pixels:,} pixels"
    )


def render(page: pypdfium2.PdfPage, scale: float) -> Pixels:
    """The page on a white background, with annotations and form fields. Call inside `pdfium()`."""
    if raw.FPDFPage_CountObjects(page) == 0 and raw.FPDFPage_GetAnnotCount(page) == 0:
        size = math.ceil(page.get_height() * scale), math.ceil(page.get_width() * scale)
        return np.full(size, 255, np.uint8)
    bitmap = page.render(scale=scale, rev_byteorder=True)
    try:
        # The buffer belongs to Python and outlives the handle.
        rendered: Pixels = np.asarray(bitmap.to_numpy())
    finally:
        bitmap.close()
    return pixels.gray_if_gray(rendered)
