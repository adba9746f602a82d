"""Tencent's error codes. Reference: https://cloud.tencent.com/document/product/866/33528."""

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

_CARD = "send an image that the card fills almost entirely"

CODES = ErrorTable(
    rows(
        AuthenticationError,
        "check secret_id and secret_key (https://console.cloud.tencent.com/cam/capi)",
        "AuthFailure*",
        "InvalidCredential",
    ),
    rows(
        AuthenticationError,
        "fetch new temporary keys; session_token has expired or belongs to other keys",
        "AuthFailure.TokenFailure",
    ),
    rows(
        AuthenticationError,
        "set the clock of this machine, which must not be five minutes off",
        "AuthFailure.SignatureExpire",
    ),
    rows(
        AuthenticationError,
        "grant the account the right to use OCR (QcloudOCRFullAccess)",
        "AuthFailure.UnauthorizedOperation",
        "UnauthorizedOperation*",
    ),
    rows(
        AuthenticationError,
        "enable the service at https://console.cloud.tencent.com/ocr",
        "FailedOperation.UnOpenError",
    ),
    rows(
        QuotaError,
        "top up the account or buy a package at https://console.cloud.tencent.com/ocr",
        "ResourceUnavailable.InArrears",
        "ResourceUnavailable.ResourcePackageRunOut",
        "ResourcesSoldOut.ChargeStatusException",
        "FailedOperation.ArrearsError",
    ),
    rows(
        QuotaError,
        "wait until tomorrow, or raise the daily limit",
        "FailedOperation.CountLimitError",
    ),
    rows(RateLimitError, "lower requests_per_second", "RequestLimitExceeded*"),
    rows(
        CapabilityError,
        "the service does not accept the image; check it, or choose another backend",
        "FailedOperation.ImageDecodeFailed",
        "FailedOperation.FileDecodeFailed",
        "FailedOperation.EmptyImageError",
        "FailedOperation.ImageSizeTooLarge",
        "FailedOperation.UnKnowFileTypeError",
        "FailedOperation.PDFParseFailed",
        "InvalidParameter.EngineImageDecodeFailed",
        "LimitExceeded.TooLargeFileError",
        "RequestSizeLimitExceeded",
    ),
    rows(CapabilityError, "the image is too blurred", "FailedOperation.ImageBlur"),
    rows(CapabilityError, "choose another language or backend", "FailedOperation.LanguageNotSupport"),
    rows(
        CapabilityError,
        _CARD,
        "FailedOperation.IdCardTooSmall",
        "FailedOperation.CardSideError",
        "FailedOperation.MultiCardError",
        "FailedOperation.IdCardInfoIllegal",
        "FailedOperation.IllegalBankCardError",
    ),
    rows(
        BackendError,
        "ocrkit has a bug or the service has changed; report it with the request id",
        "InvalidParameter*",
        "InvalidParameterValue*",
        "MissingParameter*",
        "UnknownParameter*",
        "InvalidAction*",
        "NoSuchVersion*",
        "FailedOperation.FieldException",
    ),
    rows(BackendError, "choose another region, for example ap-guangzhou", "UnsupportedRegion*"),
    rows(
        BackendUnavailableError,
        "",
        "InternalError*",
        "ServiceUnavailable*",
        "FailedOperation.OcrFailed",
        "FailedOperation.DetectFailed",
        "FailedOperation.EngineRecognizeTimeout",
        "FailedOperation.UnKnowError",
        "FailedOperation.ResponseParseFailed",
    ),
    rows(None, "", "FailedOperation.ImageNoText", "FailedOperation.ImageNoHandWrite"),
    rows(None, f"no identity card was found; {_CARD}", "FailedOperation.ImageNoIdCard"),
    rows(None, f"no bank card was found; {_CARD}", "FailedOperation.NoBankCardError"),
)
