"""The fields of a fillable form as fields, marks and text of a result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ocrkit.form import FormField
from ocrkit.geometry import Box, Polygon, Transform
from ocrkit.result import Block, Field, Line, PageResult, SelectionMark

FORM = "form"
"""What read the lines that hold values of fields."""
_COVERED = 0.3
"""A value is in the text if a line lies in its field with at least this share of its area."""


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


def with_form_values(result: PageResult, fields: dict[str, Field]) -> PageResult:
    """The page with a line for each value that its text lacks: a text layer has no values of fields."""
    lines = [line for line in result.lines if line.box]
    added = [
        Block.of(_lines(field))
        for field in fields.values()
        if field.type in ("text", "choice")
        and field.value.strip()
        and field.box
        and not _is_covered(field.box, lines)
    ]
    blocks = list(result.blocks)
    for block in added:
        top = block.box.top if block.box else 0.0
        position = next((n for n, each in enumerate(blocks) if each.box and each.box.top > top), len(blocks))
        blocks.insert(position, block)
    return result.model_copy(update={"blocks": tuple(blocks)}) if added else result


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
            polygon = Box(box.left, top, box.right, top + height).polygon
            yield Line(text=text, polygon=polygon, read_by=FORM)


def _is_covered(box: Box, lines: Sequence[Line]) -> bool:
    for line in lines:
        shared = line.box.intersection(box) if line.box else None
        if line.box and shared and shared.area >= _COVERED * min(line.box.area, box.area):
            return True
    return False


def _polygon(box: Box | None, to_result: Transform) -> Polygon | None:
    return to_result.polygon(box.polygon) if box else None
