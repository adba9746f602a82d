"""Check boxes, radio buttons and codes of a page.

The fields of fillable PDF forms are read (`form.py`). On scans, check boxes and radio buttons are found by
their shape and the ink inside (`detection.py`), and bar codes and QR codes are decoded (`barcodes.py`). Each
mark is also a word of the text, beside its label (`symbols.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from ocrkit.geometry import Box, Transform
from ocrkit.marks.form import form_fields, form_marks, signatures, with_form_values
from ocrkit.marks.symbols import with_symbols
from ocrkit.page import Page
from ocrkit.result import Barcode, PageResult, Region, SelectionMark, Word

__all__ = ["add_marks", "signatures"]

_FRAMES = frozenset("□■☐☑☒◻◼▢口囗回国図凶区")
"""Characters at the start or end of a word if the engine read a mark as a part of it."""


def add_marks(result: PageResult, page: Page, to_page: Transform, *, search: bool) -> PageResult:
    """The result with the form fields, the marks and the codes of its page. Marks of the backend are kept.

    Args:
        result: the recognized text.
        page: the page as it came from its source, with its form.
        to_page: from coordinates of the result to coordinates of the page.
        search: whether to look for marks and codes in the pixels of the page.
    """
    if not page.form and not search:
        return result
    to_result = to_page.inverse()
    fields = form_fields(page.form, to_result)
    marks = form_marks(page.form, to_result)
    barcodes: Sequence[Barcode] = ()
    if search:
        found, barcodes = _search(page, to_result)
        known = [*result.marks, *marks, *barcodes]  # QR codes have squares in their corners
        marks += tuple(
            mark for mark in found if not _is_known(mark, known) and not _is_letter(mark, result.words)
        )
    barcodes = [code for code in barcodes if not _is_known(code, result.barcodes)]
    result = with_symbols(with_form_values(result, fields), marks)
    return result.model_copy(
        update={
            "fields": {**fields, **result.fields},
            "marks": (*result.marks, *marks),
            "barcodes": (*result.barcodes, *barcodes),
        }
    )


def _search(page: Page, to_result: Transform) -> tuple[list[SelectionMark], list[Barcode]]:
    """The marks and the codes in the pixels of a page, in coordinates of the result."""
    from ocrkit.marks.barcodes import find_barcodes  # these load OpenCV
    from ocrkit.marks.detection import find_marks

    marks = [mark.model_copy(update={"polygon": _moved(mark, to_result)}) for mark in find_marks(page)]
    codes = [code.model_copy(update={"polygon": _moved(code, to_result)}) for code in find_barcodes(page)]
    return marks, codes


def _moved(region: Region, transform: Transform) -> object:
    return region.polygon and transform.polygon(region.polygon)


def _is_known(region: Region, known: Sequence[Region]) -> bool:
    """Whether the file or the backend already reported a mark here."""
    box = region.box
    return bool(box) and any(other.box and _share(box, other.box) > 0.5 for other in known)  # type: ignore[arg-type]


def _is_letter(mark: SelectionMark, words: Sequence[Word]) -> bool:
    """Whether a mark is a letter of a recognized word."""
    box = mark.box
    for word in words:
        if box and word.box and _share(box, word.box) > 0.5:
            letters = sum(character.isalnum() for character in word.text)
            if letters > 1 and not {word.text[0], word.text[-1]} & _FRAMES:
                return True
    return False


def _share(box: Box, other: Box) -> float:
    """The share of a box that is inside of another one."""
    shared = box.intersection(other)
    return shared.area / box.area if shared and box.area else 0.0
