"""HTTP responses, whole and as they arrive."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
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
    "mistral-correlation-id",
)  # fmt: skip

_BY_STATUS: Mapping[int, tuple[type[BackendError], str]] = {
    401: (AuthenticationError, "the service did not accept the credentials; check them"),
    402: (QuotaError, "the balance is used up; top it up at the provider"),
    403: (AuthenticationError, "the credentials are not valid for this service; enable it at the provider"),
    404: (BackendError, "the service has nothing at this address; check endpoint and region"),
    408: (BackendTimeoutError, "the service did not answer in time"),
    413: (CapabilityError, "the page is too large for the service"),
    415: (CapabilityError, "the service does not accept this kind of image"),
    429: (RateLimitError, "too many requests; lower requests_per_second or max_concurrency"),
    504: (BackendTimeoutError, "the service did not answer in time"),
}


@dataclass(frozen=True, slots=True)
class Response:
    """Status, headers (names in lower case) and body."""

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
        """The service's id of the request, from one of the usual headers."""
        return next((self.headers[name] for name in _REQUEST_ID_HEADERS if self.headers.get(name)), None)

    @property
    def retry_after(self) -> float | None:
        """The header `Retry-After`, which holds seconds or a date, in seconds."""
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
        """The body as JSON. The media type is ignored, because many services send a wrong one."""
        try:
            return json.loads(self.body)
        except ValueError:
            kind = self.media_type or "unknown type"
            problem = f"is not JSON but {len(self.body)} bytes of {kind}"
        except RecursionError:
            problem = "is JSON that is nested too deeply"
        raise BadResponseError(f"the response {problem} (status {self.status})", request_id=self.request_id)

    def raise_for_status(self) -> None:
        """Raise the error for a status that is not success; the body is not quoted."""
        if 200 <= self.status < 300:
            return
        raise status_error(self.status, request_id=self.request_id, retry_after=self.retry_after)


class ResponseStream:
    """A response whose body arrives piece by piece. Iterating gives the pieces as they arrive."""

    def __init__(self, status: int, headers: Mapping[str, str], pieces: Iterator[bytes]) -> None:
        self.status = status
        self.headers = headers
        self.failed = False
        """Whether the connection failed before the body was complete."""
        self._pieces = pieces
        self._body = bytearray()

    @classmethod
    def of(cls, response: Response) -> ResponseStream:
        """A response that has arrived already."""
        return cls(response.status, response.headers, iter((response.body,)))

    def __iter__(self) -> Iterator[bytes]:
        while True:
            try:
                piece = next(self._pieces, None)
            except BackendError:
                self.failed = True
                raise
            if piece is None:
                return
            self._body += piece
            yield piece

    def lines(self) -> Iterator[str]:
        """The lines of the body without their ends, each as soon as it is complete."""
        rest = b""
        for piece in self:
            *complete, rest = (rest + piece).split(b"\n")
            for line in complete:
                yield line.removesuffix(b"\r").decode("utf-8", "replace")
        if rest:
            yield rest.removesuffix(b"\r").decode("utf-8", "replace")

    def read(self) -> Response:
        """Wait for the rest of the body."""
        for _ in self:
            pass
        return self.received

    @property
    def received(self) -> Response:
        """The response with as much of its body as was read."""
        return Response(self.status, self.headers, bytes(self._body))


def status_error(
    status: int, *, request_id: str | None = None, retry_after: float | None = None
) -> BackendError:
    """The error for an HTTP status that is not success."""
    if status in _BY_STATUS:
        kind, text = _BY_STATUS[status]
    elif status >= 500:
        kind, text = BackendUnavailableError, "the service is unavailable"
    elif 300 <= status < 400:
        kind, text = BadResponseError, "the service redirects, and redirects are not followed; check endpoint"
    else:
        kind, text = BackendError, "the service refused the request"
    text = f"{text} (status {status})"
    return kind(text, request_id=request_id, retry_after=retry_after)
