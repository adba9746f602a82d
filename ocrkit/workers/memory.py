"""How much memory there is to share."""

from __future__ import annotations

from pathlib import Path

import psutil

from ocrkit import cgroups

_LEAST = 1 << 30
_OURS = 0.9  # the rest is for this process and for everybody else


def available(*, root: Path = Path("/"), installed: int | None = None) -> int:
    """The bytes this process and those it starts may take: the machine's, cut down to its control groups'.

    Args:
        root: where `proc` and `sys` lie.
        installed: the machine's memory; asked of the system if not given.
    """
    limits = [installed or psutil.virtual_memory().total]
    for folder in cgroups.folders("memory", root):
        for name in ("memory.max", "memory.limit_in_bytes"):
            said = cgroups.read(folder / name).strip()
            limits += [int(said)] if said.isdecimal() else []  # `max` is no limit, and neither is -1
    return min(limits)


def share_of_memory(processes: int) -> int:
    """The bytes each of some processes may take, so that together they leave the machine alive."""
    return max(_LEAST, int(available() * _OURS) // processes)
