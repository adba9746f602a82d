"""Errors of OCR.space: HTTP statuses with a text, exit codes in responses, and reasons in words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    CapabilityError,
    QuotaError,
    RateLimitError,
)
from ocrkit.http import ErrorTable, Response, rows

_LONGEST_MESSAGE = 300
_OWN_KEY = "get a free key at https://ocr.space/ocrapi/freekey and set it as api_key"
_RATE = re.compile(r"maximum (\d+) number of times within (\d+) seconds")
_DAY = 86_400

CODES = ErrorTable(
    rows(AuthenticationError, _OWN_KEY, "401", "403", "invalid key"),
    rows(RateLimitError, f"lower requests_per_second, or {_OWN_KEY}", "429", "rate limit"),
    rows(QuotaError, f"wait until tomorrow, or {_OWN_KEY}", "402", "daily limit"),
    rows(CapabilityError, "set max_bytes to the limit of the plan", "413", "size limit"),
    rows(CapabilityError, "the service does not accept the image", "415", "exit -30", "file type"),
    rows(CapabilityError, "choose another language or engine", "language"),
    rows(BackendTimeoutError, "", "408", "504", "exit -20", "timed out"),
    rows(BackendUnavailableError, "", "5*", "resources"),
    rows(BackendError, "check endpoint", "404"),
    rows(BackendError, "choose another engine", "exit -10", "exit -99", "exit 0"),
    rows(BackendError, "", "400", "exit 2", "exit 3", "exit 4"),
)
"""HTTP statuses, exit codes of pages and responses, and kinds of reasons that only the text tells apart."""

_REASONS: Sequence[tuple[str, re.Pattern[str]]] = [
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("invalid key", r"api ?key"),
        ("size limit", r"file size|maximum (?:permissible )?size"),
        ("timed out", r"timed? ?out"),
        ("language", r"\blanguage\b"),
        ("file type", r"file (?:type|extension)|not a valid image|unable to detect"),
        ("resources", r"system resource|exhaust|overload"),
    )
]


def check(response: Response) -> None:
    """Raise the error of a response whose status is not success; its text may be JSON, XML or plain."""
    if 200 <= response.status < 300:
        return
    text = " ".join(re.sub(r"<[^<>]*>", " ", response.text).strip('" \r\n').split())[:_LONGEST_MESSAGE]
    limit = _RATE.search(text)
    code = str(response.status)
    if limit:
        code = "daily limit" if int(limit[2]) >= _DAY else "rate limit"
    elif response.status == 403 and response.media_type == "text/html":
        text = ""  # the page of a gateway
    raise CODES.error(code, text, request_id=response.request_id, retry_after=response.retry_after)


def exit_error(code: str, message: str) -> Exception:
    """The error of an exit code, or the more exact error of a known message."""
    message = " ".join(message.split())[:_LONGEST_MESSAGE]
    kind = next((kind for kind, pattern in _REASONS if pattern.search(message)), code)
    return CODES.error(kind, message)
