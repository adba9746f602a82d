"""The options of the backend `tencent`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field, SecretStr

from ocrkit.backends.remote import RemoteOptions
from ocrkit.harmless import Harmless

Accuracy: TypeAlias = Literal["accurate", "basic"]
IdCardReader: TypeAlias = Literal["IDCardOCR", "MLIDPassportOCR"]
Action: TypeAlias = Literal[
    "GeneralAccurateOCR", "GeneralBasicOCR", "GeneralHandwritingOCR", "RecognizeTableAccurateOCR",
    "BankCardOCR", "RecognizeGeneralInvoice", IdCardReader,
]  # fmt: skip
_RATES: Mapping[Action, float] = {
    "RecognizeTableAccurateOCR": 2.0,
    "RecognizeGeneralInvoice": 5.0,
    "MLIDPassportOCR": 5.0,
}


class TencentOptions(RemoteOptions):
    """Options of the backend `tencent`."""

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "secret_id": ("TENCENTCLOUD_SECRET_ID",),
        "secret_key": ("TENCENTCLOUD_SECRET_KEY",),
        "session_token": ("TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN"),
    }

    secret_id: SecretStr
    secret_key: SecretStr
    session_token: SecretStr | None = None
    """For temporary keys, which Tencent's token service (STS) gives."""
    endpoint: str = "https://ocr.tencentcloudapi.com"
    region: str = "ap-guangzhou"
    accuracy: Harmless[Accuracy] = "accurate"
    """`basic` costs less, and detects the language."""
    id_cards: Harmless[IdCardReader] = "IDCardOCR"
    """The document of the scene `id_card`: a Chinese identity card, or a passport."""
    requests_per_second: Harmless[float | None] = Field(10, gt=0)
    """The vendor's default limit for accurate reading."""
    rates: Harmless[Mapping[Action, Annotated[float, Field(gt=0)]]] = Field(
        default_factory=lambda: dict(_RATES)
    )
    """The rate limits of endpoints that have a lower one, in requests per second."""
