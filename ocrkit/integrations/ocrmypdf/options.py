"""The options that the plug-in adds to OCRmyPDF's command line and its `ocr` function."""

from __future__ import annotations

from typing import NamedTuple

from ocrmypdf import OcrOptions
from typing_extensions import Self

ENGINE = "ocrkit"


class OcrkitOptions(NamedTuple):
    """The options of the plug-in. OCRmyPDF stores them with the prefix `ocrkit_`."""

    enabled: bool = False
    backend: str | None = None
    config: str | None = None
    profile: str | None = None

    @classmethod
    def of(cls, options: OcrOptions) -> Self:
        # All versions of OCRmyPDF keep options that they do not know as attributes.
        given = {name: getattr(options, f"{ENGINE}_{name}", None) for name in cls._fields}
        chosen = cls(**{name: value for name, value in given.items() if value is not None})
        is_named = getattr(options, "ocr_engine", None) == ENGINE
        return chosen._replace(enabled=chosen.enabled or is_named)

    @property
    def is_selected(self) -> bool:
        """Whether ocrkit is the engine: each of the options selects it."""
        return any(self)
