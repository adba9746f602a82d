"""The base of everything that has a position on the page."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from ocrkit.geometry import Box, Polygon, bounding_box
from ocrkit.result.model import Confidence, Handwritten, Model


def _as_polygon(value: Any) -> Any:
    """Convert four numbers, which are a box, to the polygon of its corners."""
    if (
        isinstance(value, (tuple, list))
        and len(value) == 4
        and all(isinstance(n, (int, float)) for n in value)
    ):
        return Box(*value).polygon
    return value


class Region(Model):
    """A part of the page, with its confidence, language and kind of writing.

    A region may be constructed with `box=` (left, top, right, bottom) instead of `polygon=`.
    """

    polygon: Annotated[Polygon | None, BeforeValidator(_as_polygon)] = Field(
        None, validation_alias=AliasChoices("polygon", "box")
    )
    confidence: Confidence | None = None
    language: str | None = None
    handwritten: Handwritten | None = None

    @property
    def box(self) -> Box | None:
        """The bounding box of the polygon."""
        return bounding_box(self.polygon) if self.polygon else None
