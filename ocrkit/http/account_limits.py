"""Rate and concurrency limits, circuit breaker and token, shared by all clients of one account."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import threading
from collections.abc import Iterable, Iterator
from weakref import WeakValueDictionary

from pydantic import SecretStr

from ocrkit.errors import BackendUnavailableError
from ocrkit.http.circuit_breaker import CircuitBreaker
from ocrkit.http.options import Connection
from ocrkit.http.rate_limiter import RateLimiter
from ocrkit.http.token import TokenCache

_SALT = secrets.token_bytes(16)


class AccountLimits:
    """The limits that all requests to one account of a service must respect. Threads share it."""

    def __init__(self, options: Connection) -> None:
        self.circuit_breaker = CircuitBreaker(options.outages_before_pause, options.pause_seconds)
        self.tokens = TokenCache()
        self._changed = threading.Condition()
        self._active = 0
        self._max_concurrency = options.max_concurrency
        self._rate_limiter: RateLimiter | None = None
        self._own_limiters: dict[str, RateLimiter] = {}
        self.apply(options)

    def apply(self, options: Connection) -> None:
        """Take the limits of these options where they are stricter than the current ones."""
        rate = options.requests_per_second
        with self._changed:
            self._max_concurrency = min(self._max_concurrency, options.max_concurrency)
            if rate is not None and self._rate_limiter is None:
                self._rate_limiter = RateLimiter(rate)
            elif rate is not None and self._rate_limiter is not None:
                self._rate_limiter.lower(rate)

    @contextlib.contextmanager
    def slot(self, closed: threading.Event, rate: tuple[str, float] | None = None) -> Iterator[None]:
        """Wait until one more request may be sent, and hold its slot for the block.

        Args:
            closed: ends the wait. Call `wake` after setting it.
            rate: an endpoint with a rate limit of its own, and its requests per second.

        Raises:
            BackendUnavailableError: `closed` was set first.
        """
        self._acquire(closed, rate)
        try:
            yield
        finally:
            with self._changed:
                self._active -= 1
                self._changed.notify_all()

    def wake(self) -> None:
        """Let the waiting threads see whether they were closed."""
        with self._changed:
            self._changed.notify_all()

    def _acquire(self, closed: threading.Event, rate: tuple[str, float] | None) -> None:
        with self._changed:
            limiters = [each for each in (self._rate_limiter, self._own_limiter(rate)) if each is not None]
            while not closed.is_set():
                delay = self._delay(limiters)
                if delay == 0:
                    self._active += 1
                    for limiter in limiters:
                        limiter.count()
                    return
                self._changed.wait(delay)
        raise BackendUnavailableError("closed before the request was sent")

    def _own_limiter(self, rate: tuple[str, float] | None) -> RateLimiter | None:
        """The limiter of an endpoint, which all clients of the account share."""
        if rate is None:
            return None
        endpoint, requests_per_second = rate
        limiter = self._own_limiters.setdefault(endpoint, RateLimiter(requests_per_second))
        limiter.lower(requests_per_second)
        return limiter

    def _delay(self, limiters: Iterable[RateLimiter]) -> float | None:
        """Seconds until a slot may be free: 0 now, None when another request has ended."""
        if self._active >= self._max_concurrency:
            return None
        return max((limiter.delay() for limiter in limiters), default=0.0)


_limits: WeakValueDictionary[tuple[str, str, bytes], AccountLimits] = WeakValueDictionary()
_lock = threading.Lock()


def limits_for(backend: str, options: Connection) -> AccountLimits:
    """The limits of an account, identified by a backend's name, an endpoint and credentials."""
    digest = hashlib.sha256(_SALT)
    for name, value in options:
        if isinstance(value, SecretStr) and name != "proxy":
            digest.update(f"{name}={value.get_secret_value()};".encode())
        elif name in type(options).vendor_variables:  # a file with credentials, or the name of a profile
            digest.update(f"{name}={value};".encode())
    key = (backend, options.endpoint, digest.digest())
    with _lock:
        limits = _limits.get(key)
        if limits is None:
            limits = _limits[key] = AccountLimits(options)
        else:
            limits.apply(options)
        return limits
