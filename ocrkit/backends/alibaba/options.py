"""The options of the backend `alibaba`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, TypeAlias

from pydantic import SecretStr

from ocrkit.backends.remote import RemoteOptions
from ocrkit.harmless import Harmless

Accuracy: TypeAlias = Literal["accurate", "basic"]
IdCardReader: TypeAlias = Literal["RecognizeIdcard", "RecognizePassport", "RecognizeChinesePassport"]
ReceiptReader: TypeAlias = Literal["RecognizeShoppingReceipt", "RecognizeInvoice"]


class AlibabaOptions(RemoteOptions):
    """Options of the backend `alibaba`."""

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "access_key_id": ("ALIBABA_CLOUD_ACCESS_KEY_ID",),
        "access_key_secret": ("ALIBABA_CLOUD_ACCESS_KEY_SECRET",),
        "session_token": ("ALIBABA_CLOUD_SECURITY_TOKEN",),
    }

    access_key_id: SecretStr
    access_key_secret: SecretStr
    session_token: SecretStr | None = None
    """For temporary keys, which Alibaba's token service (STS) gives."""
    endpoint: str = "https://ocr-api.cn-hangzhou.aliyuncs.com"
    """Set in full, because the SDK's own default is another host whatever the region."""
    accuracy: Harmless[Accuracy] = "accurate"
    """`basic` costs less, and returns lines only."""
    id_cards: Harmless[IdCardReader] = "RecognizeIdcard"
    """The document of the scene `id_card`: a Chinese identity card, or a passport."""
    receipts: Harmless[ReceiptReader] = "RecognizeShoppingReceipt"
    """The document of the scene `receipt`: a receipt, or a Chinese VAT invoice."""
