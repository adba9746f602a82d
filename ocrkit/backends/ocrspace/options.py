"""The options of the backend `ocrspace`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from ocrkit.backends.remote import RemoteOptions
from ocrkit.harmless import Harmless

TRIAL_KEY = "helloworld"
"""The vendor's documented key for a first try, shared by everyone who uses it."""


class OcrspaceOptions(RemoteOptions):
    """Options of the backend `ocrspace`. Without a key of your own, the vendor's trial key is used."""

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {"api_key": ("OCR_SPACE_API_KEY",)}

    api_key: SecretStr = SecretStr(TRIAL_KEY)
    endpoint: str = "https://api.ocr.space"
    """Paid plans have another address, which the vendor sends with the key."""
    engine: Harmless[Literal[1, 2, 3] | None] = None
    """The service's engine. None: 1 for a requested language; 2, which detects languages, without one."""
    max_bytes: int = Field(1_000_000, ge=10_000)
    """The largest file that the plan accepts: 1 MB for the free one."""
    upscale: Harmless[bool] = True
    """Let the service enlarge the image, for small print (`scale`)."""
