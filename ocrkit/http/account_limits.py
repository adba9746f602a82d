"""What all connections of this process to the same account share: rate, number at once, breaker, token."""

from __future__ import annotations

import contextlib
import hashlib
import math
import secrets
import threading
from collections.abc import Iterator
from typing import Any
from weakref import WeakValueDictionary

from pydantic import SecretStr

from ocrkit.errors import BackendUnavailableError, missing_extra
from ocrkit.http.circuit_breaker import CircuitBreaker
from ocrkit.http.options import Connection
from ocrkit.http.token import Tokens

_LOOK_SECONDS = 0.1
"""How often somebody in the queue looks whether it was closed."""
_SALT = secrets.token_bytes(16)


class AccountLimits:
    """Where every request to one account passes."""

    def __init__(self, options: Connection) -> None:
        self.breaker = CircuitBreaker(options.outages_before_pause, options.pause_seconds)
        self.tokens = Tokens()
        self._free = threading.Condition()
        self._inside = 0
        self._most = options.max_concurrency
        self._rate: float | None = None
        self._bucket: Any = None
        self.tighten(options)

    def tighten(self, options: Connection) -> None:
        """Two that share an account keep the stricter limits of both."""
        with self._free:
            self._most = min(self._most, options.max_concurrency)
            rate = options.requests_per_second
            if rate is not None and (self._rate is None or rate < self._rate):
                self._rate = rate
                self._bucket = _bucket(rate)

    @contextlib.contextmanager
    def passing(self, closed: threading.Event) -> Iterator[None]:
        """Waits for its turn, and then holds one of the places."""
        self._enter(closed)
        try:
            yield
        finally:
            with self._free:
                self._inside -= 1
                self._free.notify()

    def _enter(self, closed: threading.Event) -> None:
        with self._free:
            while True:
                if closed.is_set():
                    raise BackendUnavailableError("closed before the page was sent")
                wait = self._wait()
                if wait is None:
                    self._inside += 1
                    return
                self._free.wait(min(wait, _LOOK_SECONDS))

    def _wait(self) -> float | None:
        """None where one more may enter now; else about how long to wait."""
        if self._inside >= self._most:
            return _LOOK_SECONDS
        if self._bucket is None:
            return None
        from pyrate_limiter import RateItem

        now = self._bucket.now()
        self._bucket.leak(now)
        item = RateItem("request", now)
        if self._bucket.put(item):
            return None
        return max(0.001, float(self._bucket.waiting(item)) / 1000)


def _bucket(requests_per_second: float) -> Any:
    """The window in which requests are counted.

    Only the counting is the library's. Its own waiting cannot be woken, and its `Limiter` starts a thread.
    """
    try:
        from pyrate_limiter import InMemoryBucket, Rate
    except ImportError:
        raise missing_extra("pyrate-limiter", "remote", "a limit of requests per second") from None
    return InMemoryBucket([Rate(*window(requests_per_second))])


def window(requests_per_second: float) -> tuple[int, int]:
    """How many requests in how many milliseconds: near the rate, and never above it."""
    if requests_per_second < 1:
        return 1, math.ceil(1000 / requests_per_second)
    # A long window would come nearer, and let more go out at once.
    seconds = max(range(1, 5), key=lambda each: (math.floor(requests_per_second * each) / each, -each))
    return math.floor(requests_per_second * seconds), 1000 * seconds


_gates: WeakValueDictionary[tuple[str, str, bytes], AccountLimits] = WeakValueDictionary()
_lock = threading.Lock()


def limits_for(backend: str, options: Connection) -> AccountLimits:
    """The gate of an account: of the service's name, its address and the credentials."""
    digest = hashlib.sha256(_SALT)
    for name, value in options:
        if isinstance(value, SecretStr) and name != "proxy":
            digest.update(f"{name}={value.get_secret_value()};".encode())
    key = (backend, options.endpoint, digest.digest())
    with _lock:
        gate = _gates.get(key)
        if gate is None:
            gate = _gates[key] = AccountLimits(options)
        else:
            gate.tighten(options)
        return gate
