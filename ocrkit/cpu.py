"""How many CPUs this process may really use.

A container sees all cores of its host, but a quota lets it run on a few. An engine that starts a thread for
each core it sees is then stopped by the kernel most of the time, and slower than with one thread.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_MOUNT = "sys/fs/cgroup"


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
    """Every quota above this process, in CPUs: that of its own group and of all groups around it."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, group = [*line.split(":", 2), "", ""][:3]
        if not controllers:
            for mount in (_MOUNT, f"{_MOUNT}/unified"):
                for folder in _upwards(root / mount, group):
                    yield from _quota(_read(folder / "cpu.max").split())
        elif "cpu" in controllers.split(","):
            for mount in (f"{_MOUNT}/{controllers}", f"{_MOUNT}/cpu"):
                for folder in _upwards(root / mount, group):
                    quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
                    yield from _quota([*quota.split(), *period.split()])


def _upwards(mount: Path, group: str) -> Iterator[Path]:
    """The folder of a group and of those around it, up to the mount itself.

    Inside a container the path may be the host's and not exist here; the mount then is the container's own
    group, and it comes last.
    """
    parts = [part for part in PurePosixPath(group).parts if part not in ("/", "..")]
    for length in range(len(parts), -1, -1):
        yield mount.joinpath(*parts[:length])


def _quota(fields: list[str]) -> Iterator[float]:
    """`max 100000` and `-1 100000` are no limit."""
    try:
        quota, period = (float(field) for field in fields)
    except ValueError:
        return
    if quota > 0 and period > 0:
        yield quota / period


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
