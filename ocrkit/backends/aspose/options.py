"""The options of the backend `aspose`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, TypeAlias

from pydantic import Field, SecretStr

from ocrkit.backends.remote import RemoteOptions
from ocrkit.geometry import Box
from ocrkit.harmless import Harmless

DsrMode: TypeAlias = Literal[
    "Regions", "DsrNoFilter", "DsrAndFilter", "NoDsrNoFilter", "TextDetector", "DsrPlusDetector",
    "PolygonalTextDetector", "LineDetector",
]  # fmt: skip
DsrConfidence: TypeAlias = Literal["Default", "Low", "LowMid", "Mid", "MidHigh", "High", "Ultra", "All"]


class AsposeOptions(RemoteOptions):
    """Options of the backend `aspose`."""

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "client_id": ("ASPOSE_CLIENT_ID",),
        "client_secret": ("ASPOSE_CLIENT_SECRET",),
    }

    client_id: SecretStr
    client_secret: SecretStr
    endpoint: str = "https://api.aspose.cloud"
    poll_seconds: Harmless[float] = Field(0.5, gt=0)
    """The wait between submitting a page and the first poll of its task; later waits are longer."""
    boxes: Harmless[bool] = True
    """Request hOCR besides the text, for the positions of words. It may be billed as a second result."""
    regions: Harmless[Literal["detect"] | tuple[Box, ...] | None] = None
    """Read only these regions, each as a block: left, top, right and bottom in pixels of the original page.
    With `"detect"` the service detects them first, in a call of its own."""
    skew_correction: Harmless[bool] = False
    """Let the service deskew the page. The positions it returns are then not those on the page."""
    binarization: Harmless[bool] = False
    contrast_correction: Harmless[bool] = False
    upsampling: Harmless[bool] = False
    spell_check: Harmless[bool] = False
    """Let the service correct words; the text as read is then lost."""
    dsr_mode: Harmless[DsrMode | None] = None
    """How the service detects text; None: its default."""
    dsr_confidence: Harmless[DsrConfidence | None] = None
