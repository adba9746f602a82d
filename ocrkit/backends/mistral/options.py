"""The options of the backend `mistral`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from ocrkit.backends.remote import RemoteOptions
from ocrkit.harmless import Harmless


class MistralOptions(RemoteOptions):
    """Options of the backend `mistral`."""

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {"api_key": ("MISTRAL_API_KEY",)}

    api_key: SecretStr
    endpoint: str = "https://api.mistral.ai"
    """Or `https://api.eu.mistral.ai`, or `https://api.us.mistral.ai`."""
    model: str = "mistral-ocr-latest"
    image_min_size: Harmless[int | None] = Field(None, ge=1)
    """The smallest side of a picture in pixels. Raise it if small boxes of handwriting become pictures."""
    word_confidences: Harmless[bool] = True
    """Request the confidence of each word. Models before OCR 4 have none."""
    witness: Harmless[Literal["ppocr", "tesseract", "none"]] = "none"
    """The local engine that reads the same page: for the places of words, and against invented text."""
