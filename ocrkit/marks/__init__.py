"""Check boxes, radio buttons and codes of a page.

The fields of fillable PDF forms are read (`form.py`). Each mark is also a word of the text, beside its label
(`symbols.py`).
"""

from __future__ import annotations

from ocrkit.geometry import Transform
from ocrkit.marks.form import form_fields, form_marks, with_form_values
from ocrkit.marks.symbols import with_symbols
from ocrkit.page import Page
from ocrkit.result import PageResult

__all__ = ["add_marks"]


def add_marks(result: PageResult, page: Page, to_page: Transform) -> PageResult:
    """The result with the fields and the marks of its page. Marks that the backend has found stay.

    Args:
        result: the recognized text.
        page: the page as it came from its source, with its form.
        to_page: from coordinates of the result to coordinates of the page.
    """
    if not page.form:
        return result
    to_result = to_page.inverse()
    fields = form_fields(page.form, to_result)
    marks = form_marks(page.form, to_result)
    result = with_symbols(with_form_values(result, fields), marks)
    return result.model_copy(update={"fields": {**fields, **result.fields}, "marks": (*result.marks, *marks)})
