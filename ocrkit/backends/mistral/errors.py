"""Mistral's errors: HTTP statuses, with a message in one of several shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    BadResponseError,
    CapabilityError,
    QuotaError,
    RateLimitError,
)
from ocrkit.http import ErrorTable, Response, rows

_LONGEST_MESSAGE = 300
_REPORT = "ocrkit has a bug or the service has changed; report it with the request id"

CODES = ErrorTable(
    rows(AuthenticationError, "check api_key at https://console.mistral.ai/api-keys", "401"),
    rows(AuthenticationError, "the account may not use this model; check its plan", "403"),
    rows(QuotaError, "top up the account or raise its spending limit at https://console.mistral.ai", "402"),
    rows(RateLimitError, "lower requests_per_second or max_concurrency", "429"),
    rows(BackendError, "check model and endpoint", "404"),
    rows(CapabilityError, "the service does not accept the image", "413", "415"),
    rows(BackendError, f"check model; otherwise {_REPORT}", "400"),
    rows(BackendError, _REPORT, "405", "409", "422"),
    rows(BackendTimeoutError, "", "408", "504"),
    rows(BackendUnavailableError, "", "5*"),
)
"""HTTP statuses."""


def check(response: Response) -> None:
    """Raise the error that the status of a response means."""
    if 200 <= response.status < 300:
        return
    try:
        data = response.json()
    except BadResponseError:
        data = None
    raise CODES.error(
        str(response.status),
        "; ".join(_messages(data))[:_LONGEST_MESSAGE] or None,
        request_id=response.request_id or _text(data, "request_id"),
        retry_after=response.retry_after,
    )


def _messages(data: Any) -> Iterator[str]:
    """The messages of an error. The input quoted by a validation error is left out: it is the page."""
    if not isinstance(data, dict):
        return
    for key in ("message", "detail"):
        value = data.get(key)
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from _messages(value)
        elif isinstance(value, list):
            for each in value:
                place, problem = (
                    (each.get("loc"), _text(each, "msg")) if isinstance(each, dict) else ("", None)
                )
                if problem:
                    where = ".".join(map(str, place)) if isinstance(place, list) else ""
                    yield f"{where}: {problem}" if where else problem


def _text(data: Any, key: str) -> str | None:
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, str) else None
