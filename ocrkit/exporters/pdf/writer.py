"""Writes searchable PDFs from a source and its result."""

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
from ocrkit.exporters.pdf import glyphless, images, page_space, text_layer
from ocrkit.exporters.pdf.existing_text import copy_resources, find_text, remove_invisible_text
from ocrkit.geometry import Transform
from ocrkit.result import DocumentResult, PageResult

_HEADER_BYTES = 1029  # where `%PDF-` may be: readers allow 1024 bytes before it
_MAX_PAGE_SIZE = 14_400  # points, which is 200 inches
_FONT = "ocrkit"
_READ_ONCE = "this source can be read only once; read its bytes first, and pass them here as well"


def write(
    file: BinaryIO, document: DocumentResult, source: Any, *, password: str | None, existing_text: str
) -> None:
    """See `SearchablePdf.write`."""
    results = {page.index: page for page in document.pages}
    if isinstance(source, (Image.Image, np.ndarray)):
        _write_images(file, images.from_memory(source), results, None)
        return
    name = _name(source)
    with _errors_named(name), _open(source) as original:
        header = original.read(_HEADER_BYTES)
        original.seek(0)
        if b"%PDF-" in header:
            _write_pdf(file, original, results, password, existing_text)
        else:
            _write_images(file, images.from_file(original), results, name)


# ── from a PDF ──


def _write_pdf(
    file: BinaryIO,
    original: BinaryIO,
    results: Mapping[int, PageResult],
    password: str | None,
    existing_text: str,
) -> None:
    try:
        with pikepdf.open(original, password=password or "") as pdf:
            _check_count(results, len(pdf.pages))
            layer = _TextLayer(pdf)
            for index, result in sorted(results.items()):
                _add_text(pdf.pages[index], result, layer, existing_text)
            layer.finish()
            _save(pdf, file)
    except pikepdf.PasswordError as error:
        if password:
            raise ExportError("this PDF is encrypted and the given password is wrong") from error
        raise ExportError("this PDF is encrypted; give its password with `password=`") from error
    except pikepdf.PdfError as error:
        raise ExportError(
            f"this PDF is damaged ({error}); open it in another program and save it again"
        ) from error


def _save(pdf: pikepdf.Pdf, file: BinaryIO) -> None:
    if pdf.is_encrypted:  # encryption uses random data, so the output is not reproducible anyway
        pdf.save(file, encryption=True, fix_metadata_version=False)
        return
    pdf.save(
        file,
        deterministic_id=True,
        compress_streams=False,  # copy streams unchanged
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        fix_metadata_version=False,
    )


def _add_text(page: pikepdf.Page, result: PageResult, layer: _TextLayer, existing_text: str) -> None:
    if not result.blocks:
        return
    if existing_text != "add":
        found = find_text(page)
        if found.visible or (found.invisible and existing_text == "keep"):
            return
        if found.invisible:
            remove_invisible_text(layer.pdf, page)
    transform = page_space.to_page_space(page, result)
    if transform is None:
        raise _mismatch(f"page {result.number} has another aspect ratio")
    layer.add(page, result, transform)


class _TextLayer:
    """Adds text to the pages of a file, with one font for all of them."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.pdf = pdf
        self._codes = glyphless.CharacterCodes()
        self._font: pikepdf.Object | None = None

    def add(self, page: pikepdf.Page, result: PageResult, transform: Transform) -> None:
        """Put the text before the content of the page, which then cannot affect its graphics state."""
        fonts: Any = page.resources.get("/Font", {})
        name = next(name for name in _font_names() if f"/{name}" not in fonts)
        content = text_layer.content(result, transform, name, self._codes)
        if not content:
            return
        if self._font is None:
            self._font = glyphless.new_font(self.pdf)
        resources = copy_resources(page)
        if Name.Font not in resources:
            resources.Font = pikepdf.Dictionary()
        resources.Font[f"/{name}"] = self._font
        contents = page.obj.get("/Contents")
        streams = list(contents) if isinstance(contents, Array) else [] if contents is None else [contents]
        page.obj.Contents = Array([glyphless.compressed(self.pdf, content), *streams])

    def finish(self) -> None:
        """Complete the font after all text is written."""
        if self._font is not None:
            glyphless.complete_font(self.pdf, self._font, self._codes)


def _font_names() -> Iterator[str]:
    yield _FONT
    number = 2
    while True:
        yield f"{_FONT}{number}"
        number += 1


# ── from images ──


def _write_images(
    file: BinaryIO,
    page_images: Iterator[images.EmbeddableImage],
    results: Mapping[int, PageResult],
    name: str | None,
) -> None:
    with pikepdf.new() as pdf, _errors_named(name):
        layer = _TextLayer(pdf)
        for index, image in enumerate(page_images):
            _add_image(pdf, image, results.get(index), layer)
        _check_count(results, len(pdf.pages))
        layer.finish()
        pdf.save(
            file,
            min_version="1.5",  # for 16 bits per channel
            deterministic_id=True,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )


def _add_image(
    pdf: pikepdf.Pdf, image: images.EmbeddableImage, result: PageResult | None, layer: _TextLayer
) -> None:
    across, down = image.size
    if result and (result.width, result.height) != (across, down):
        expected = f"{result.width} × {result.height} pixels"
        raise _mismatch(f"page {result.number} had {expected} and has {across} × {down} here")
    x_dpi, y_dpi = image.dpi((result and result.dpi) or None)
    scale = min(1.0, _MAX_PAGE_SIZE / (across / x_dpi * 72), _MAX_PAGE_SIZE / (down / y_dpi * 72))
    width, height = across / x_dpi * 72 * scale, down / y_dpi * 72 * scale
    page = pdf.add_blank_page(page_size=(72, 72))
    page.obj.MediaBox = Array([0, 0, round(width, 4), round(height, 4)])
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image.stream(pdf)))
    matrix = " ".join(f"{number:.4f}" for number in images.placement_matrix(image.orientation, width, height))
    page.obj.Contents = pdf.make_stream(f"q {matrix} cm /Im Do Q\n".encode())
    if result:
        layer.add(page, result, Transform(xx=width / across, yy=-height / down, y0=height))


# ── the source ──


def _check_count(results: Mapping[int, PageResult], count: int) -> None:
    missing = [result.number for index, result in sorted(results.items()) if index >= count]
    if missing:
        raise _mismatch(f"it has no page {missing[0]}, only {count}")


def _mismatch(reason: str) -> ExportError:
    return ExportError(f"this is not the source of the result ({reason}); pass the file that was read")


def _name(source: Any) -> str | None:
    if isinstance(source, (str, os.PathLike)):
        return os.fsdecode(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else None


@contextlib.contextmanager
def _errors_named(name: str | None) -> Iterator[None]:
    """Put the name of the source before the messages of errors."""
    try:
        yield
    except ExportError as error:
        if not name or error.message.startswith(name):
            raise
        raise ExportError(f"{name}: {error.message}") from error


@contextlib.contextmanager
def _open(source: Any) -> Iterator[BinaryIO]:
    """The source as a seekable file. The position of a file that the caller passed does not change."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        yield io.BytesIO(source)
        return
    if isinstance(source, (str, os.PathLike)):
        try:
            file = Path(os.fsdecode(source)).open("rb")  # noqa: SIM115  closed below
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ExportError(f"the source cannot be opened: {reason}") from error
        with file:
            if not file.seekable():
                raise ExportError(_READ_ONCE)
            yield file
        return
    yield io.BytesIO(_read_all(source))


def _read_all(source: Any) -> bytes:
    if not callable(getattr(source, "read", None)):
        raise ExportError(
            f"a source cannot be of type {type(source).__name__}; pass a path, the bytes of a file, an open "
            "binary file, a Pillow image or a NumPy array"
        )
    file = cast("BinaryIO", source)
    try:
        position = file.tell()
        file.seek(0)
        data = file.read()
        file.seek(position)
    except (OSError, ValueError, AttributeError) as error:
        raise ExportError(_READ_ONCE) from error
    return data
