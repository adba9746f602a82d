"""Where Linux says what a container may use. Elsewhere there are no such files, and no limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_MOUNT = "sys/fs/cgroup"


def folders(controller: str, root: Path = Path("/")) -> Iterator[Path]:
    """The folders that may hold a limit for this process: of its own group and of all groups around it.

    Both versions of control groups may be mounted at once; whoever reads the files knows both their names.

    Args:
        controller: `cpu` or `memory`.
        root: where `proc` and `sys` lie.
    """
    for line in read(root / "proc/self/cgroup").splitlines():
        _, controllers, group = [*line.split(":", 2), "", ""][:3]
        if not controllers:
            mounts = [_MOUNT, f"{_MOUNT}/unified"]
        elif controller in controllers.split(","):
            mounts = [f"{_MOUNT}/{controllers}", f"{_MOUNT}/{controller}"]
        else:
            continue
        for mount in mounts:
            yield from _upwards(root / mount, group)


def read(path: Path) -> str:
    """What a file says; nothing where there is none."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _upwards(mount: Path, group: str) -> Iterator[Path]:
    """The folder of a group and of those around it, up to the mount itself.

    Inside a container the path may be the host's and not exist here; the mount then is the container's own
    group, and it comes last.
    """
    parts = [part for part in PurePosixPath(group).parts if part not in ("/", "..")]
    for length in range(len(parts), -1, -1):
        yield mount.joinpath(*parts[:length])
