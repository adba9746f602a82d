"""Find PDF pages that are scans: one image fills the page, and nothing visible lies on top of it.

Such a page is taken as that image, at its own resolution, which is cheaper than rendering and resamples
nothing. An invisible text layer of another OCR program is ignored, and so is a colored rectangle below the
image. A PDF can change the look of an image in many ways (masks, decode arrays, clips, layers), not all of
which pdfium reports; so the image is compared with a small rendering of the page, and the page is rendered
if the two differ.

Call everything here inside `ocrkit.sources.pdf.pdfium()`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image
from pypdfium2 import raw

from ocrkit.opencv import cv2
from ocrkit.page import Pixels
from ocrkit.sources import pixels
from ocrkit.sources.codestreams import ImageSize, jbig2_size, jpeg2000_size, jpeg_size

_MAX_DEPTH = 6  # of nested form objects
_TOLERANCE = 0.01  # of the width or height of the page
_SQUARE = 1.03
_LOWEST_DPI = 36
_PREVIEW_PIXELS = 384
_CELL = 8
_LARGEST_DIFFERENCE = 40
_MEAN_DIFFERENCE = 6
_HEADERS = {"DCTDecode": jpeg_size, "JPXDecode": jpeg2000_size, "JBIG2Decode": jbig2_size}
_BILEVEL_FILTERS = frozenset({"CCITTFaxDecode", "JBIG2Decode"})
_CHANNELS = {raw.FPDFBitmap_Gray: 1, raw.FPDFBitmap_BGR: 3, raw.FPDFBitmap_BGRx: 4}  # no format with alpha
_HARMLESS_ANNOTATIONS = frozenset({raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP})


@dataclass(frozen=True, slots=True)
class PdfImage:
    """An image on a page."""

    handle: pypdfium2.PdfObject
    width: int
    height: int
    filter: str

    @property
    def pixels_per_byte(self) -> int:
        """Decoded pixels per byte of memory: 8 for bilevel images, else 1."""
        return 8 if self.filter in _BILEVEL_FILTERS else 1


@dataclass(slots=True)
class PageImages:
    """The images of a page, and the one that covers everything visible."""

    all: list[PdfImage] = field(default_factory=list)
    full: PdfImage | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """A page taken as its image."""

    pixels: Pixels
    dpi: float


def find_images(page: pypdfium2.PdfPage) -> PageImages:
    """Go through the objects of a page without decoding any."""
    found = PageImages()
    first = True
    for handle, kind, level in _objects(page):
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            item = pypdfium2.PdfObject(handle, page=page, pdf=page.pdf, level=level)
            image = _image(item)
            found.all.append(image)
            found.full = image if first and level == 0 and _fills(page, item) else None
            first = False
        elif kind != raw.FPDF_PAGEOBJ_FORM and (first or found.full) and not _is_invisible(handle, kind):
            # The objects of a form come next.
            found.full = None
            # A colored rectangle below the scan is common. Text below it means that the image is one of
            # several layers and transparent in places.
            first = first and kind == raw.FPDF_PAGEOBJ_PATH
    if _has_visible_annotations(page):
        found.full = None
    return found


def extract(page: pypdfium2.PdfPage, image: PdfImage) -> Scan | None:
    """The image as it lies on the page, or None if a rendering of the page looks different."""
    matrix = image.handle.get_matrix()
    rotated = abs(matrix.a) < abs(matrix.b)
    box_width, box_height = (matrix.c, matrix.b) if rotated else (matrix.a, matrix.d)
    across, down = (image.height, image.width) if rotated else (image.width, image.height)
    x_dpi, y_dpi = across / abs(box_width) * 72, down / abs(box_height) * 72
    if max(x_dpi, y_dpi) > _SQUARE * min(x_dpi, y_dpi) or x_dpi < _LOWEST_DPI:
        return None
    own = _decoded(image.handle)
    if own is None or own.shape[:2] != (image.height, image.width):
        return None
    if rotated:
        own = own.swapaxes(0, 1)
    # In a PDF, y grows upwards: an upright image has a positive width and height; a rotated image runs down
    # along its first side and backwards along its second.
    if (matrix.c > 0) if rotated else (matrix.a < 0):
        own = own[:, ::-1]
    if (matrix.b > 0) if rotated else (matrix.d < 0):
        own = own[::-1]
    own = pixels.gray_if_gray(np.rot90(own, -page.get_rotation() // 90))
    return Scan(own, round((x_dpi + y_dpi) / 2, 2)) if _looks_like(page, own) else None


def _image(item: pypdfium2.PdfObject) -> PdfImage:
    stated = ImageSize(*item.get_px_size())
    filters = item.get_filters(skip_simple=True)
    name = filters[-1] if filters else "FlateDecode"
    header = _HEADERS.get(name)
    actual = header(_encoded(item)) if header else None
    width, height, *_ = max(stated, actual or stated, key=lambda size: size.pixels)
    return PdfImage(item, width, height, name)


def _encoded(item: pypdfium2.PdfObject) -> bytes:
    """The data of an image as it is in the file."""
    length = raw.FPDFImageObj_GetImageDataRaw(item, None, 0)
    buffer = ctypes.create_string_buffer(length)
    raw.FPDFImageObj_GetImageDataRaw(item, buffer, length)
    return buffer.raw


def _fills(page: pypdfium2.PdfPage, item: pypdfium2.PdfObject) -> bool:
    """Whether an image is opaque, as large as the visible page, and rotated by a multiple of 90 degrees."""
    matrix = item.get_matrix()
    upright = max(abs(matrix.b), abs(matrix.c)) < _TOLERANCE * min(abs(matrix.a), abs(matrix.d))
    rotated = max(abs(matrix.a), abs(matrix.d)) < _TOLERANCE * min(abs(matrix.b), abs(matrix.c))
    if not (upright or rotated) or raw.FPDFPageObj_HasTransparency(item):
        return False
    left, bottom, right, top = page.get_bbox()  # the crop box within the media box, corners sorted
    x_tolerance, y_tolerance = (right - left) * _TOLERANCE, (top - bottom) * _TOLERANCE
    bounds = item.get_bounds()
    return bool(
        abs(bounds[0] - left) <= x_tolerance
        and abs(bounds[1] - bottom) <= y_tolerance
        and abs(bounds[2] - right) <= x_tolerance
        and abs(bounds[3] - top) <= y_tolerance
    )


def _objects(page: pypdfium2.PdfPage) -> Iterator[tuple[Any, int, int]]:
    """Handle, type and level of the objects of a page; forms come before their own objects.

    Without the objects of pypdfium2, which take three times as long to create as the page to render.
    """
    pending = [(page.raw, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject, 0, 0)]
    while pending:
        parent, count, get, start, level = pending.pop()
        for index in range(start, count(parent)):
            handle = get(parent, index)
            kind = raw.FPDFPageObj_GetType(handle)
            yield handle, kind, level
            if kind == raw.FPDF_PAGEOBJ_FORM and level < _MAX_DEPTH - 1:
                pending.append((parent, count, get, index + 1, level))
                pending.append(
                    (handle, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, 0, level + 1)
                )
                break


def _is_invisible(handle: Any, kind: int) -> bool:
    if kind == raw.FPDF_PAGEOBJ_TEXT:
        return bool(raw.FPDFTextObj_GetTextRenderMode(handle) == raw.FPDF_TEXTRENDERMODE_INVISIBLE)
    if kind == raw.FPDF_PAGEOBJ_PATH:
        fill, stroke = ctypes.c_int(), raw.FPDF_BOOL()
        known = raw.FPDFPath_GetDrawMode(handle, fill, stroke)
        return bool(known and fill.value == raw.FPDF_FILLMODE_NONE and not stroke.value)
    return False


def _has_visible_annotations(page: pypdfium2.PdfPage) -> bool:
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            hidden = raw.FPDFAnnot_GetFlags(annotation) & raw.FPDF_ANNOT_FLAG_HIDDEN
            if not hidden and raw.FPDFAnnot_GetSubtype(annotation) not in _HARMLESS_ANNOTATIONS:
                return True
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return False


def _decoded(item: pypdfium2.PdfObject) -> Pixels | None:
    """A copy of the pixels; None if they have transparency or cannot be decoded."""
    # Without pypdfium2's helper, which writes to stderr when a bitmap with a buffer of pdfium is closed.
    bitmap = raw.FPDFImageObj_GetBitmap(item)
    if not bitmap:
        return None
    try:
        channels = _CHANNELS.get(raw.FPDFBitmap_GetFormat(bitmap))
        if channels is None:
            return None
        width, height = raw.FPDFBitmap_GetWidth(bitmap), raw.FPDFBitmap_GetHeight(bitmap)
        stride = raw.FPDFBitmap_GetStride(bitmap)
        buffer = (ctypes.c_ubyte * (stride * height)).from_address(raw.FPDFBitmap_GetBuffer(bitmap))
        rows = np.frombuffer(buffer, np.uint8).reshape(height, stride)
        if channels == 1:
            return rows[:, :width].copy()
        own = rows[:, : width * channels].reshape(height, width, channels)
        # Four times faster than reordering in numpy, and every scan takes this path.
        order = cv2.COLOR_BGR2RGB if channels == 3 else cv2.COLOR_BGRA2RGB
        return np.asarray(cv2.cvtColor(own, order), np.uint8)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)


def _looks_like(page: pypdfium2.PdfPage, own: Pixels) -> bool:
    """Whether a small rendering of the page equals the image, cell by cell on a coarse grid."""
    scale = _PREVIEW_PIXELS / max(page.get_width(), page.get_height())
    bitmap = page.render(scale=scale, rev_byteorder=True)
    try:
        rendered = Image.fromarray(np.array(bitmap.to_numpy()))
    finally:
        bitmap.close()
    picture = Image.fromarray(own)
    picture = picture.reduce(max(1, max(picture.size) // _PREVIEW_PIXELS)).convert("RGB")
    size = (max(1, rendered.width // _CELL), max(1, rendered.height // _CELL))
    cells = [
        np.asarray(image.resize(size, Image.Resampling.BOX), np.float32) for image in (rendered, picture)
    ]
    difference = np.abs(cells[0] - cells[1])
    return bool(difference.mean() <= _MEAN_DIFFERENCE and difference.max() <= _LARGEST_DIFFERENCE)
