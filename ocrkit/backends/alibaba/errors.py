"""Alibaba's error codes. Reference: https://help.aliyun.com/document_detail/294601.html.

That list lacks the codes of all services of Alibaba Cloud (`InvalidAccessKeyId…`, `Throttling…`).
"""

from __future__ import annotations

from typing import Any

from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendUnavailableError,
    CapabilityError,
    QuotaError,
    RateLimitError,
)
from ocrkit.http import ErrorDetails, ErrorTable, Response, rows

CODES = ErrorTable(
    rows(
        AuthenticationError,
        "check access_key_id and access_key_secret (https://ram.console.aliyun.com/manage/ak)",
        "InvalidAccessKeyId*",
        "InvalidCredentials*",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "illegalSignature",
    ),
    rows(
        AuthenticationError,
        "fetch new temporary keys; session_token has expired or belongs to other keys",
        "invalidStsToken",
        "InvalidSecurityToken*",
        "MissingSecurityToken*",
    ),
    rows(AuthenticationError, "set the clock of this machine, which is minutes off", "InvalidTimeStamp*"),
    rows(
        AuthenticationError,
        "grant the account the right to use OCR (AliyunOCRFullAccess)",
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
        "the service does not accept the image; check it, or choose another backend",
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
        "ocrkit has a bug or the service has changed; report it with the request id",
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
    rows(None, "the image does not show the requested kind of document", "unmatchedImageType"),
)


def check(response: Response) -> None:
    """Raise the error that code and status mean."""
    if response.status < 400:  # a success has a code, too
        response.raise_for_status()
        response.json()
        return
    CODES.check(response, _error, retry_after=_retry_after(response))


def _error(answer: Any) -> ErrorDetails:
    return ErrorDetails(answer["Code"], answer.get("Message"), answer.get("RequestId"))


def _retry_after(response: Response) -> float | None:
    """Alibaba's own header is in milliseconds."""
    own = response.headers.get("x-acs-retry-after", "")
    return int(own) / 1000 if own.isdecimal() else None
