"""The time there is for one page."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator


class Deadline:
    """Counts down from when it is made. Waiting in our own queue stops the clock: it is nobody's delay."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds that are left, never less than none."""
        return max(0.0, self._ends - time.monotonic())

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self._ends += time.monotonic() - started
