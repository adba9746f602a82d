"""Things on a page that are not text: check boxes and bar codes."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ocrkit.result.model import Text
from ocrkit.result.region import Region

MarkState: TypeAlias = Literal["selected", "unselected"]


class SelectionMark(Region):
    """A check box or a radio button."""

    state: MarkState
    name: Text | None = None
    """The name of the form field, where the document has one."""
    value: Text | None = None
    """The value of the mark when it is selected, if the document defines one."""

    @property
    def symbol(self) -> str:
        """The mark as a character: `☑` or `☐`."""
        return "☑" if self.state == "selected" else "☐"


class Barcode(Region):
    """A bar code or a QR code."""

    value: Text
    symbology: Text | None = None
    """The kind of code, for instance `QR` or `EAN-13`, where it is known."""
