"""Text boxes that were added to a PDF page as annotations. pdfium's text page does not have them.

Call everything here inside `ocrkit.sources.pdf.pdfium()`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pypdfium2
from pypdfium2 import raw

_NOT_SHOWN = raw.FPDF_ANNOT_FLAG_INVISIBLE | raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW


@contextlib.contextmanager
def with_text_boxes(page: pypdfium2.PdfPage, index: int) -> Iterator[pypdfium2.PdfPage | None]:
    """A copy of the page with its text boxes as part of its content, and without other annotations.

    The copy has the text that is drawn, not the text that the annotation claims. None for a page without text
    boxes.
    """
    if not any(_is_text_box(page, each) for each in range(raw.FPDFPage_GetAnnotCount(page))):
        yield None
        return
    with contextlib.closing(pypdfium2.PdfDocument.new()) as document:
        document.import_pages(page.pdf, [index])
        yield _flattened(document)


def _flattened(document: pypdfium2.PdfDocument) -> pypdfium2.PdfPage | None:
    page = document[0]
    for each in reversed(range(raw.FPDFPage_GetAnnotCount(page))):
        if not _is_text_box(page, each):
            raw.FPDFPage_RemoveAnnot(page, each)
    done = raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
    page.close()
    return document[0] if done == raw.FLATTEN_SUCCESS else None


def _is_text_box(page: pypdfium2.PdfPage, index: int) -> bool:
    annotation = raw.FPDFPage_GetAnnot(page, index)
    if not annotation:
        return False
    try:
        is_text_box = raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_FREETEXT
        return is_text_box and not raw.FPDFAnnot_GetFlags(annotation) & _NOT_SHOWN
    finally:
        raw.FPDFPage_CloseAnnot(annotation)
