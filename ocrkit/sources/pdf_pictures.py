"""Two small pictures of a page: with its text, and without.

The difference shows which text can be seen, whatever hides it, and the second picture shows what else is on
the page.
"""

from __future__ import annotations

import math

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from pypdfium2 import raw

from ocrkit.sources.pdf_calls import functions

_PICTURE_PIXELS = 900_000  # about 96 dpi for A4: letters of 10 points are 13 pixels high
_LARGEST_PICTURE_DPI = 120.0
_WHITE = 255


def read_pictures(
    page: pypdfium2.PdfPage, text_objects: list[int]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The page with and without its text, small and gray."""
    width, height = page.get_width(), page.get_height()
    scale = min(math.sqrt(_PICTURE_PIXELS / (width * height)), _LARGEST_PICTURE_DPI / 72)
    picture = _gray(page, scale)
    set_active = functions().set_active
    for handle in text_objects:
        set_active(handle, 0)
    try:
        return picture, np.full_like(picture, _WHITE) if _is_only_text(page) else _gray(page, scale)
    finally:
        for handle in text_objects:
            set_active(handle, 1)


def _is_only_text(page: pypdfium2.PdfPage) -> bool:
    """Whether nothing is drawn but text, so that the page without it is white."""
    if raw.FPDFPage_GetAnnotCount(page):
        return False
    objects = (raw.FPDFPage_GetObject(page, index) for index in range(raw.FPDFPage_CountObjects(page)))
    return all(raw.FPDFPageObj_GetType(each) == raw.FPDF_PAGEOBJ_TEXT for each in objects)


def _gray(page: pypdfium2.PdfPage, scale: float) -> NDArray[np.uint8]:
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        rendered = np.asarray(bitmap.to_numpy(), np.uint8)
        return rendered.reshape(rendered.shape[:2]) if rendered.ndim == 2 else rendered[:, :, 0].copy()
    finally:
        bitmap.close()
