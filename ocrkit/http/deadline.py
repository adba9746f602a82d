"""The deadline of one page."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator


class Deadline:
    """Counts down from its creation."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._ends - time.monotonic())

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the clock, for waits that the limits of ocrkit cause and not the service."""
        started = time.monotonic()
        try:
            yield
        finally:
            self._ends += time.monotonic() - started
