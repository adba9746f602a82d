"""Error codes of Document Intelligence and of Microsoft Entra ID.

Reference: https://learn.microsoft.com/azure/ai-services/document-intelligence/v3-error-guide
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

_KEY = "check api_key, and that endpoint is the address of the same resource"
_REPORT = "ocrkit has a bug or the service has changed; report it with the request id"
_ROLE = "give the account the role Cognitive Services User, and use the resource's own subdomain as endpoint"

CODES = ErrorTable(
    rows(AuthenticationError, _KEY, "401", "Unauthorized", "AccessDenied"),
    rows(ExpiredTokenError, f"a new token was refused, too; {_ROLE}", "token 401"),
    rows(AuthenticationError, _ROLE, "PermissionDenied", "AuthorizationFailed"),
    rows(
        AuthenticationError,
        "allow this machine in the network rules of the resource, or check the role of the account",
        "403",
        "Forbidden",
        "OutboundAccessForbidden",
        "InvalidDataProtectionKey",
    ),
    rows(QuotaError, "wait, or choose a higher pricing tier", "403 quota", "QuotaExceeded"),
    rows(
        RateLimitError,
        "lower requests_per_second; on the free tier set tier = 'free'",
        "429",
        "TooManyRequests",
        "RateLimitExceeded",
    ),
    rows(
        BackendError,
        "check endpoint, and that the region of the resource has this model and API version",
        "404",
        "NotFound",
        "ModelNotFound",
        "NotSupportedApiVersion",
    ),
    rows(BackendError, "the result has expired; send the page again", "OperationNotFound"),
    rows(
        CapabilityError,
        "the service does not accept the image",
        "InvalidContent",
        "UnsupportedContent",
        "UnsupportedMediaType",
        "InvalidContentSourceFormat",
    ),
    rows(CapabilityError, "a side must have from 50 to 10,000 pixels", "InvalidContentDimensions"),
    rows(CapabilityError, "on the free tier set tier = 'free'", "InvalidContentLength"),
    rows(BackendError, _REPORT, "InvalidRequest", "InvalidArgument", "InvalidParameter*", "ParameterMissing"),
    rows(BackendError, _REPORT, "MethodNotAllowed", "Conflict", "ModelAnalyzeError", "ModelNotReady"),
    rows(BackendError, "send the page again", "canceled", "skipped"),
    rows(BackendTimeoutError, "", "408", "ContentSourceTimeout", "Timeout"),
    rows(BackendUnavailableError, "", "5*", "InternalServerError", "ServiceUnavailable", "Unknown"),
    rows(
        AuthenticationError,
        "check tenant_id, client_id and client_secret",
        "invalid_client",
        "unauthorized_client",
        "invalid_request",
        "invalid_scope",
        "invalid_grant",
    ),
    rows(BackendUnavailableError, "", "temporarily_unavailable", "server_error"),
)
"""Codes in the body (the most specific that is known), HTTP statuses, ends of a run, and codes of tokens."""


def check(response: Response) -> None:
    """Raise the error in a response whose status is not success."""
    if not 200 <= response.status < 300:
        CODES.check(response, _details)


def check_with_fetched_token(response: Response) -> None:
    """The same for a token that this backend fetched, which may have expired early."""
    if response.status == 401:
        raise CODES.error("token 401", request_id=response.request_id)
    check(response)


def check_token(response: Response) -> None:
    """Raise the error of the token service."""
    if not 200 <= response.status < 300:
        CODES.check(response, lambda data: ErrorDetails(data["error"], data.get("error_description")))


def run_error(status: str, error: Any, request_id: str | None) -> BackendError:
    """The error of a run that ended without a result."""
    try:
        details = _details({"error": error})
    except (LookupError, TypeError, AttributeError):
        details = ErrorDetails(status)
    message = details.message if isinstance(details.message, str) else None
    return CODES.error(details.code, message, request_id=request_id)


def _details(data: Any) -> ErrorDetails:
    """The innermost known code of an error with its message."""
    error = data["error"]
    code, message = str(error["code"]), error.get("message")
    if code in ("403", "Forbidden") and "quota" in str(message).lower():
        return ErrorDetails("403 quota", message)
    inner = error.get("innererror")
    for _ in range(4):
        if not isinstance(inner, dict):
            break
        if inner.get("code") in CODES:
            code, message = str(inner["code"]), inner.get("message") or message
        inner = inner.get("innererror")
    return ErrorDetails(code, message)
