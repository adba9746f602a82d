"""The transport: each remote backend has one and reaches its service only through it."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from typing_extensions import Unpack

from ocrkit.errors import BackendError, missing_extra
from ocrkit.http.account_limits import AccountLimits, limits_for
from ocrkit.http.attempt import Attempt, RequestArguments
from ocrkit.http.options import Connection
from ocrkit.http.recording import Recorder
from ocrkit.http.redaction import Secrets
from ocrkit.http.response import Response
from ocrkit.http.session import Session
from ocrkit.http.tracing import span

if TYPE_CHECKING:
    from ocrkit.http.client import Client

_log = logging.getLogger("ocrkit.http")
_PACKAGES = ("httpcore", "certifi")
T = TypeVar("T")


class Transport:
    """Deadlines, retries, limits, tokens, redaction and recordings for one backend. Threads share it.

    Args:
        backend: the backend's name.
        options: endpoint, credentials and limits; the secrets among them are redacted in every text.
        recorder: a `Cassette`, which records answers or replays them.
    """

    def __init__(self, backend: str, options: Connection, *, recorder: Recorder | None = None) -> None:
        missing = next((name for name in _PACKAGES if importlib.util.find_spec(name) is None), None)
        if missing:
            raise missing_extra(missing, _extra_for(backend), f"'{backend}'")
        self.backend = backend
        self.options = options
        self.recorder = recorder
        self.secrets = Secrets.of(options)
        # A replay does not load the account, and recorded failures are not outages of today.
        self.limits = AccountLimits(options) if self.replay_only else limits_for(backend, options)
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._closed = threading.Event()

    def __repr__(self) -> str:
        return f"<Transport of '{self.backend}'>"

    @property
    def replay_only(self) -> bool:
        """Whether nothing is sent because all answers come from a recording."""
        return self.recorder is not None and self.recorder.replay_only

    @contextlib.contextmanager
    def session(
        self,
        *,
        page_number: int | None = None,
        content_digest: str = "",
        timeout_seconds: float | None = None,
    ) -> Iterator[Session]:
        """All calls for one page. Its deadline starts here.

        Args:
            page_number: counted from 1, for errors and logs.
            content_digest: finds the page in recordings.
            timeout_seconds: the deadline, if it is not that of the options.
        """
        attributes = {
            "ocrkit.backend": self.backend,
            "ocrkit.page": page_number,
            "server.address": self.options.endpoint,
        }
        started = time.perf_counter()
        with span("ocrkit.remote.page", attributes) as page_span:
            session = Session(
                self,
                self._closed,
                page_number=page_number,
                content_digest=content_digest,
                timeout_seconds=timeout_seconds,
            )
            try:
                yield session
            except BackendError as error:  # raised around the calls
                session.add_context(error)
                raise self.secrets.redact_error(error) from None
            page_span.set_attribute("ocrkit.attempts", session.attempts)
        fields = {"backend": self.backend, "page": page_number, "request_id": session.request_id}
        seconds = time.perf_counter() - started
        _log.debug("%s: page %s done after %.2f s, attempts: %d", self.backend, page_number, seconds,
                   session.attempts, extra=fields | {"attempt": session.attempts})  # fmt: skip

    def call(self, operation: Callable[[Attempt], T], *, record_as: str | None = None) -> T:
        """`Session.call` in a new session, without a page."""
        with self.session() as session:
            return session.call(operation, record_as=record_as)

    def request(self, method: str, path: str, **arguments: Unpack[RequestArguments]) -> Response:
        """`Session.request` in a new session, without a page."""
        with self.session() as session:
            return session.request(method, path, **arguments)

    @property
    def proxy(self) -> str | None:
        """The proxy for the endpoint, for an SDK. Its address may hold a password."""
        from ocrkit.http.client import proxy_address

        return proxy_address(self.options, self.options.endpoint)

    def client(self) -> Client:
        """The HTTP client, made when it is first needed."""
        from ocrkit.http.client import Client

        with self._lock:
            if self._client is None:
                self._client = Client(self.options)
            return self._client

    def close(self) -> None:
        """Close the connections and end all waits with an error. The next call opens it again."""
        with self._lock:
            closed, self._closed = self._closed, threading.Event()
            client, self._client = self._client, None
        closed.set()
        self.limits.wake()
        if client is not None:
            client.close()


def _extra_for(backend: str) -> str:
    """The extra that installs all that a backend needs: the backend's own, or `remote` for a plug-in."""
    extras = importlib.metadata.metadata("ocrkit").get_all("Provides-Extra") or ()
    return backend if backend in extras else "remote"
