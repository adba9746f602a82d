"""One attempt of a call: what an operation uses to do its work."""

from __future__ import annotations

import contextlib
import json as json_module
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from typing_extensions import TypedDict, Unpack

from ocrkit.errors import BackendError, BackendTimeoutError, BadResponseError, ConfigError
from ocrkit.http.deadline import Deadline
from ocrkit.http.options import Connection, check_address
from ocrkit.http.recording import Recorded, Recorder
from ocrkit.http.redaction import REDACTED, Secrets
from ocrkit.http.response import Response, ResponseStream
from ocrkit.http.token import Token, TokenCache

if TYPE_CHECKING:
    from ocrkit.http.client import Client


class RequestArguments(TypedDict, total=False):
    """The keyword arguments of a request. At most one of `form`, `json` and `content` is given."""

    params: Mapping[str, Any]
    """The query."""
    headers: Mapping[str, str]
    form: Mapping[str, Any]
    """A body as a web form."""
    json: Any
    """A body as JSON."""
    content: bytes
    """A body that is sent unchanged."""
    media_type: str
    """The media type of `content`."""
    check: Callable[[Response], None]
    """Raises the error that a response means. Default: `Response.raise_for_status`."""
    record_as: str
    """The request's name in recordings, for a service with one path for everything."""


class Attempt:
    """The time left, the access token, and HTTP requests.

    An operation that calls an SDK passes it `remaining` and `connect_timeout`, with the SDK's own retries
    off, and raises the SDK's errors as errors of ocrkit, by the backend's table.
    """

    def __init__(
        self,
        number: int,
        *,
        options: Connection,
        deadline: Deadline,
        secrets: Secrets,
        tokens: TokenCache,
        client: Callable[[], Client],
        recorder: Recorder | None,
        content_digest: str,
    ) -> None:
        self.number = number
        """1 for the first attempt of the call."""
        self.secrets = secrets
        """`add` texts that must be redacted besides the secrets among the options."""
        self.request_id: str | None = None
        """The service's id of this request; set it as soon as it is known."""
        self.token_used: str | None = None
        self._options = options
        self._deadline = deadline
        self._tokens = tokens
        self._client = client
        self._recorder = recorder
        self._content_digest = content_digest

    @property
    def remaining(self) -> float:
        """Seconds until the deadline; raises `BackendTimeoutError` if none are left."""
        left = self._deadline.remaining()
        if left <= 0:
            raise BackendTimeoutError(f"no answer within {self._deadline.seconds:g} s")
        return left

    @property
    def connect_timeout(self) -> float:
        return min(self.remaining, self._options.connect_timeout_seconds)

    def token(self, fetch: Callable[[Attempt], Token]) -> str:
        """The account's access token. If there is none, one thread calls `fetch` for all.

        Raise `ExpiredTokenError` if the service refuses it: the call is then made once more, with a new one.
        """
        if self._recorder is not None and self._recorder.replay_only:
            self.token_used = REDACTED
            return REDACTED
        recorder, self._recorder = self._recorder, None  # a token is never recorded
        try:
            value = self._tokens.get(lambda: fetch(self), self.remaining)
        finally:
            self._recorder = recorder
        self.secrets.add(value)
        self.token_used = value
        return value

    def request(self, method: str, path: str, **arguments: Unpack[RequestArguments]) -> Response:
        """One HTTP request over verified TLS; redirects are not followed.

        Args:
            method: `GET`, `POST` …
            path: below the endpoint, or a whole address on a host that the backend trusts.
            **arguments: see `RequestArguments`.
        """
        with self._exchange(method, path, arguments) as stream:
            response = stream.read()
        self._check(response, arguments)
        return response

    @contextlib.contextmanager
    def stream(
        self, method: str, path: str, **arguments: Unpack[RequestArguments]
    ) -> Iterator[ResponseStream]:
        """One HTTP request whose body is handed out as it arrives.

        `check` is called only for a response whose status is not success. Leaving the block early closes
        the connection. An error while the body arrives ends the attempt as any other error does.
        """
        with self._exchange(method, path, arguments) as stream:
            if 200 <= stream.status < 300:
                yield stream
                return
            response = stream.read()
            self._check(response, arguments)
            yield ResponseStream.of(response)

    @contextlib.contextmanager
    def _exchange(self, method: str, path: str, arguments: RequestArguments) -> Iterator[ResponseStream]:
        """The recorded response, or else that of the service, which is then recorded."""
        url = self._url(path)
        name = arguments.get("record_as") or f"{method} {urlsplit(url).path}"
        replayed = self._recorder.replay(name, self._content_digest) if self._recorder is not None else None
        if replayed is not None and replayed.response is not None:
            response = replayed.response
            self.request_id = response.request_id or self.request_id
            yield ResponseStream.of(response)
            return
        media_type, body = _body(arguments)
        headers = {**media_type, **arguments.get("headers", {})}
        address = _with_query(url, arguments.get("params"))
        with self._client().stream(
            method, address, headers=headers, content=body, deadline=self._deadline
        ) as stream:
            self.request_id = stream.received.request_id or self.request_id
            try:
                yield stream
            finally:
                if self._recorder is not None and not stream.failed:
                    recorded = Recorded(response=stream.received)
                    self._recorder.record(name, self._content_digest, recorded, self.secrets)

    def _check(self, response: Response, arguments: RequestArguments) -> None:
        if 300 <= response.status < 400:
            host = urlsplit(response.headers.get("location", "")).hostname or "another address"
            raise BadResponseError(
                f"the service redirects to {host}, and following it would send the credentials there; if "
                f"that host is right, set endpoint to it (status {response.status})",
                request_id=self.request_id,
            )
        try:
            arguments.get("check", Response.raise_for_status)(response)
        except BackendError as error:
            error.request_id = error.request_id or self.request_id
            raise

    def _url(self, path: str) -> str:
        if path.startswith("/"):
            return self._options.endpoint.rstrip("/") + path
        try:
            check_address(path.partition("?")[0], allow_http=self._options.allow_http)
        except ValueError as error:
            text = str(error)
        else:
            return path
        raise ConfigError(f"the request was not sent: {text}")


def _with_query(url: str, params: Mapping[str, Any] | None) -> str:
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params, doseq=True)}"


def _body(arguments: RequestArguments) -> tuple[dict[str, str], bytes | None]:
    if (form := arguments.get("form")) is not None:
        return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(form, doseq=True).encode()
    if (data := arguments.get("json")) is not None:
        return {"Content-Type": "application/json"}, json_module.dumps(data, ensure_ascii=False).encode()
    if (content := arguments.get("content")) is not None:
        return {"Content-Type": arguments.get("media_type", "application/octet-stream")}, content
    return {}, None
