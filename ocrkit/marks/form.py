"""The fields of a fillable form as fields, marks and text of a result."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ocrkit.form import FormField
from ocrkit.geometry import Box, Polygon, Transform
from ocrkit.marks.exact import with_exact_value
from ocrkit.result import Block, Field, Line, PageResult, SelectionMark, Word

_LETTER_WIDTH = 0.4  # of the height of a field with one line
FORM = "form"
"""The `read_by` of lines that hold values of fields."""


def form_fields(form: Sequence[FormField], to_result: Transform) -> dict[str, Field]:
    """The fields by name, in reading order. The buttons of a group are one field with the selected option."""
    fields: dict[str, Field] = {}
    for field in form:
        known = fields.get(field.name)
        if known is None or (field.selected and not _is_on(field.name, form, known)):
            made = Field(value=field.value, type=field.type, polygon=_polygon(field.box, to_result))
            fields[field.name] = made  # a later button of a group keeps the position of the first
    return fields


def form_marks(form: Sequence[FormField], to_result: Transform) -> tuple[SelectionMark, ...]:
    """The check boxes and radio buttons, in reading order."""
    return tuple(
        SelectionMark(
            state="selected" if field.selected else "unselected",
            name=field.name,
            value=field.option,
            polygon=_polygon(field.box, to_result),
        )
        for field in form
        if field.selected is not None
    )


def signatures(form: Sequence[FormField]) -> tuple[Block, ...]:
    """A block for each signature field that is signed and has a place on the page."""
    return tuple(
        Block(kind="signature", polygon=field.box.polygon)
        for field in form
        if field.type == "signature" and field.value and field.box
    )


def with_form_values(result: PageResult, fields: dict[str, Field]) -> PageResult:
    """The page with the exact values of its text and choice fields.

    The value replaces the recognized text in its field; `raw_text` keeps it. A value without recognized
    text gets a line of its own, because the text layer of a PDF has no values of fields.
    """
    for field in fields.values():
        if field.type in ("text", "choice") and field.value.strip() and field.box:
            blocks = with_exact_value(result.blocks, field.value, field.box)
            if blocks is None:
                blocks = _with_block(result.blocks, Block.of(_lines(field)), field.box)
            result = result.model_copy(update={"blocks": blocks})
    return result


def _with_block(blocks: tuple[Block, ...], added: Block, box: Box) -> tuple[Block, ...]:
    below = (number for number, each in enumerate(blocks) if each.box and each.box.top > box.top)
    position = next(below, len(blocks))
    return (*blocks[:position], added, *blocks[position:])


def _is_on(name: str, form: Sequence[FormField], field: Field) -> bool:
    """Whether the option that a field already has is the one of a selected button."""
    return any(each.selected and each.name == name and each.value == field.value for each in form)


def _lines(field: Field) -> Iterator[Line]:
    """The lines of a value, one below the other in the field."""
    box = field.box
    texts = [text for text in field.value.splitlines() if text.strip()]
    for row, text in enumerate(texts):
        if box:
            height = box.height / len(texts)
            top = box.top + row * height
            place = Box(box.left, top, box.right, top + height)
            words = tuple(_words(text, place))
            yield Line(text=text, words=words, polygon=place.polygon, read_by=FORM)


def _words(text: str, line: Box) -> Iterator[Word]:
    """The words of a line from its left edge on, in letters of average width."""
    width = min(line.width / len(text), _LETTER_WIDTH * line.height)
    for match in re.finditer(r"\S+", text):
        left, right = (line.left + width * position for position in match.span())
        yield Word(text=match[0], polygon=Box(left, line.top, right, line.bottom).polygon)


def _polygon(box: Box | None, to_result: Transform) -> Polygon | None:
    return to_result.polygon(box.polygon) if box else None
