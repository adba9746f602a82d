"""Textract's error codes. Reference: https://docs.aws.amazon.com/textract/latest/dg/API_DetectDocumentText.html.

The codes of all services of AWS come on top: signatures, keys, throttling.
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
        "check access_key_id and secret_access_key, or the profile",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "IncompleteSignature*",
        "MissingAuthenticationToken*",
    ),
    rows(
        AuthenticationError,
        "check secret_access_key and region, and the clock of this machine",
        "InvalidSignature*",
        "SignatureDoesNotMatch",
        "RequestExpired",
        "RequestTimeTooSkewed",
    ),
    rows(AuthenticationError, "fetch new temporary keys; session_token has expired", "ExpiredToken*"),
    rows(
        AuthenticationError,
        "allow the account to use Textract (AmazonTextractFullAccess)",
        "AccessDenied*",
        "NotAuthorized",
    ),
    rows(AuthenticationError, "enable Textract for the account", "OptInRequired", "SubscriptionRequired*"),
    rows(
        RateLimitError,
        "lower requests_per_second or max_concurrency, or raise the quota of the account",
        "Throttling*",
        "ProvisionedThroughputExceededException",
        "LimitExceededException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
    ),
    rows(QuotaError, "raise the quota of the account", "ServiceQuotaExceeded*", "HumanLoopQuotaExceeded*"),
    rows(
        CapabilityError,
        "the service does not accept the image; check it, or choose another backend",
        "UnsupportedDocumentException",
        "DocumentTooLargeException",
        "BadDocumentException",
    ),
    rows(
        BackendError,
        "ocrkit has a bug or the service has changed; report it with the request id",
        "InvalidParameterException",
        "InvalidS3ObjectException",
        "ValidationException",
        "SerializationException",
        "UnknownOperationException",
        "InvalidAction",
    ),
    rows(BackendUnavailableError, "", "InternalServerError", "InternalFailure*", "ServiceUnavailable*"),
)


def check(response: Response) -> None:
    """Raise the error that the body or the status of a response means."""
    CODES.check(response, _error)


def _error(answer: Any) -> ErrorDetails:
    code = str(answer["__type"]).rpartition("#")[2].partition(":")[0]
    return ErrorDetails(code, answer.get("message") or answer.get("Message"))
