"""What was chosen on OCRmyPDF's command line, or handed to its `ocr` function."""

from __future__ import annotations

from typing import NamedTuple

from ocrmypdf import OcrOptions
from typing_extensions import Self

ENGINE = "ocrkit"


class Chosen(NamedTuple):
    """Our options among those of OCRmyPDF, where they are called `ocrkit_backend` and so on."""

    enabled: bool = False
    backend: str | None = None
    config: str | None = None
    profile: str | None = None

    @classmethod
    def of(cls, options: OcrOptions) -> Self:
        """Those that were given. OCRmyPDF keeps what it does not know as attributes, in all its versions."""
        given = {name: getattr(options, f"{ENGINE}_{name}", None) for name in cls._fields}
        named = getattr(options, "ocr_engine", None) == ENGINE
        chosen = cls(**{name: value for name, value in given.items() if value is not None})
        return chosen._replace(enabled=chosen.enabled or named)

    @property
    def is_wanted(self) -> bool:
        """Any of them asks for ocrkit."""
        return any(self)
