"""Not knocking for a while on a door behind which nobody is."""

from __future__ import annotations

import threading
import time

from ocrkit.errors import CircuitOpenError


class CircuitBreaker:
    """Opens after outages in a row; after the pause one call tries, and the others wait for its outcome."""

    def __init__(self, outages: int, pause_seconds: float) -> None:
        self.outages = outages
        self.pause_seconds = pause_seconds
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._opens_again: float | None = None
        self._trying = False
        self._reason = ""

    @property
    def is_open(self) -> bool:
        return self._opens_again is not None

    def enter(self) -> None:
        """Ask before a call; raises `PausedError`. Whoever enters says how it went, with one of the rest."""
        with self._lock:
            if self._opens_again is None:
                return
            wait = self._opens_again - time.monotonic()
            if wait <= 0 and not self._trying:
                self._trying = True
                return
            when = f"in {wait:.0f} s" if wait > 0 else "by another page right now"
            raise CircuitOpenError(
                f"nothing was sent, for the last {self._in_a_row} calls failed ({self._reason}); "
                f"it is tried again {when}"
            )

    def answered(self) -> None:
        """The service is there, whatever it said."""
        with self._lock:
            self._in_a_row, self._opens_again, self._trying = 0, None, False

    def failed(self, reason: str) -> None:
        """It did not answer, or said that it is out of order."""
        with self._lock:
            self._in_a_row += 1
            self._reason = reason
            if self._trying or self._in_a_row >= self.outages:
                self._opens_again = time.monotonic() + self.pause_seconds
            self._trying = False

    def gave_up(self) -> None:
        """The call was not made, or nobody waited for its end."""
        with self._lock:
            self._trying = False
