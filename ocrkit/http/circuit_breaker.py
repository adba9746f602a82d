"""Circuit breaker: no requests for a while to a service that is down."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ocrkit.errors import CircuitOpenError


class CircuitBreaker:
    """Opens after several outages in a row. After the pause one call probes the service; the others fail.

    Args:
        outages: how many outages open it.
        pause_seconds: the length of the pause.
        clock: a monotonic clock, in seconds.
    """

    def __init__(
        self, outages: int, pause_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.outages = outages
        self.pause_seconds = pause_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._next_probe: float | None = None
        self._probing = False
        self._reason = ""

    @property
    def is_open(self) -> bool:
        return self._next_probe is not None

    def admit(self) -> None:
        """Let a call through, or raise `CircuitOpenError`. Each admitted call records one outcome."""
        with self._lock:
            if self._next_probe is None:
                return
            wait = self._next_probe - self._clock()
            if wait <= 0 and not self._probing:
                self._probing = True
                return
            when = (
                f"the next call is tried in {wait:.0f} s" if wait > 0 else "another call is being tried now"
            )
            raise CircuitOpenError(
                f"nothing was sent: the last {self._failures} calls failed ({self._reason}); {when}"
            )

    def record_success(self) -> None:
        """The service answered, whatever it said."""
        with self._lock:
            self._failures, self._next_probe, self._probing = 0, None, False

    def record_failure(self, reason: str) -> None:
        """The service did not answer, or reported that it is unavailable."""
        with self._lock:
            self._failures += 1
            self._reason = reason
            if self._probing or self._failures >= self.outages:
                self._next_probe = self._clock() + self.pause_seconds
            self._probing = False

    def record_abort(self) -> None:
        """The call was interrupted and says nothing about the service."""
        with self._lock:
            self._probing = False
