"""How much memory there is to share."""

from __future__ import annotations

import psutil

_LEAST = 1 << 30


def share_of_memory(processes: int) -> int:
    """The bytes each of some processes may take, so that together they leave the machine alive."""
    return max(_LEAST, int(psutil.virtual_memory().total * 0.9) // processes)
