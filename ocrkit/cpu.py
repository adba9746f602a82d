"""How many CPUs this process may really use.

A container sees all cores of its host, but a quota lets it run on a few. An engine that starts a thread for
each core it sees is then stopped by the kernel most of the time, and slower than with one thread.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

from ocrkit import cgroups


def available(*, root: Path = Path("/"), visible: int | None = None) -> int:
    """The CPUs this process may use: the affinity mask, cut down to the quota of its control groups.

    A quota of one and a half CPUs counts as two, as the JVM and Go count it: the half would lie idle.

    Args:
        root: where `proc` and `sys` lie.
        visible: the CPUs the scheduler offers; asked of the system if not given.
    """
    cpus = visible if visible is not None else _visible()
    limits = [math.ceil(quota) for quota in _quotas(root)]
    return max(1, min([cpus, *limits]))


def _visible() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(root: Path) -> Iterator[float]:
    """Every quota above this process, in CPUs."""
    for folder in cgroups.folders("cpu", root):
        yield from _quota(cgroups.read(folder / "cpu.max").split())
        quota, period = (cgroups.read(folder / name) for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us"))
        yield from _quota([*quota.split(), *period.split()])


def _quota(fields: list[str]) -> Iterator[float]:
    """`max 100000` and `-1 100000` are no limit."""
    try:
        quota, period = (float(field) for field in fields)
    except ValueError:
        return
    if quota > 0 and period > 0:
        yield quota / period
