"""Limits that the operating system enforces on this process: CPU time, memory, the size of files.

The parent of a worker process watches it a few times a second; a process can allocate gigabytes in between.
Windows has no such limits, and there only the parent watches.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, Literal

try:
    import resource as _resource

    resource: Any = _resource
except ImportError:  # pragma: no cover – Windows
    resource = None


def limit_cpu(seconds: float) -> None:
    """End this process when it has used this much CPU time more. Each call counts anew."""
    if resource is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        _set("RLIMIT_CPU", int(used.ru_utime + used.ru_stime + seconds) + 1)


def limit_memory(count: int, kind: Literal["data", "address space"] = "data") -> None:
    """Let allocations fail that need this many bytes more than the process has now.

    Args:
        count: the number of bytes.
        kind: `data` counts what is allocated; the address space also counts mapped files and reserved ranges.
    """
    field, name = ("VmData", "RLIMIT_DATA") if kind == "data" else ("VmSize", "RLIMIT_AS")
    present = _memory(field)
    if resource is not None and present is not None:
        _set(name, present + count)


def limit_files(count: int) -> None:
    """Let no file grow beyond this number of bytes, and write no core dump."""
    if resource is not None:
        _set("RLIMIT_FSIZE", count)
        _set("RLIMIT_CORE", 0)


def _set(name: str, value: int) -> None:
    number = getattr(resource, name, None)
    if number is None:
        return
    _, hard = resource.getrlimit(number)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    with contextlib.suppress(ValueError, OSError):  # a system may refuse a limit; the parent watches as well
        resource.setrlimit(number, (value, hard))


def _memory(field: str) -> int | None:
    """A field of `/proc/self/status` in bytes; None on systems without it."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    for line in status.splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    return None
