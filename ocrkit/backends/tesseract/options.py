"""Options of the Tesseract backend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from ocrkit.backends.base import BackendOptions
from ocrkit.harmless import Harmless


class TesseractOptions(BackendOptions):
    """Options of the backend `tesseract`."""

    runner: Harmless[Literal["auto", "tesserocr", "pytesseract"]] = "auto"
    """The library in this process, or the program; `auto` uses the first of the two that is installed."""
    page_segmentation: Harmless[Annotated[int, Field(ge=1, le=13)] | None] = None
    """Tesseract's `--psm`; None chooses it by the scene of the request."""
    engine_mode: Harmless[Annotated[int, Field(ge=0, le=3)] | None] = None
    """Tesseract's `--oem`; None uses the default of the language pack."""
    tessdata: Path | None = None
    """Folder with the language packs; None: fetched packs, then the standard locations."""
    models_folder: Path | None = None
    """The folder of fetched models. None: that of the settings, or of the user."""
    program: str | None = None
    """Name or path of the program; None is `tesseract`."""
    timeout_seconds: Harmless[Annotated[float, Field(gt=0)] | None] = 180
    """Timeout per page. The program is killed at once; the library checks it only during recognition."""
    orientation: Harmless[bool] = True
    """Read pages with low confidence in other orientations and keep the best."""
    alternatives: Harmless[bool] = True
    """Give doubtful words their other readings. Only with the library; it then takes about 15 % longer."""
    variables: Mapping[str, str] = Field(default_factory=dict)
    """Engine variables, Tesseract's `-c`. With the library, some apply to every engine in the process."""

    @field_validator("page_segmentation")
    @classmethod
    def _requires_recognition(cls, value: int | None) -> int | None:
        if value == 2:
            raise ValueError("page segmentation 2 only analyzes the layout and reads no text")
        return value
