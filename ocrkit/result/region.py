"""What everything that stands on a page has in common."""

from __future__ import annotations

from ocrkit.geometry import Box, Polygon, bounding_box
from ocrkit.result.model import Confidence, Handwritten, Model


class Region(Model):
    """A place on the page, with how it was written and how sure the engine was."""

    polygon: Polygon | None = None
    confidence: Confidence | None = None
    language: str | None = None
    handwritten: Handwritten | None = None

    @property
    def box(self) -> Box | None:
        """The upright box around the polygon."""
        return bounding_box(self.polygon) if self.polygon else None
