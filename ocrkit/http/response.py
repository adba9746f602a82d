"""What a service answered over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
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

_REQUEST_ID_HEADERS = (
    "x-request-id", "x-acs-request-id", "x-amzn-requestid", "apim-request-id", "request-id",
)  # fmt: skip

_BY_STATUS: Mapping[int, tuple[type[BackendError], str]] = {
    401: (AuthenticationError, "the credentials were not accepted; check them"),
    402: (QuotaError, "the balance is used up; top it up at the provider"),
    403: (AuthenticationError, "the credentials may not be used for this; enable the service there"),
    404: (BackendError, "there is nothing at this address; check endpoint and region"),
    408: (BackendTimeoutError, "the service did not answer in time"),
    413: (CapabilityError, "the page is too large for the service"),
    415: (CapabilityError, "the service does not take this kind of image"),
    429: (RateLimitError, "too many requests; lower requests_per_second or max_concurrency"),
    504: (BackendTimeoutError, "the service did not answer in time"),
}


@dataclass(frozen=True, slots=True)
class Response:
    """Status, headers (names in small letters) and body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def request_id(self) -> str | None:
        """What the service calls the request, where a usual header says so."""
        return next((self.headers[name] for name in _REQUEST_ID_HEADERS if self.headers.get(name)), None)

    @property
    def retry_after(self) -> float | None:
        """The wait in seconds that the service asks for, given in seconds or as a date."""
        value = self.headers.get("retry-after", "").strip()
        if not value:
            return None
        try:
            return max(0.0, float(value))
        except ValueError:
            pass
        try:
            return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
        except ValueError:
            return None

    def json(self) -> Any:
        """The body as JSON. Its media type is not looked at: services are careless about it."""
        try:
            return json.loads(self.body)
        except ValueError:
            kind = self.media_type or "nothing"
        raise BadResponseError(
            f"the answer is not JSON: {len(self.body)} bytes, announced as {kind} (status {self.status})",
            request_id=self.request_id,
        )

    def raise_for_status(self) -> None:
        """Raise what the status alone says; the body is not repeated."""
        if 200 <= self.status < 300:
            return
        raise status_error(self.status, request_id=self.request_id, retry_after=self.retry_after)


def status_error(
    status: int, *, request_id: str | None = None, retry_after: float | None = None
) -> BackendError:
    """The error for an HTTP status that is not success."""
    if status in _BY_STATUS:
        kind, text = _BY_STATUS[status]
    elif status >= 500:
        kind, text = BackendUnavailableError, "the service is out of order for now"
    elif 300 <= status < 400:
        kind, text = BadResponseError, "the service sends elsewhere, which is not followed; check endpoint"
    else:
        kind, text = BackendError, "the service refused the request"
    text = f"{text} (status {status})"
    return kind(text, request_id=request_id, retry_after=retry_after)
