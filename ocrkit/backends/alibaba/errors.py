"""What Alibaba's error codes mean. Reference: https://help.aliyun.com/document_detail/294601.html.

Those that every service of Alibaba Cloud may give (`InvalidAccessKeyId…`, `Throttling…`) are not in that
list.
"""

from __future__ import annotations

from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendUnavailableError,
    CapabilityError,
    QuotaError,
    RateLimitError,
)
from ocrkit.http import ErrorTable, rows

CODES = ErrorTable(
    rows(
        AuthenticationError,
        "check access_key_id and access_key_secret (https://ram.console.aliyun.com/manage/ak)",
        "InvalidAccessKeyId*",
        "InvalidCredentials*",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "illegalSignature",
        "invalidStsToken",
        "InvalidSecurityToken*",
    ),
    rows(AuthenticationError, "set this machine's clock: it is minutes off", "InvalidTimeStamp*"),
    rows(
        AuthenticationError,
        "give the account the right to use OCR (AliyunOCRFullAccess)",
        "noPermission",
        "NoPermission*",
        "Forbidden*",
    ),
    rows(
        AuthenticationError,
        "enable the service at https://ocr.console.aliyun.com",
        "ocrServiceNotOpen",
    ),
    rows(
        QuotaError,
        "buy a package or top up the account at https://ocr.console.aliyun.com",
        "OcrServiceExpired",
        "ocrServiceExpired",
        "Arrearage*",
        "InsufficientBalance*",
    ),
    rows(RateLimitError, "lower requests_per_second", "Throttling*"),
    rows(
        CapabilityError,
        "the picture is not taken; look at it, or choose another backend",
        "illegalImageContent",
        "illegalImageType",
        "illegalImageSize",
        "exceededImageContent",
        "unsupportedImageFormat",
        "illegalSubject",
    ),
    rows(CapabilityError, "choose another language or backend", "unsupportedLanguage"),
    rows(
        BackendError,
        "this is a fault of ocrkit or a change of the service; report it with the request id",
        "MissingImageUrl",
        "IllegalImageUrl",
        "notSafeImageUrl",
        "unsupportedEncodeImageUrl",
        "illegalCutType",
        "InvalidAction*",
        "InvalidParameter*",
        "InvalidVersion",
        "Missing*",
        "SignatureNonceUsed",
    ),
    rows(BackendUnavailableError, "", "algorithmError", "InternalError*", "ServiceUnavailable*"),
    rows(None, "the picture does not show what was asked for", "unmatchedImageType"),
)
