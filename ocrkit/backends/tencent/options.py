"""The options of the backend `tencent`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, TypeAlias

from pydantic import Field, SecretStr

from ocrkit.backends.remote import RemoteOptions
from ocrkit.harmless import Harmless

Accuracy: TypeAlias = Literal["accurate", "basic"]


class TencentOptions(RemoteOptions):
    """Options of the backend `tencent`."""

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "secret_id": ("TENCENTCLOUD_SECRET_ID",),
        "secret_key": ("TENCENTCLOUD_SECRET_KEY",),
    }

    secret_id: SecretStr
    secret_key: SecretStr
    endpoint: str = "https://ocr.tencentcloudapi.com"
    region: str = "ap-guangzhou"
    accuracy: Harmless[Accuracy] = "accurate"
    """`basic` costs less, and detects the language."""
    requests_per_second: Harmless[float | None] = Field(10, gt=0)
    """The vendor's default limit for accurate reading; the one for tables is 2."""
