"""The one way out: every remote backend holds a `Transport` and reaches its service through nothing else."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from ocrkit.errors import BackendError, missing_extra
from ocrkit.http.account_limits import AccountLimits, limits_for
from ocrkit.http.attempt import Attempt
from ocrkit.http.options import Connection
from ocrkit.http.recording import Recorder
from ocrkit.http.redaction import Secrets
from ocrkit.http.response import Response
from ocrkit.http.session import Session
from ocrkit.http.tracing import span
from ocrkit.page import Page

if TYPE_CHECKING:
    from ocrkit.http.client import Client

_log = logging.getLogger("ocrkit.http")
_PACKAGES = {"httpcore": "httpcore", "tenacity": "tenacity", "pyrate_limiter": "pyrate-limiter"}
T = TypeVar("T")


class Transport:
    """Deadlines, repetitions, limits, tokens, redaction and recordings for one backend. Threads share it.

    Args:
        backend: the backend's name.
        options: where to and how; the secrets among them are kept out of every text.
        recorder: a `Cassette`, to write answers down or to give them back.
    """

    def __init__(self, backend: str, options: Connection, *, recorder: Recorder | None = None) -> None:
        absent = (name for name in _PACKAGES if importlib.util.find_spec(name) is None)
        missing = next((_PACKAGES[name] for name in absent), None)
        if missing:
            raise missing_extra(missing, _extra_for(backend), f"'{backend}'")
        self.backend = backend
        self.options = options
        self.recorder = recorder
        self.secrets = Secrets.of(options)
        # A recording is nobody's load, and its failures are no outages of today.
        self.gate = AccountLimits(options) if self.only_plays else limits_for(backend, options)
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._closed = threading.Event()

    def __repr__(self) -> str:
        return f"<Transport of '{self.backend}'>"

    @property
    def only_plays(self) -> bool:
        """Nothing is sent: answers come from a recording, and nobody has to wait for them."""
        return self.recorder is not None and self.recorder.only_plays

    @contextlib.contextmanager
    def exchange(self, page: Page | None, timeout_seconds: float | None = None) -> Iterator[Session]:
        """All that is said about one page; the clock starts here.

        Args:
            page: which one; None for what is about none.
            timeout_seconds: how long it may take, if not as long as the options say.
        """
        number = page.number if page else None
        attributes = {
            "ocrkit.backend": self.backend,
            "ocrkit.page": number,
            "server.address": self.options.endpoint,
        }
        started = time.perf_counter()
        with span("ocrkit.remote.page", attributes) as page_span:
            exchange = Session(self, page, self._closed, timeout_seconds)
            try:
                yield exchange
            except BackendError as error:  # from around the calls: what cannot be fitted, or understood
                exchange.sign(error)
                raise
            page_span.set_attribute("ocrkit.attempts", exchange.attempts)
        facts = {"backend": self.backend, "page": number, "request_id": exchange.request_id}
        seconds = time.perf_counter() - started
        _log.debug("%s: page %s answered after %.2f s, attempts: %d", self.backend, number, seconds,
                   exchange.attempts, extra=facts | {"attempt": exchange.attempts})  # fmt: skip

    def call(
        self, operation: Callable[[Attempt], T], *, page: Page | None = None, record: str | None = None
    ) -> T:
        """`Exchange.call`, for what is one call and no more."""
        with self.exchange(page) as exchange:
            return exchange.call(operation, record=record)

    def request(self, method: str, path: str, *, page: Page | None = None, **arguments: object) -> Response:
        """`Exchange.request`, for what is one request and no more."""
        with self.exchange(page) as exchange:
            return exchange.request(method, path, **arguments)

    @property
    def proxy(self) -> str | None:
        """The proxy for the endpoint, for an SDK. It may hold a password."""
        from ocrkit.http.client import proxy_address

        return proxy_address(self.options, self.options.endpoint)

    def client(self) -> Client:
        """Our own HTTP, set up when it is first needed."""
        from ocrkit.http.client import Client

        with self._lock:
            if self._client is None:
                self._client = Client(self.options)
            return self._client

    def close(self) -> None:
        """Drop the connections and wake whoever waits. It opens again when it is used."""
        with self._lock:
            closed, self._closed = self._closed, threading.Event()
            client, self._client = self._client, None
        closed.set()
        if client is not None:
            client.close()


def _extra_for(name: str) -> str:
    """The extra that brings all that a backend needs: that of its own name, where it is one of ours."""
    return (
        name if name in (importlib.metadata.metadata("ocrkit").get_all("Provides-Extra") or ()) else "remote"
    )
