"""The control groups of Linux, which limit the CPUs and the memory of a container.

Other systems have no such files, and no limits are found there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_MOUNT = "sys/fs/cgroup"


def folders(controller: str, root: Path = Path("/")) -> Iterator[Path]:
    """The folders that may hold a limit for this process: those of its own group and of its parents.

    Both versions of control groups may be mounted at once, so a caller looks for the files of both.

    Args:
        controller: `cpu` or `memory`.
        root: the folder with `proc` and `sys`.
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
            yield from _parents(root / mount, group)


def read(path: Path) -> str:
    """The text of a file, or an empty text if it cannot be read."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _parents(mount: Path, group: str) -> Iterator[Path]:
    """The folders of a group and its parents, up to the mount itself.

    In a container, the path of the group may be that of the host and not exist. The mount is then the group
    of the container; it comes last.
    """
    parts = [part for part in PurePosixPath(group).parts if part not in ("/", "..")]
    for length in range(len(parts), -1, -1):
        yield mount.joinpath(*parts[:length])
