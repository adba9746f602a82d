"""From a source and what was read in it to the file."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pikepdf
from pikepdf import Array, Name
from PIL import Image

from ocrkit.errors import ExportError
from ocrkit.exporters.pdf import existing_text, glyphless, images, page_space, text_layer
from ocrkit.geometry import Transform
from ocrkit.result import DocumentResult, PageResult

_HEADER_WITHIN = 1029
_LARGEST_PAGE = 14_400  # points, which is 200 inches
_FONT = "ocrkit"


def write(
    file: BinaryIO, document: DocumentResult, source: Any, *, password: str | None, existing_text: str
) -> None:
    """See `SearchablePdf.write`."""
    results = {page.index: page for page in document.pages}
    if isinstance(source, (Image.Image, np.ndarray)):
        _write_pictures(file, images.in_memory(source), results, None)
        return
    name = _name(source)
    with _said_with(name), _opened(source) as original:
        head = original.read(_HEADER_WITHIN)
        original.seek(0)
        if b"%PDF-" in head:
            _write_pdf(file, original, results, password, existing_text)
        else:
            _write_pictures(file, images.in_file(original), results, name)


# ── from a PDF ──


def _write_pdf(
    file: BinaryIO, original: BinaryIO, results: Mapping[int, PageResult], password: str | None, text: str
) -> None:
    try:
        with pikepdf.open(original, password=password or "") as pdf:
            _check_count(results, len(pdf.pages))
            ink = _Ink(pdf)
            for index, result in sorted(results.items()):
                _add_to(pdf.pages[index], result, ink, text)
            ink.dry()
            _save(pdf, file)
    except pikepdf.PasswordError as error:
        what = "and the given password is wrong" if password else "so its password is needed here as well"
        raise ExportError(f"this PDF is encrypted, {what}: hand it in as password=") from error
    except pikepdf.PdfError as error:
        raise ExportError(
            f"this PDF is damaged ({error}); open it with another program and save it anew"
        ) from error


def _save(pdf: pikepdf.Pdf, file: BinaryIO) -> None:
    if pdf.is_encrypted:  # which needs chance, so no two files are the same
        pdf.save(file, encryption=True, fix_metadata_version=False)
        return
    pdf.save(
        file,
        deterministic_id=True,
        compress_streams=False,  # these are written as they are
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        fix_metadata_version=False,
    )


def _add_to(page: pikepdf.Page, result: PageResult, ink: _Ink, text: str) -> None:
    if not result.blocks:
        return
    if text != "add":
        found = existing_text.text_on(page)
        if found.visible or (found.invisible and text == "keep"):
            return
        if found.invisible:
            existing_text.take_out(ink.pdf, page)
    transform = page_space.to_page_space(page, result)
    if transform is None:
        raise _not_what_was_read(f"page {result.number} has another shape")
    ink.write(page, result, transform)


class _Ink:
    """The font of a file, and the characters written in it so far."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.pdf = pdf
        self._codes = glyphless.Codes()
        self._font: pikepdf.Object | None = None

    def write(self, page: pikepdf.Page, result: PageResult, transform: Transform) -> None:
        """Lay the text below what the page draws: there nothing of the page can be in its way."""
        fonts: Any = page.resources.get("/Font", {})
        name = next(name for name in _names() if f"/{name}" not in fonts)
        content = text_layer.content(result, transform, name, self._codes)
        if not content:
            return
        if self._font is None:
            self._font = glyphless.font(self.pdf)
        resources = existing_text.own_resources(page)
        if Name.Font not in resources:
            resources.Font = pikepdf.Dictionary()
        resources.Font[f"/{name}"] = self._font
        drawn = page.obj.get("/Contents")
        before = list(drawn) if isinstance(drawn, Array) else [] if drawn is None else [drawn]
        page.obj.Contents = Array([glyphless.compressed(self.pdf, content), *before])

    def dry(self) -> None:
        """Describe the font, when everything is written."""
        if self._font is not None:
            glyphless.complete(self.pdf, self._font, self._codes)


def _names() -> Iterator[str]:
    yield _FONT
    number = 2
    while True:
        yield f"{_FONT}{number}"
        number += 1


# ── from pictures ──


def _write_pictures(
    file: BinaryIO,
    shown: Iterator[images.PageImage],
    results: Mapping[int, PageResult],
    name: str | None,
) -> None:
    with pikepdf.new() as pdf, _said_with(name):
        ink = _Ink(pdf)
        for index, picture in enumerate(shown):
            _add_picture(pdf, picture, results.get(index), ink)
        _check_count(results, len(pdf.pages))
        ink.dry()
        pdf.save(
            file,
            min_version="1.5",  # for 16 bits a channel
            deterministic_id=True,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )


def _add_picture(pdf: pikepdf.Pdf, picture: images.PageImage, result: PageResult | None, ink: _Ink) -> None:
    across, down = picture.size
    if result and (result.width, result.height) != (across, down):
        was = f"page {result.number} was {result.width} × {result.height} pixels"
        raise _not_what_was_read(f"{was} and is {across} × {down} here")
    x_dpi, y_dpi = picture.dpi((result and result.dpi) or None)
    shrink = min(1.0, _LARGEST_PAGE / (across / x_dpi * 72), _LARGEST_PAGE / (down / y_dpi * 72))
    width, height = across / x_dpi * 72 * shrink, down / y_dpi * 72 * shrink
    page = pdf.add_blank_page(page_size=(72, 72))
    page.obj.MediaBox = Array([0, 0, round(width, 4), round(height, 4)])
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=picture.stream(pdf)))
    matrix = " ".join(f"{number:.4f}" for number in images.placed(picture.orientation, width, height))
    page.obj.Contents = pdf.make_stream(f"q {matrix} cm /Im Do Q\n".encode())
    if result:
        to_paper = Transform(xx=width / across, yy=-height / down, y0=height)
        ink.write(page, result, to_paper)


# ── what was read ──


def _check_count(results: Mapping[int, PageResult], count: int) -> None:
    missing = [result.number for index, result in sorted(results.items()) if index >= count]
    if missing:
        raise _not_what_was_read(f"there is no page {missing[0]}, it has {count}")


def _not_what_was_read(why: str) -> ExportError:
    return ExportError(f"this is not what was read: {why}. Hand in the very file that the result is of")


def _name(source: Any) -> str | None:
    if isinstance(source, (str, os.PathLike)):
        return os.fsdecode(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else None


@contextlib.contextmanager
def _said_with(name: str | None) -> Iterator[None]:
    """Errors begin with the name of the source."""
    try:
        yield
    except ExportError as error:
        if not name or error.message.startswith(name):
            raise
        raise ExportError(f"{name}: {error.message}") from error


@contextlib.contextmanager
def _opened(source: Any) -> Iterator[BinaryIO]:
    """The source from its start, in a file of our own."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        yield io.BytesIO(source)
        return
    if isinstance(source, (str, os.PathLike)):
        try:
            file = Path(os.fsdecode(source)).open("rb")  # noqa: SIM115  closed below
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ExportError(f"the pages that were read cannot be opened: {reason}") from error
        with file:
            if not file.seekable():
                raise ExportError("this can be read only once; hand in its bytes, here and for reading")
            yield file
        return
    yield io.BytesIO(_content(source))


def _content(source: Any) -> bytes:
    if not callable(getattr(source, "read", None)):
        raise ExportError(
            f"a {type(source).__name__} holds no pages; hand in a path, the bytes of a file, an open binary "
            "file, a Pillow image or a numpy array"
        )
    file = cast("BinaryIO", source)
    try:
        position = file.tell()
        file.seek(0)
        data = file.read()
        file.seek(position)
    except (OSError, ValueError, AttributeError) as error:
        raise ExportError(
            "this stream can be read only once; hand in its bytes, here and for reading"
        ) from error
    return data
