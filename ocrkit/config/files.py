"""Finding and reading the configuration file."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocrkit.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OWN = "ocrkit.toml"
SHARED = "pyproject.toml"


@dataclass(frozen=True)
class FoundFile:
    """A configuration file and what it says, without the tables that are not ours."""

    path: Path
    table: dict[str, Any]


def find_file(start: Path, chosen: str | os.PathLike[str] | None) -> FoundFile | None:
    """The chosen file, or the nearest one from `start` upwards, or None.

    A `pyproject.toml` without `[tool.ocrkit]` is nobody's configuration but other people's: it is passed by.
    """
    if chosen is not None:
        path = start / Path(chosen).expanduser()
        found = _read(path)
        if found is None:
            raise ConfigError(f"{path} has no section [tool.ocrkit]")
        return found
    start = start.absolute()
    for folder in (start, *start.parents):
        for name in (OWN, SHARED):
            path = folder / name
            # Path.is_file raises where a folder is closed to us.
            if os.path.isfile(path) and not _is_planted(path):  # noqa: PTH113
                found = _read(path)
                if found is not None:
                    return found
    return None


def _is_planted(path: Path) -> bool:
    """Whether somebody else put the file where everybody may: `/tmp` is above many a working folder.

    A configuration names programs to run and code to import, so such a file is never picked up on the way.
    """
    if not hasattr(os, "geteuid"):
        return False
    return bool(path.parent.stat().st_mode & stat.S_IWOTH) and path.stat().st_uid != os.geteuid()


def _read(path: Path) -> FoundFile | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: the configuration cannot be read: {error.strerror}") from error
    shared = path.name == SHARED
    if shared and b"ocrkit" not in data:
        return None  # and is not parsed either: a slip in somebody else's file is not our business
    try:
        table = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}, line {line}: not UTF-8; save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    if shared:
        tools = table.get("tool")
        section = tools.get("ocrkit") if isinstance(tools, dict) else None
        return FoundFile(path, section) if isinstance(section, dict) else None
    return FoundFile(path, table)
