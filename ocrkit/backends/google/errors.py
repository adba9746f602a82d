"""Google's error codes. Reference: https://cloud.google.com/apis/design/errors.

An error has a status such as `PERMISSION_DENIED`, and often a reason that says more, such as
`SERVICE_DISABLED`. A reason that the table knows counts.
"""

from __future__ import annotations

from typing import Any

from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    CapabilityError,
    ExpiredTokenError,
    QuotaError,
    RateLimitError,
)
from ocrkit.http import ErrorDetails, ErrorTable, Response, rows

_KEYS = "check the credentials at https://console.cloud.google.com/apis/credentials"

CODES = ErrorTable(
    rows(AuthenticationError, _KEYS, "API_KEY_*", "CONSUMER_INVALID", "CONSUMER_SUSPENDED"),
    rows(
        AuthenticationError,
        "enable the API at https://console.cloud.google.com/apis/library/vision.googleapis.com",
        "SERVICE_DISABLED",
    ),
    rows(
        AuthenticationError,
        "enable the Cloud Vision API for the project, and allow the account to use it",
        "PERMISSION_DENIED",
    ),
    rows(
        ExpiredTokenError,
        f"{_KEYS}, or fetch a new access token",
        "UNAUTHENTICATED",
        "ACCESS_TOKEN_EXPIRED",
    ),
    rows(
        QuotaError,
        "enable billing of the project at https://console.cloud.google.com/billing",
        "BILLING_DISABLED",
    ),
    rows(
        RateLimitError,
        "lower requests_per_second, or raise the quota of the project",
        "RESOURCE_EXHAUSTED",
        "RATE_LIMIT_EXCEEDED",
    ),
    rows(
        CapabilityError,
        "the service does not accept the image or the languages; check them, or choose another backend",
        "INVALID_ARGUMENT",
    ),
    rows(BackendError, "check endpoint and model", "NOT_FOUND", "UNIMPLEMENTED"),
    rows(BackendError, "send the page again", "CANCELLED", "ABORTED"),
    rows(BackendUnavailableError, "", "INTERNAL", "UNAVAILABLE", "UNKNOWN", "DATA_LOSS"),
    rows(BackendTimeoutError, "", "DEADLINE_EXCEEDED"),
)

_STATUSES = {
    1: "CANCELLED", 2: "UNKNOWN", 3: "INVALID_ARGUMENT", 4: "DEADLINE_EXCEEDED", 5: "NOT_FOUND",
    7: "PERMISSION_DENIED", 8: "RESOURCE_EXHAUSTED", 10: "ABORTED", 12: "UNIMPLEMENTED", 13: "INTERNAL",
    14: "UNAVAILABLE", 15: "DATA_LOSS", 16: "UNAUTHENTICATED",
}  # fmt: skip
"""The numbers of the statuses, which errors inside a successful response have."""

TOKEN_CODES = ErrorTable(
    rows(AuthenticationError, _KEYS, "invalid_client", "unauthorized_client", "invalid_grant"),
    rows(AuthenticationError, "allow the account to use the scope cloud-vision", "invalid_scope"),
    rows(BackendUnavailableError, "", "internal_failure", "server_error", "temporarily_unavailable"),
    default=AuthenticationError,
)


def check(response: Response) -> None:
    """Raise the error that the body or the status of a response means."""
    CODES.check(response, _error)


def check_token(response: Response) -> None:
    """Raise the error of the token service, with its reason."""
    TOKEN_CODES.check(response, lambda answer: ErrorDetails(answer["error"], answer.get("error_description")))


def status_name(number: int) -> str:
    """The name of the status with a number; the number itself if it is unknown."""
    return _STATUSES.get(number, str(number))


def _error(answer: Any) -> ErrorDetails:
    error = answer["error"]
    details = [each for each in error.get("details") or () if isinstance(each, dict)]
    reasons = [each["reason"] for each in details if isinstance(each.get("reason"), str)]
    code = next((reason for reason in reasons if reason in CODES), error.get("status"))
    request_id = next((each["requestId"] for each in details if "requestId" in each), None)
    return ErrorDetails(code, error.get("message"), request_id)
