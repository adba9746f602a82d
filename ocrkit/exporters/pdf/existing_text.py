"""Text that a PDF page already has: detection, and removal of invisible text."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pikepdf
from pikepdf import Name

from ocrkit.exporters.pdf.glyphless import compressed

_MAX_DEPTH = 8  # of nested forms
_SHOW_TEXT = frozenset({"Tj", "TJ", "'", '"'})
_OPERATORS = "q Q BT ET Tr Tj TJ ' \" Do"
_INVISIBLE = 3  # text rendering mode


class TextFound(NamedTuple):
    """Which kinds of text a page has."""

    visible: bool
    invisible: bool


def find_text(page: pikepdf.Page) -> TextFound:
    """Search the content of the page and of the forms that it draws."""
    found = set(_text_visibility(page, page.resources, 0, 0))
    return TextFound(visible=True in found, invisible=False in found)


def remove_invisible_text(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    """Rewrite the content of the page without its invisible text."""
    resources = copy_resources(page)
    content = _without_invisible_text(pdf, page, resources, 0, 0)
    if content is not None:
        page.obj.Contents = compressed(pdf, content)


def copy_resources(page: pikepdf.Page) -> pikepdf.Dictionary:
    """Give the page a copy of its resources, because other pages may share them."""
    resources = copy.copy(page.resources)
    for category in (Name.Font, Name.XObject):
        if category in resources:
            resources[category] = copy.copy(resources[category])
    page.obj.Resources = resources
    return resources


class _TextState:
    """The current text rendering mode."""

    def __init__(self, mode: int) -> None:
        self.mode = mode
        self._saved: list[int] = []

    def apply(self, operator: str, operands: Sequence[Any]) -> None:
        if operator == "q":
            self._saved.append(self.mode)
        elif operator == "Q" and self._saved:
            self.mode = self._saved.pop()
        elif operator == "Tr" and operands:
            self.mode = int(operands[0])


def _text_visibility(container: Any, resources: Any, mode: int, depth: int) -> Iterator[bool]:
    """For each piece of text whether it is visible."""
    state = _TextState(mode)
    for instruction in _instructions(container, _OPERATORS):
        operator, operands = str(instruction.operator), instruction.operands
        state.apply(operator, operands)
        if operator in _SHOW_TEXT and _has_text(operands):
            yield state.mode != _INVISIBLE
        elif operator == "Do" and depth < _MAX_DEPTH:
            form = _form(resources, operands)
            if form is not None:
                yield from _text_visibility(form, form.get("/Resources", resources), state.mode, depth + 1)


def _without_invisible_text(
    pdf: pikepdf.Pdf, container: Any, resources: Any, mode: int, depth: int
) -> bytes | None:
    """The content without its invisible text, or None where it has none."""
    state, kept, changed = _TextState(mode), list[Any](), False
    pending: list[Any] = []
    visible = False
    for instruction in _instructions(container):
        operator, operands = str(instruction.operator), instruction.operands
        state.apply(operator, operands)
        pending.append(instruction)
        if operator in _SHOW_TEXT:
            visible = visible or state.mode != _INVISIBLE
        elif operator == "ET":
            # A text object with any visible text is kept whole: without a part, the rest of it would move.
            remaining = (
                pending if visible else [each for each in pending if str(each.operator) not in _SHOW_TEXT]
            )
            changed = changed or len(remaining) < len(pending)
            kept += remaining
            pending, visible = [], False
        elif operator == "Do" and depth < _MAX_DEPTH:
            changed = _replace_form(pdf, resources, operands, state.mode, depth) or changed
    return pikepdf.unparse_content_stream([*kept, *pending]) if changed else None


def _replace_form(pdf: pikepdf.Pdf, resources: Any, operands: Sequence[Any], mode: int, depth: int) -> bool:
    """Replace a form by a copy without invisible text. Returns False if it has none."""
    form = _form(resources, operands)
    if form is None:
        return False
    inner = copy.copy(form.get("/Resources", resources))
    if Name.XObject in inner:
        inner.XObject = copy.copy(inner.XObject)
    content = _without_invisible_text(pdf, form, inner, mode, depth + 1)
    if content is None:
        return False
    replacement = compressed(pdf, content)
    for key, value in form.stream_dict.items():
        if key not in {"/Length", "/Filter", "/DecodeParms"}:
            replacement.stream_dict[key] = value
    replacement.stream_dict.Resources = inner
    resources.XObject[str(operands[0])] = replacement
    return True


def _form(resources: Any, operands: Sequence[Any]) -> Any:
    objects = resources.get("/XObject", {}) if resources is not None else {}
    form = objects.get(str(operands[0])) if operands else None
    return form if isinstance(form, pikepdf.Stream) and form.get("/Subtype") == Name.Form else None


def _instructions(container: Any, operators: str = "") -> Sequence[Any]:
    try:
        return pikepdf.parse_content_stream(container, operators)
    except pikepdf.PdfError:  # viewers do not show damaged content, and it stays unchanged
        return []


def _has_text(operands: Sequence[Any]) -> bool:
    text = operands[-1] if operands else ""
    parts: Any = text if isinstance(text, pikepdf.Array) else [text]
    return any(isinstance(part, pikepdf.String) and bytes(part) for part in parts)
