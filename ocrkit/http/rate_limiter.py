"""Rate limit by a sliding window."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

_LONGEST_WINDOW = 4


class RateLimiter:
    """Counts requests, and says how long to wait before the next one. Not thread-safe.

    Args:
        requests_per_second: the rate that is never exceeded over the window that `window` chooses for it.
        clock: a monotonic clock, in seconds.
    """

    def __init__(self, requests_per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = requests_per_second
        self._clock = clock
        self._requests, self._seconds = window(requests_per_second)
        self._sent: deque[float] = deque(maxlen=self._requests)

    def lower(self, requests_per_second: float) -> None:
        """Take a lower rate; the requests counted so far still count. A higher rate changes nothing."""
        if requests_per_second < self.rate:
            self.rate = requests_per_second
            self._requests, self._seconds = window(requests_per_second)
            self._sent = deque(self._sent, maxlen=self._requests)

    def delay(self) -> float:
        """Seconds until the next request may be sent; 0 if it may be sent now."""
        if len(self._sent) < self._requests:
            return 0.0
        return max(0.0, self._sent[0] + self._seconds - self._clock())

    def count(self) -> None:
        """Count a request that is sent now."""
        self._sent.append(self._clock())


def window(requests_per_second: float) -> tuple[int, float]:
    """How many requests in how many seconds: close to the rate, and never above it."""
    if requests_per_second < 1:
        return 1, 1 / requests_per_second
    # A longer window comes closer to the rate, but lets more requests out at once.
    seconds = max(
        range(1, _LONGEST_WINDOW + 1), key=lambda each: (math.floor(requests_per_second * each) / each, -each)
    )
    return math.floor(requests_per_second * seconds), float(seconds)
