"""Find and read the configuration files, and decide how far each of them is trusted."""

from __future__ import annotations

import os
import shlex
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from ocrkit.config.approvals import Approvals, user_folder
from ocrkit.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OWN = "ocrkit.toml"
SHARED = "pyproject.toml"

Trust: TypeAlias = Literal["named", "user", "approved", "found"]
"""Why a file is in force: the user named it, it is the user's own for all folders, the user approved it, or
it was only found. The last may set harmless options only."""

_MAX_BYTES = 1_000_000
_MAX_DEPTH = 16
_ROOT = 0


@dataclass(frozen=True)
class FoundFile:
    """A configuration file, its settings, and how far it is trusted."""

    path: Path
    table: dict[str, Any]
    trust: Trust


def user_file(environ: Mapping[str, str]) -> FoundFile | None:
    """The user's own file for all folders, or None."""
    folder = user_folder(environ)
    path = folder and folder / OWN
    if path is None or not os.path.isfile(path):  # noqa: PTH113 – `Path.is_file` raises without permission
        return None
    data, owner = _content(path)
    if owner not in _own_users(environ):
        raise ConfigError(f"{path} belongs to another user; change its owner or remove it")
    return _parsed(path, data, "user")


def find_file(
    start: Path, chosen: str | os.PathLike[str] | None, environ: Mapping[str, str]
) -> FoundFile | None:
    """The chosen file, or the nearest one in `start` or its parents, or None.

    A `pyproject.toml` without `[tool.ocrkit]` is skipped.
    """
    if chosen is not None:
        path = start / Path(chosen).expanduser()
        found = _parsed(path, _content(path)[0], "named")
        if found is None:
            raise ConfigError(f"{path} has no section [tool.ocrkit]")
        return found
    found_files = (_discovered(path, environ) for path in _candidates(start))
    return next((found for found in found_files if found is not None), None)


def nearest_file(start: Path) -> Path:
    """The nearest configuration file, of any owner."""
    for path in _candidates(start):
        if path.name == OWN or _parsed(path, _content(path)[0], "found"):
            return path
    raise ConfigError(f"there is no {OWN}, and no {SHARED} with [tool.ocrkit], in {start} or above it")


def read_to_approve(start: Path, chosen: str | None) -> tuple[FoundFile, bytes]:
    """The chosen or the nearest file, of any owner, and its content."""
    path = nearest_file(start) if chosen is None else start / Path(chosen).expanduser()
    data, _ = _content(path)
    found = _parsed(path, data, "named")
    if found is None:
        raise ConfigError(f"{path} has no section [tool.ocrkit]")
    return found, data


def _candidates(start: Path) -> Iterator[Path]:
    """The files of the right names in a folder and its parents, the nearest first."""
    start = start.absolute()
    for folder in (start, *start.parents):
        for name in (OWN, SHARED):
            # `Path.is_file` raises for a folder without permission.
            if os.path.isfile(folder / name):  # noqa: PTH113
                yield folder / name


def _discovered(path: Path, environ: Mapping[str, str]) -> FoundFile | None:
    """A file that the search found; None if it is unrelated, or another user's in a shared folder."""
    data, owner = _content(path)
    if path.name == SHARED and b"ocrkit" not in data:
        return None
    if Approvals(user_folder(environ)).covers(path, data):
        return _parsed(path, data, "approved")
    own = _own_users(environ)
    is_foreign = owner not in own
    if (is_foreign or _owner(path.lstat()) not in own) and path.parent.stat().st_mode & stat.S_IWOTH:
        return None  # in a folder such as /tmp anybody can put a file in the way of all others
    found = _parsed(path, data, "found")
    if found is None:
        return None
    if is_foreign:
        raise ConfigError(_refusal(path, "belongs to another user"))
    if path.is_symlink() and path.parent.resolve() not in path.resolve().parents:
        raise ConfigError(_refusal(path, f"is a link to {path.resolve()}, outside of its folder"))
    return found


def trust_command(path: Path) -> str:
    """The command that approves a file, ready to be pasted into a shell."""
    return f"ocrkit config trust {shlex.quote(str(path))}"


def _refusal(path: Path, problem: str) -> str:
    return (
        f"{path} {problem}, and was only found in the working folder or above it. Read it, then approve it "
        f"with `{trust_command(path)}`, or name it with --config or OCRKIT_CONFIG"
    )


def _own_users(environ: Mapping[str, str]) -> frozenset[int | None]:
    """The users whose files are trusted as one's own: this user, root, the user of `sudo`; on Windows all."""
    if not hasattr(os, "geteuid"):
        return frozenset({None})
    user = os.geteuid()
    sudo = environ.get("SUDO_UID", "")
    return frozenset({user, _ROOT, *([int(sudo)] if user == _ROOT and sudo.isdecimal() else [])})


def _owner(info: os.stat_result) -> int | None:
    """The user that a file belongs to; None on Windows, where it is unknown."""
    return info.st_uid if hasattr(os, "geteuid") else None


def _content(path: Path) -> tuple[bytes, int | None]:
    """The bytes of a file and its owner, of the same opened file."""
    try:
        with path.open("rb") as file:
            info = os.fstat(file.fileno())
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: the configuration cannot be read: {error.strerror}") from error
    if len(data) > _MAX_BYTES:
        raise ConfigError(f"{path}: larger than {_MAX_BYTES:,} bytes, the limit for configuration files")
    return data, _owner(info)


def _parsed(path: Path, data: bytes, trust: Trust) -> FoundFile | None:
    shared = path.name == SHARED
    if shared and b"ocrkit" not in data:
        return None  # without parsing: an error in a file of other tools does not matter here
    try:
        table = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}, line {line}: not UTF-8; save the file as UTF-8") from error
    except ValueError as error:  # also a number with too many digits
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    except RecursionError:
        table = None
    if table is None or _depth_exceeds(table, _MAX_DEPTH):
        raise ConfigError(f"{path}: tables or lists are nested more than {_MAX_DEPTH} levels deep")
    if shared:
        tools = table.get("tool")
        section = tools.get("ocrkit") if isinstance(tools, dict) else None
        return FoundFile(path, section, trust) if isinstance(section, dict) else None
    return FoundFile(path, table, trust)


def _depth_exceeds(value: object, limit: int) -> bool:
    """Whether tables and lists are nested deeper than the limit, found without recursion."""
    level: list[object] = [value]
    for _ in range(limit + 1):
        level = [
            item
            for each in level
            if isinstance(each, dict | list)
            for item in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True
