"""How many CPUs this process may use.

A container sees all cores of its host, but a quota may limit it to a few. An engine with a thread for each
visible core would then be suspended by the kernel most of the time, and be slower than with one thread.
"""

from __future__ import annotations

import functools
import math
import os
from pathlib import Path

from ocrkit import cgroups


def available(*, root: Path = Path("/"), visible: int | None = None) -> int:
    """The CPUs that this process may use: those of its affinity mask, within the quota of its control groups.

    A quota of one and a half CPUs counts as two, as in the JVM and Go: otherwise half a CPU would be idle.

    Args:
        root: the folder with `proc` and `sys`.
        visible: the CPUs that the scheduler offers. None: ask the system.
    """
    cpus = visible if visible is not None else _visible()
    quota = _quota(root)
    return cpus if quota is None else max(1, min(cpus, math.ceil(quota)))


def _visible() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@functools.cache
def _quota(root: Path) -> float | None:
    """The lowest quota of the control groups around this process, in CPUs. It is read once per process."""
    quotas = []
    for folder in cgroups.folders("cpu", root):
        version_1 = " ".join(
            cgroups.read(folder / name) for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        )
        for text in (cgroups.read(folder / "cpu.max"), version_1):
            try:
                quota, period = map(float, text.split())
            except ValueError:  # no such file, or `max 100000`
                continue
            if quota > 0 and period > 0:  # `-1 100000` is no limit
                quotas.append(quota / period)
    return min(quotas, default=None)
