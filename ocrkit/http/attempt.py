"""One try of one call: what an operation is given to do its work with."""

from __future__ import annotations

import json as json_module
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from ocrkit.errors import BackendError, BackendTimeoutError, BadResponseError, ConfigError
from ocrkit.http.account_limits import AccountLimits
from ocrkit.http.deadline import Deadline
from ocrkit.http.options import Connection, check_address
from ocrkit.http.recording import Recorded, Recorder
from ocrkit.http.redaction import HIDDEN, Secrets
from ocrkit.http.response import Response
from ocrkit.http.token import Token

if TYPE_CHECKING:
    from ocrkit.http.client import Client


class Attempt:
    """What an operation may use: the time that is left, a token, a request of our own.

    An operation that calls an SDK hands it `remaining` and `connect_timeout`, with the SDK's own retries off,
    and raises what it says as errors of ocrkit, by the backend's table.
    """

    def __init__(
        self,
        number: int,
        *,
        options: Connection,
        deadline: Deadline,
        secrets: Secrets,
        gate: AccountLimits,
        client: Callable[[], Client],
        recorder: Recorder | None,
        page: Callable[[], str],
    ) -> None:
        self.number = number
        """1 for the first try of the call."""
        self.secrets = secrets
        """`add` what has to be hidden besides the options' own secrets."""
        self.request_id: str | None = None
        """What the service calls this request; set it as soon as it is known."""
        self.token_used: str | None = None
        self._options = options
        self._deadline = deadline
        self._gate = gate
        self._client = client
        self._recorder = recorder
        self._page = page

    @property
    def remaining(self) -> float:
        """Seconds until the page's deadline; raises where none are left."""
        left = self._deadline.remaining()
        if left <= 0:
            raise BackendTimeoutError(f"no answer within {self._deadline.seconds:g} s")
        return left

    @property
    def connect_timeout(self) -> float:
        return min(self.remaining, self._options.connect_timeout_seconds)

    def token(self, fetch: Callable[[Attempt], Token]) -> str:
        """The account's access token; `fetch` is called where there is none, by one thread for all.

        Raise `ExpiredTokenError` where the service does not take it: the call is then made once more, with a
        new one.
        """
        if self._recorder is not None and self._recorder.only_plays:
            self.token_used = HIDDEN
            return HIDDEN
        recorder, self._recorder = self._recorder, None  # a token is never written down
        try:
            value = self._gate.tokens.get(lambda: fetch(self), self.remaining)
        finally:
            self._recorder = recorder
        self.secrets.add(value)
        self.token_used = value
        return value

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, Any] | None = None,
        json: Any = None,
        content: bytes | None = None,
        media_type: str | None = None,
        check: Callable[[Response], None] = Response.raise_for_status,
        record: str | None = None,
    ) -> Response:
        """One HTTP request, verified TLS, no redirects.

        Args:
            method: `GET`, `POST` …
            path: from the endpoint on, or a whole address on a host that the backend knows.
            params: the query.
            headers: besides the usual ones.
            form: a body as a web form has it.
            json: a body as JSON.
            content: a body as it is; `media_type` says what it is.
            media_type: of `content`.
            check: raises the error that a reply is, if it is one. Without it, the status decides.
            record: what the request is named in recordings, for a service that has one path for everything.
        """
        url = self._url(path)
        what = record or f"{method} {urlsplit(url).path}"
        played = self._recorder.play(what, self._page()) if self._recorder is not None else None
        if played is not None and played.reply is not None:
            reply = played.reply
        else:
            sent, body = _body(form, json, content, media_type)
            reply = self._client().send(
                method,
                f"{url}?{urlencode(params, doseq=True)}" if params else url,
                headers={**sent, **(headers or {})},
                content=body,
                deadline=self._deadline,
            )
            if self._recorder is not None:
                self._recorder.keep(what, self._page(), Recorded(reply=reply), self.secrets)
        self.request_id = reply.request_id or self.request_id
        if 300 <= reply.status < 400:
            host = urlsplit(reply.headers.get("location", "")).hostname or "elsewhere"
            raise BadResponseError(
                f"the service sends to {host}, which is not followed: credentials would go there; if that is "
                f"right, set endpoint to it (status {reply.status})",
                request_id=self.request_id,
            )
        try:
            check(reply)
        except BackendError as error:
            error.request_id = error.request_id or self.request_id
            raise
        return reply

    def _url(self, path: str) -> str:
        if path.startswith("/"):
            return self._options.endpoint.rstrip("/") + path
        try:
            check_address(path, allow_http=self._options.allow_http)
        except ValueError as error:
            text = str(error)
        else:
            return path
        raise ConfigError(f"a request cannot be sent: {text}")


def _body(
    form: Mapping[str, Any] | None, json: Any, content: bytes | None, media_type: str | None
) -> tuple[dict[str, str], bytes | None]:
    if form is not None:
        return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(form, doseq=True).encode()
    if json is not None:
        return {"Content-Type": "application/json"}, json_module.dumps(json, ensure_ascii=False).encode()
    if content is not None:
        return {"Content-Type": media_type or "application/octet-stream"}, content
    return {}, None
