"""The options of the backend `aspose_local`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal, TypeAlias

from pydantic import Field, model_validator
from typing_extensions import Self

from ocrkit.aspose_engine import LICENSE_VARIABLES, LicenseOptions
from ocrkit.backends.base import IsolatedOptions
from ocrkit.geometry import Box
from ocrkit.harmless import Harmless

Areas: TypeAlias = Literal["universal", "lean", "multicolumn", "table", "curved_text", "formula", "layout"]


class AsposeLocalOptions(IsolatedOptions, LicenseOptions):
    """Options of the backend `aspose_local`."""

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = LICENSE_VARIABLES

    areas: Harmless[Areas] = "universal"
    """How the engine finds the text. `layout` gives each block its kind. All but `universal` and `lean` need
    resource files."""
    receipts: Harmless[Literal["receipt", "invoice"]] = "receipt"
    """What the scene `receipt` shows."""
    id_cards: Harmless[Literal["id_card", "passport"]] = "id_card"
    """What the scene `id_card` shows."""
    photos: Harmless[Literal["text", "car_plate"]] = "text"
    """What the scene `sparse` shows."""
    regions: Harmless[tuple[Box, ...]] = ()
    """Read only these regions: left, top, right and bottom in pixels of the original page."""
    upscale_small_font: Harmless[bool] = False
    """Let the engine enlarge small letters."""
    resources_path: Path | None = None
    """The folder with the resource files, which handwriting, most scripts, tables and layout need."""
    allow_download: bool = False
    """Let the engine download missing resource files into `resources_path`."""
    device: Harmless[Literal["auto", "cpu", "cuda"]] = "auto"
    """`cuda` is refused: the Python package of the engine has no GPU support."""
    threads: Harmless[int | None] = Field(None, ge=1)
    """CPU threads of the engine, at least 4. None: all CPUs that this process may use."""

    @model_validator(mode="after")
    def _check_options(self) -> Self:
        if self.device == "cuda":
            raise ValueError(
                "device = 'cuda' is not possible: Aspose offers recognition on a GPU only for .NET, in the "
                "package Aspose.OCR-GPU; the Python package runs on the CPU. Use 'cpu', or the backend ppocr"
            )
        if self.allow_download and self.resources_path is None:
            raise ValueError("allow_download needs resources_path, the folder that keeps the resource files")
        return self
