"""The memory that worker processes may use."""

from __future__ import annotations

from pathlib import Path

import psutil

from ocrkit import cgroups

_MINIMUM = 1 << 30
_SHARE = 0.9  # the rest is for this process and the rest of the system


def available(*, root: Path = Path("/"), installed: int | None = None) -> int:
    """The memory of the machine in bytes, within the limits of the control groups of this process.

    Args:
        root: the folder with `proc` and `sys`.
        installed: the memory of the machine. None: ask the system.
    """
    limits = [installed or psutil.virtual_memory().total]
    for folder in cgroups.folders("memory", root):
        for name in ("memory.max", "memory.limit_in_bytes"):
            text = cgroups.read(folder / name).strip()
            limits += [int(text)] if text.isdecimal() else []  # `max` and -1 are no limits
    return min(limits)


def share_of_memory(processes: int) -> int:
    """The bytes that each of this number of processes may use."""
    return max(_MINIMUM, int(available() * _SHARE) // processes)
