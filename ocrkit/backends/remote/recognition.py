"""The content that a service recognized in an image."""

from __future__ import annotations

from pydantic import Field as ModelField

from ocrkit.backends.remote.conversion import Rotation
from ocrkit.result import Barcode, Block, Field, Model, SelectionMark, Text


class Recognition(Model):
    """The content of a response. Polygons are in pixels of the image that was sent."""

    blocks: tuple[Block, ...] = ()
    rotation: Rotation = 0
    fields: dict[str, Field] = ModelField(default_factory=dict)
    marks: tuple[SelectionMark, ...] = ()
    barcodes: tuple[Barcode, ...] = ()
    warnings: tuple[str, ...] = ()
    request_id: Text | None = None
    """The service's id of the request, if it is not in the headers of the response."""

    @classmethod
    def nothing(cls, warning: str = "", *, request_id: str | None = None) -> Recognition:
        """An empty page, with a warning unless it is empty too."""
        return cls(warnings=(warning,) if warning else (), request_id=request_id)
