"""The fields of fillable PDF forms (AcroForm), by the form functions of pdfium.

Values are read, not recognized: they are exact. Hidden fields and the text of password fields are left out.
Call everything here inside `ocrkit.sources.pdf.pdfium()`.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import pypdfium2
from pypdfium2 import raw

from ocrkit.form import FormField, FormFieldType
from ocrkit.geometry import Box

_TYPES: dict[int, FormFieldType] = {
    raw.FPDF_FORMFIELD_TEXTFIELD: "text",
    raw.FPDF_FORMFIELD_COMBOBOX: "choice",
    raw.FPDF_FORMFIELD_LISTBOX: "choice",
    raw.FPDF_FORMFIELD_CHECKBOX: "check_box",
    raw.FPDF_FORMFIELD_RADIOBUTTON: "radio_button",
    raw.FPDF_FORMFIELD_SIGNATURE: "signature",
}
_XFA = frozenset({raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND})
_HIDDEN = raw.FPDF_ANNOT_FLAG_INVISIBLE | raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
_OFF = "Off"  # the name that PDF gives to a button that is not selected
_SIGNED = "signed"
_SUBPIXELS = 16  # pdfium gives places in whole pixels
_MAX_WIDGETS = 20_000
_MAX_OPTIONS = 10_000
_MAX_CHARACTERS = 1_000_000


class PageForm(NamedTuple):
    """The form fields of a page in reading order, and warnings."""

    fields: tuple[FormField, ...] = ()
    warnings: tuple[str, ...] = ()


class _Widget(NamedTuple):
    """A field on a page, with the objects that pdfium needs to read it."""

    form: Any
    annotation: Any
    type: FormFieldType
    box: Box | None


def start_forms(document: pypdfium2.PdfDocument) -> None:
    """Load the form of a document. Without it, pdfium does not draw the values of fields."""
    with contextlib.suppress(pypdfium2.PdfiumError):  # a broken form must not hide the document
        document.init_forms()


def read_form(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, width: int, height: int) -> PageForm:
    """The form of a page that has this size in pixels."""
    if document.get_formtype() == raw.FORMTYPE_NONE:
        return PageForm()
    form = document.formenv
    if form is None:
        return PageForm(warnings=("the form of this PDF is damaged, and its fields are not read",))
    hidden: list[str] = []
    try:
        found = [_field(widget, hidden) for widget in _widgets(form, page, width, height)]
    except (OSError, ValueError, ctypes.ArgumentError) as error:
        return PageForm(warnings=(f"the form fields of this page cannot be read: {error}",))
    warnings = []
    if not found and document.get_formtype() in _XFA:
        warnings.append(
            "this PDF is an XFA form, whose fields cannot be read and may not be shown; open it in Acrobat "
            "and print it to a PDF file"
        )
    if hidden:
        count = "1 hidden form field is" if len(hidden) == 1 else f"{len(hidden)} hidden form fields are"
        warnings.append(f"{count} left out: {', '.join(sorted(hidden)[:5])}")
    fields = [field for field in found if field]
    return PageForm(tuple(_in_reading_order(fields)), tuple(warnings))


def _widgets(form: Any, page: pypdfium2.PdfPage, width: int, height: int) -> Iterator[_Widget]:
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _MAX_WIDGETS)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            if raw.FPDFAnnot_GetSubtype(annotation) != raw.FPDF_ANNOT_WIDGET:
                continue
            kind = _TYPES.get(raw.FPDFAnnot_GetFormFieldType(form, annotation))
            if kind is not None:
                yield _Widget(form, annotation, kind, _box(page, annotation, width, height))
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def _field(widget: _Widget, hidden: list[str]) -> FormField | None:
    """The field of a widget; None for a hidden one, whose name is added to `hidden`."""
    form, annotation, kind, box = widget
    name = _text(raw.FPDFAnnot_GetFormFieldName, form, annotation)
    name = name or _text(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation) or f"unnamed {kind}"
    is_hidden = bool(raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN) or (box is None and kind != "signature")
    if is_hidden:
        hidden.append(name)
        return None
    if kind in ("check_box", "radio_button"):
        selected = bool(raw.FPDFAnnot_IsChecked(form, annotation))
        option = _text(raw.FPDFAnnot_GetFormFieldExportValue, form, annotation) or None
        return FormField(name, kind, (option or "Yes") if selected else _OFF, box, selected, option)
    if kind == "signature":
        return FormField(name, kind, _SIGNED if raw.FPDFAnnot_HasKey(annotation, b"V") else "", box)
    return FormField(name, kind, _value(form, annotation, kind), box)


def _value(form: Any, annotation: Any, kind: FormFieldType) -> str:
    if raw.FPDFAnnot_GetFormFieldFlags(form, annotation) & raw.FPDF_FORMFLAG_TEXT_PASSWORD and kind == "text":
        return ""
    if kind == "choice":
        count = min(max(0, raw.FPDFAnnot_GetOptionCount(form, annotation)), _MAX_OPTIONS)
        chosen = [
            _option(form, annotation, index)
            for index in range(count)
            if raw.FPDFAnnot_IsOptionSelected(form, annotation, index)
        ]
        if chosen:
            return "\n".join(chosen)
    text = _text(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _option(form: Any, annotation: Any, index: int) -> str:
    def read(form: Any, annotation: Any, buffer: Any, length: int) -> int:
        return int(raw.FPDFAnnot_GetOptionLabel(form, annotation, index, buffer, length))

    return _text(read, form, annotation)


def _text(read: Callable[..., int], form: Any, annotation: Any) -> str:
    """The UTF-16 text that a function of pdfium writes into a buffer of bytes."""
    length = read(form, annotation, None, 0)
    if not 2 < length <= 2 * _MAX_CHARACTERS:
        return ""
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    read(form, annotation, buffer, length)
    return bytes(buffer)[: length - 2].decode("utf-16-le", "replace").rstrip("\0")


def _box(page: pypdfium2.PdfPage, annotation: Any, width: int, height: int) -> Box | None:
    """The place of an annotation in pixels; None without an area."""
    rectangle = raw.FS_RECTF()
    if not raw.FPDFAnnot_GetRect(annotation, rectangle):
        return None
    corners = [
        _pixel(page, x, y, width, height)
        for x, y in ((rectangle.left, rectangle.top), (rectangle.right, rectangle.bottom))
    ]
    (x1, y1), (x2, y2) = corners
    box = Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
    visible = box.intersection(Box(0, 0, width, height))
    return visible if visible and visible.area > 0 else None


def _pixel(page: pypdfium2.PdfPage, x: float, y: float, width: int, height: int) -> tuple[float, float]:
    across, down = ctypes.c_int(), ctypes.c_int()
    size = width * _SUBPIXELS, height * _SUBPIXELS
    raw.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
    return across.value / _SUBPIXELS, down.value / _SUBPIXELS


def _in_reading_order(fields: Sequence[FormField]) -> Iterator[FormField]:
    """The fields row by row, and those without a place at the end."""
    placed = [(field, field.box) for field in fields if field.box]
    rows: list[list[tuple[FormField, Box]]] = []
    for field, box in sorted(placed, key=lambda item: item[1].center.y):
        if rows and box.center.y < rows[-1][0][1].bottom:
            rows[-1].append((field, box))
        else:
            rows.append([(field, box)])
    for row in rows:
        yield from (field for field, _ in sorted(row, key=lambda item: item[1].left))
    yield from (field for field in fields if field.box is None)
