"""Exponential back-off with jitter."""

from __future__ import annotations

import random

LONGEST_BACKOFF = 20.0
_MOST_DOUBLINGS = 60
"""Enough for any first wait; more would overflow a float."""


def backoff(attempt: int, first_seconds: float) -> float:
    """A random wait after an attempt, counted from 1.

    At most `first_seconds` after the first attempt, twice as much after each further one, and never more
    than `LONGEST_BACKOFF`. Jitter over the whole range keeps clients that failed together apart.
    """
    highest = first_seconds * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS)
    return random.uniform(0.0, min(highest, LONGEST_BACKOFF))  # noqa: S311 – jitter, not cryptography
