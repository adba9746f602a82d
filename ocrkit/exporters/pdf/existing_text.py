"""The text a PDF page has already: whether it is seen, and how to take out what is not."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pikepdf
from pikepdf import Name

from ocrkit.exporters.pdf.glyphless import compressed

_DEPTH = 8  # of forms within forms
_SHOWING = frozenset({"Tj", "TJ", "'", '"'})
_OPERATORS = "q Q BT ET Tr Tj TJ ' \" Do"
_INVISIBLE = 3


class Text(NamedTuple):
    """Which text a page has."""

    visible: bool
    invisible: bool


def text_on(page: pikepdf.Page) -> Text:
    """Look at what the page draws, and at the forms it draws with."""
    found = set(_kinds(page, page.resources, 0, 0))
    return Text(visible=True in found, invisible=False in found)


def take_out(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    """Leave out the text that is not seen. What else there is stays, written anew."""
    resources = own_resources(page)
    content = _cleaned(pdf, page, resources, 0, 0)
    if content is not None:
        page.obj.Contents = compressed(pdf, content)


def own_resources(page: pikepdf.Page) -> pikepdf.Dictionary:
    """The resources of the page in a copy: they may be shared with pages that have to stay as they are."""
    resources = copy.copy(page.resources)
    for family in (Name.Font, Name.XObject):
        if family in resources:
            resources[family] = copy.copy(resources[family])
    page.obj.Resources = resources
    return resources


class _State:
    """Whether what is written next is seen."""

    def __init__(self, mode: int) -> None:
        self.mode = mode
        self._saved: list[int] = []

    def take(self, operator: str, operands: Sequence[Any]) -> None:
        if operator == "q":
            self._saved.append(self.mode)
        elif operator == "Q" and self._saved:
            self.mode = self._saved.pop()
        elif operator == "Tr" and operands:
            self.mode = int(operands[0])


def _kinds(container: Any, resources: Any, mode: int, depth: int) -> Iterator[bool]:
    """For each piece of text whether it is seen."""
    state = _State(mode)
    for instruction in _instructions(container, _OPERATORS):
        operator, operands = str(instruction.operator), instruction.operands
        state.take(operator, operands)
        if operator in _SHOWING and _says_something(operands):
            yield state.mode != _INVISIBLE
        elif operator == "Do" and depth < _DEPTH:
            form = _form(resources, operands)
            if form is not None:
                yield from _kinds(form, form.get("/Resources", resources), state.mode, depth + 1)


def _cleaned(pdf: pikepdf.Pdf, container: Any, resources: Any, mode: int, depth: int) -> bytes | None:
    """The content without text that is not seen, or None where there is none."""
    state, kept, changed = _State(mode), list[Any](), False
    piece: list[Any] = []
    seen = False
    for instruction in _instructions(container):
        operator, operands = str(instruction.operator), instruction.operands
        state.take(operator, operands)
        piece.append(instruction)
        if operator in _SHOWING:
            seen = seen or state.mode != _INVISIBLE
        elif operator == "ET":
            # Leaving out a part of a text object would move the rest of it.
            left = piece if seen else [each for each in piece if str(each.operator) not in _SHOWING]
            changed = changed or len(left) < len(piece)
            kept += left
            piece, seen = [], False
        elif operator == "Do" and depth < _DEPTH:
            changed = _replace_form(pdf, resources, operands, state.mode, depth) or changed
    return pikepdf.unparse_content_stream([*kept, *piece]) if changed else None


def _replace_form(pdf: pikepdf.Pdf, resources: Any, operands: Sequence[Any], mode: int, depth: int) -> bool:
    form = _form(resources, operands)
    if form is None:
        return False
    inner = copy.copy(form.get("/Resources", resources))
    if Name.XObject in inner:
        inner.XObject = copy.copy(inner.XObject)
    content = _cleaned(pdf, form, inner, mode, depth + 1)
    if content is None:
        return False
    fresh = compressed(pdf, content)
    for key, value in form.stream_dict.items():
        if key not in {"/Length", "/Filter", "/DecodeParms"}:
            fresh.stream_dict[key] = value
    fresh.stream_dict.Resources = inner
    resources.XObject[str(operands[0])] = fresh
    return True


def _form(resources: Any, operands: Sequence[Any]) -> Any:
    named = resources.get("/XObject", {}) if resources is not None else {}
    form = named.get(str(operands[0])) if operands else None
    return form if isinstance(form, pikepdf.Stream) and form.get("/Subtype") == Name.Form else None


def _instructions(container: Any, operators: str = "") -> Sequence[Any]:
    try:
        return pikepdf.parse_content_stream(container, operators)
    except pikepdf.PdfError:  # what is damaged shows nothing, and stays as it is
        return []


def _says_something(operands: Sequence[Any]) -> bool:
    text = operands[-1] if operands else ""
    parts: Any = text if isinstance(text, pikepdf.Array) else [text]
    return any(isinstance(part, pikepdf.String) and bytes(part) for part in parts)
