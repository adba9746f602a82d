"""Aspose's error codes."""

from __future__ import annotations

from ocrkit.backends.aspose.schema import ProblemDetails
from ocrkit.backends.remote import validated
from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    BadResponseError,
    CapabilityError,
    ExpiredTokenError,
    QuotaError,
    RateLimitError,
)
from ocrkit.http import ErrorTable, Response, rows

_KEYS = "check client_id and client_secret at https://dashboard.aspose.cloud/applications"

CODES = ErrorTable(
    rows(ExpiredTokenError, "a new token was refused, too; check that the application may use OCR", "401"),
    rows(AuthenticationError, _KEYS, "token 400", "token 401", "token 403"),
    rows(AuthenticationError, "allow the application to use OCR in the dashboard", "403"),
    rows(QuotaError, "the free or paid pages are used up; see https://purchase.aspose.cloud", "402"),
    rows(RateLimitError, "lower requests_per_second or max_concurrency", "429", "token 429"),
    rows(CapabilityError, "the service does not accept the image or the settings", "400", "413", "415"),
    rows(BackendError, "check endpoint", "404"),
    rows(BackendTimeoutError, "", "408", "504"),
    rows(BackendUnavailableError, "", "5*", "token 5*", "ResultDataLost"),
    rows(BackendError, "send the page again", "NotExist", "TaskNotFound", "PartiallyNotFound"),
    rows(BackendError, "", "Error"),
    rows(None, "", "NoAnyResultData"),
)
"""HTTP statuses, those of the token service, and the codes of tasks."""


def check(response: Response) -> None:
    """Raise the error that the status of a response means."""
    _check(response, "")


def check_token(response: Response) -> None:
    """Raise the error of the token service, where a bad request is a wrong secret."""
    _check(response, "token ")


def _check(response: Response, prefix: str) -> None:
    if 200 <= response.status < 300:
        return
    raise CODES.error(
        f"{prefix}{response.status}",
        _message(response),
        request_id=response.request_id,
        retry_after=response.retry_after,
    )


def _message(response: Response) -> str | None:
    """The service's message, if the response has a known form."""
    try:
        problem = validated(ProblemDetails, response.json())
    except BadResponseError:
        return None
    parts = (problem.title, problem.detail, problem.error, problem.error_description)
    return ": ".join(part for part in parts if part) or None
