"""The deadline of one page."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator


class Deadline:
    """Counts down from its creation.

    Args:
        seconds: how long.
        clock: a monotonic clock, in seconds.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._ends = clock() + seconds

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._ends - self._clock())

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the countdown, for waits that ocrkit's own limits cause and not the service."""
        started = self._clock()
        try:
            yield
        finally:
            self._ends += self._clock() - started
