"""Whether a PDF page is just a scan: one image that fills it, with nothing visible on top.

Such a page is taken as that image, at its own resolution: it is cheaper than rendering and nothing is
resampled. The text layer another OCR program left (invisible) does not count, neither does a sheet of colour
below the image. PDF has many ways to make an image look different from its pixels (masks, decode arrays,
clips, layers), and pdfium does not tell them all; so the image is compared with a small rendering of the
page, and where the two disagree the page is rendered after all.

Everything here has to be called inside `ocrkit.sources.pdf.pdfium()`.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field

import numpy as np
import pypdfium2
from PIL import Image
from pypdfium2 import raw

from ocrkit.opencv import cv2
from ocrkit.page import Pixels
from ocrkit.sources import pixels

_DEPTH = 6  # of forms within forms
_TOLERANCE = 0.01  # of the page's width or height
_SQUARE = 1.03
_LOWEST_DPI = 36
_PREVIEW_PIXELS = 384
_CELL = 8
_LARGEST_DIFFERENCE = 40
_MEAN_DIFFERENCE = 6
_BILEVEL_FILTERS = frozenset({"CCITTFaxDecode", "JBIG2Decode"})
_CHANNELS = {raw.FPDFBitmap_Gray: 1, raw.FPDFBitmap_BGR: 3, raw.FPDFBitmap_BGRx: 4}  # none with alpha
_HARMLESS_ANNOTATIONS = frozenset({raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP})


@dataclass(frozen=True, slots=True)
class PdfImage:
    """An image on a page."""

    handle: pypdfium2.PdfObject
    width: int
    height: int
    filter: str

    @property
    def per_byte(self) -> int:
        """Pixels that fit in a byte once decoded; faxes and JBIG2 have eight."""
        return 8 if self.filter in _BILEVEL_FILTERS else 1


@dataclass(slots=True)
class Survey:
    """The images of a page, and the one that is all there is to see."""

    all: list[PdfImage] = field(default_factory=list)
    full: PdfImage | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """A page taken as its image."""

    pixels: Pixels
    dpi: float


def survey(page: pypdfium2.PdfPage) -> Survey:
    """Look at every object of the page, without decoding any."""
    found = Survey()
    first = True
    for item in page.get_objects(max_depth=_DEPTH):
        if item.type == raw.FPDF_PAGEOBJ_IMAGE:
            image = _image(item)
            found.all.append(image)
            found.full = image if first and item.level == 0 and _fills(page, item) else None
            first = False
        elif item.type != raw.FPDF_PAGEOBJ_FORM and not _is_invisible(item):  # a form's objects come next
            found.full = None
            # A coloured sheet below the scan is common. Writing below it is not: there the image is one of
            # several layers, see-through where nothing is drawn.
            first = first and item.type == raw.FPDF_PAGEOBJ_PATH
    if _has_visible_annotations(page):
        found.full = None
    return found


def extract(page: pypdfium2.PdfPage, image: PdfImage) -> Scan | None:
    """The image as it lies on the page, or None where a rendering would show something else."""
    matrix = image.handle.get_matrix()
    turned = abs(matrix.a) < abs(matrix.b)
    box_width, box_height = (matrix.c, matrix.b) if turned else (matrix.a, matrix.d)
    across, down = (image.height, image.width) if turned else (image.width, image.height)
    x_dpi, y_dpi = across / abs(box_width) * 72, down / abs(box_height) * 72
    if max(x_dpi, y_dpi) > _SQUARE * min(x_dpi, y_dpi) or x_dpi < _LOWEST_DPI:
        return None
    own = _decoded(image.handle)
    if own is None or own.shape[:2] != (image.height, image.width):
        return None
    if turned:
        own = own.swapaxes(0, 1)
    # In a PDF y grows upwards: an upright image has a positive width and height, a turned one runs down
    # its first side and backwards along its second.
    if (matrix.c > 0) if turned else (matrix.a < 0):
        own = own[:, ::-1]
    if (matrix.b > 0) if turned else (matrix.d < 0):
        own = own[::-1]
    own = pixels.gray_if_gray(np.rot90(own, -page.get_rotation() // 90))
    return Scan(own, round((x_dpi + y_dpi) / 2, 2)) if _looks_like(page, own) else None


def _image(item: pypdfium2.PdfObject) -> PdfImage:
    width, height = item.get_px_size()
    filters = item.get_filters(skip_simple=True)
    return PdfImage(item, width, height, filters[-1] if filters else "FlateDecode")


def _fills(page: pypdfium2.PdfPage, item: pypdfium2.PdfObject) -> bool:
    """Whether an image is upright or turned by quarters, opaque, and as large as the visible page."""
    matrix = item.get_matrix()
    straight = max(abs(matrix.b), abs(matrix.c)) < _TOLERANCE * min(abs(matrix.a), abs(matrix.d))
    turned = max(abs(matrix.a), abs(matrix.d)) < _TOLERANCE * min(abs(matrix.b), abs(matrix.c))
    if not (straight or turned) or raw.FPDFPageObj_HasTransparency(item):
        return False
    left, bottom, right, top = page.get_bbox()  # crop box and media box, whatever the order of their corners
    slack_x, slack_y = (right - left) * _TOLERANCE, (top - bottom) * _TOLERANCE
    found = item.get_bounds()
    return bool(
        abs(found[0] - left) <= slack_x
        and abs(found[1] - bottom) <= slack_y
        and abs(found[2] - right) <= slack_x
        and abs(found[3] - top) <= slack_y
    )


def _is_invisible(item: pypdfium2.PdfObject) -> bool:
    if item.type == raw.FPDF_PAGEOBJ_TEXT:
        return bool(raw.FPDFTextObj_GetTextRenderMode(item) == raw.FPDF_TEXTRENDERMODE_INVISIBLE)
    if item.type == raw.FPDF_PAGEOBJ_PATH:
        fill, stroke = ctypes.c_int(), raw.FPDF_BOOL()
        known = raw.FPDFPath_GetDrawMode(item, fill, stroke)
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
    """A copy of the pixels; None where they carry transparency or cannot be decoded."""
    # Not by pypdfium2's helper: closing a bitmap whose buffer is pdfium's makes it write to stderr.
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
        # Four times faster than reordering in numpy, on the path every scan takes.
        order = cv2.COLOR_BGR2RGB if channels == 3 else cv2.COLOR_BGRA2RGB
        return np.asarray(cv2.cvtColor(own, order), np.uint8)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)


def _looks_like(page: pypdfium2.PdfPage, own: Pixels) -> bool:
    """Whether a small rendering of the page shows what the image shows, cell by cell of a coarse grid."""
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
