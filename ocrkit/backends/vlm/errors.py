"""The errors of OpenAI-compatible servers."""

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
from ocrkit.result.model import shortened

ERRORS = ErrorTable(
    rows(AuthenticationError, "check api_key", "invalid_api_key", "authentication_error"),
    rows(QuotaError, "the balance is used up", "insufficient_quota", "billing_hard_limit_reached"),
    rows(RateLimitError, "lower requests_per_second", "rate_limit_exceeded", "rate_limit_error"),
    rows(BackendError, "set model to one of those that the server lists at /models", "model_not_found"),
    rows(
        CapabilityError,
        "the page and the answer do not fit into the context of the server: start it with a larger one, or "
        "lower max_tokens or image.max_side in the preset",
        "context_length_exceeded", "exceed_context_size_error",
    ),
    rows(CapabilityError, "the server does not accept the image", "invalid_image*", "image_parse_error"),
    rows(BackendError, "the service refused the page", "content_filter", "content_policy_violation"),
    rows(BackendUnavailableError, "try again", "server_error", "internal_server_error", "overloaded_error"),
)  # fmt: skip

_SIGNS = ("image input is not supported", "mmproj", "multimodal", "not support image", "not a vision model")
"""Parts of the messages of servers whose model reads no images."""
_NO_IMAGES = "the model reads no images: choose a vision model, or start llama-server with its --mmproj file"


def check(response: Response) -> None:
    """Raise the error of a response."""
    if 200 <= response.status < 300:
        return
    if response.status in (400, 404, 415, 422, 500):
        text = _message(response)
        if any(sign in text.lower() for sign in _SIGNS):
            raise CapabilityError(f"the server refused the request: {shortened(text)}; {_NO_IMAGES}")
    ERRORS.check(response, lambda data: _details(data["error"]))


def stream_error(error: Any) -> BackendError:
    """The error that arrives within a stream."""
    details = _details(error)
    return ERRORS.error(details.code, details.message)


def _message(response: Response) -> str:
    try:
        return _details(response.json()["error"]).message or ""
    except (BackendError, LookupError, TypeError):
        return ""


def _details(error: Any) -> ErrorDetails:
    """The details of an error: a text, or an object with a name in `code`, `type` or `status`."""
    if not isinstance(error, dict):
        return ErrorDetails("error", shortened(str(error)))
    names = [error.get("code"), error.get("type"), error.get("status")]
    name = next((each for each in names if isinstance(each, str) and each in ERRORS), None)
    code = name or next((each for each in names if isinstance(each, (str, int))), "error")
    message = error.get("message")
    return ErrorDetails(code, message[:300] if isinstance(message, str) else None)
