"""Baidu's error codes. Reference: https://ai.baidu.com/ai-doc/OCR/dk3h7y5vr."""

from __future__ import annotations

from ocrkit.backends.baidu.schema import Head
from ocrkit.backends.remote import validated
from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendUnavailableError,
    BadResponseError,
    CapabilityError,
    ExpiredTokenError,
    QuotaError,
    RateLimitError,
)
from ocrkit.http import ErrorTable, Response, rows

_CONSOLE = "https://console.bce.baidu.com/ai/#/ai/ocr/overview/index"
_KEYS = f"check api_key and secret_key of the application at {_CONSOLE}"
_CARD = "send an image that the card fills almost entirely"

CODES = ErrorTable(
    rows(AuthenticationError, f"enable this endpoint for the application at {_CONSOLE}", 6),
    rows(AuthenticationError, _KEYS, 13, 14, 15, 100, 216110),
    rows(
        ExpiredTokenError, "a new token was refused, too; check that the application still exists", 110, 111
    ),
    rows(
        QuotaError,
        f"the quota of this endpoint is used up; buy a package or enable payment at {_CONSOLE}",
        17,
        19,
    ),
    rows(RateLimitError, "lower requests_per_second; the limit of free accounts is 2", 18),
    rows(RateLimitError, "the service is overloaded; try again later", 4),
    rows(BackendUnavailableError, "the service is unavailable", 1, 2, 216630, 216634, 336000),
    rows(BackendUnavailableError, "if it persists, the page has too much text; cut it into parts", 282000),
    rows(BackendError, "there is no such endpoint; check the option endpoint", 3, 216102),
    rows(
        BackendError,
        "the service rejects a parameter; check the language if it was given as 'native:NAME'",
        216100,
        216101,
        216103,
        282003,
        283300,
        336001,
    ),
    rows(
        CapabilityError,
        "the service does not accept this image",
        216200,
        216201,
        216202,
        216203,
        216205,
        282100,
        282101,
        282114,
    ),
    rows(BackendError, "the code belongs to an older endpoint for tables", 282808, 282809, 282810),
    rows(None, f"no bank card was found; {_CARD}", 216631),
    rows(None, f"no identity card was found; {_CARD}", 216633),
    rows(None, "no text was found", 282102, 282103),
)
"""The codes of the endpoints."""

TOKEN_CODES = ErrorTable(
    rows(AuthenticationError, _KEYS, "invalid_client", "unauthorized_client", "invalid_grant"),
    rows(BackendUnavailableError, "the service is unavailable", "server_error", "temporarily_*"),
)
"""The codes of the token service, which speaks OAuth."""


def check(response: Response) -> None:
    """Raise the error in a response of an endpoint or of the token service, or else that of its status."""
    try:
        answer = response.json()
    except BadResponseError:
        response.raise_for_status()
        raise
    error = error_in(validated(Head, answer))
    if error is not None:
        error.retry_after = response.retry_after
        raise error
    response.raise_for_status()


def error_in(head: Head) -> BackendError | None:
    """The error that a response means; None for a result, also an empty one."""
    if head.error_code:
        if CODES.means_empty(head.error_code):
            return None
        return CODES.error(head.error_code, head.error_msg, request_id=head.request_id)
    if head.error:
        return TOKEN_CODES.error(head.error, head.error_description, request_id=head.request_id)
    return None
