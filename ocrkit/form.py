"""The fields of a fillable form, as they are in the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ocrkit.geometry import Box

FormFieldType: TypeAlias = Literal["text", "choice", "check_box", "radio_button", "signature"]


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a form, or one button of a group of radio buttons."""

    name: str
    type: FormFieldType
    value: str
    """The exact value: the text; the selected options, one a line; the option of a selected button, or `Off`;
    `signed`, or nothing."""
    box: Box | None
    """Its place, in pixels of the original page; None where it has none."""
    selected: bool | None = None
    """Whether a check box or a radio button is selected; None for other fields."""
    option: str | None = None
    """The value that a check box or a radio button stands for."""
