"""Text boxes that were added to a PDF page as annotations. pdfium's text page does not have them.

Call everything here inside `ocrkit.sources.pdf.pdfium()`.
"""

from __future__ import annotations

import ctypes

import pypdfium2
from pypdfium2 import raw

from ocrkit.glyphs import Note
from ocrkit.sources.pdf_space import PixelSpace

_NOT_SHOWN = raw.FPDF_ANNOT_FLAG_INVISIBLE | raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
_MOST_NOTES = 1_000
_MOST_CHARACTERS = 100_000


def read_notes(page: pypdfium2.PdfPage, space: PixelSpace) -> tuple[Note, ...]:
    """The text boxes of a page, in the order of the file."""
    notes: list[Note] = []
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_NOTES)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            if raw.FPDFAnnot_GetSubtype(annotation) != raw.FPDF_ANNOT_FREETEXT:
                continue
            if raw.FPDFAnnot_GetFlags(annotation) & _NOT_SHOWN:
                continue
            note = _note(annotation, space)
            if note is not None:
                notes.append(note)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return tuple(notes)


def _note(annotation: raw.FPDF_ANNOTATION, space: PixelSpace) -> Note | None:
    sides = raw.FS_RECTF()
    text = _contents(annotation)
    if not text.strip() or not raw.FPDFAnnot_GetRect(annotation, sides):
        return None
    return Note(text, space.box(sides.left, sides.top, sides.right, sides.bottom))


def _contents(annotation: raw.FPDF_ANNOTATION) -> str:
    length = raw.FPDFAnnot_GetStringValue(annotation, b"Contents", None, 0)
    if not 2 < length <= 2 * _MOST_CHARACTERS:
        return ""
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    raw.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, length)
    text = bytes(buffer)[: length - 2].decode("utf-16-le", "replace").rstrip("\0")
    return text.replace("\r\n", "\n").replace("\r", "\n")
