"""The options of the backend `baidu`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, TypeAlias

from pydantic import Field, SecretStr

from ocrkit.backends.remote import RemoteOptions
from ocrkit.harmless import Harmless

Reader: TypeAlias = Literal["accurate", "accurate_basic", "general", "general_basic", "doc_analysis_office"]
ReceiptReader: TypeAlias = Literal["shopping_receipt", "receipt"]


class BaiduOptions(RemoteOptions):
    """Options of the backend `baidu`."""

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "api_key": ("BAIDU_API_KEY",),
        "secret_key": ("BAIDU_SECRET_KEY",),
    }

    api_key: SecretStr
    secret_key: SecretStr
    app_id: str | int | None = None
    """The third value that the console shows. It is not sent: the keys identify the application."""
    endpoint: str = "https://aip.baidubce.com"
    reader: Harmless[Reader] = "accurate"
    """The endpoint for text. `general` costs less; the ones in `_basic` return no polygons, and cost less
    still; `doc_analysis_office` says of each line whether it is handwritten."""
    receipts: Harmless[ReceiptReader] = "shopping_receipt"
    """The endpoint for the scene `receipt`. `receipt` returns lines of text, and no fields."""
    requests_per_second: Harmless[float | None] = Field(2, gt=0)
    """The limit of a free account; that of others is 10."""
