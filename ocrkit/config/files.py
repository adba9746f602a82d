"""Find and read the configuration file."""

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
    """A configuration file and its settings."""

    path: Path
    table: dict[str, Any]


def find_file(start: Path, chosen: str | os.PathLike[str] | None) -> FoundFile | None:
    """The chosen file, or the nearest one in `start` or its parents, or None.

    A `pyproject.toml` without `[tool.ocrkit]` is skipped.
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
            # `Path.is_file` raises for a folder without permission.
            if os.path.isfile(path) and not _is_untrusted(path):  # noqa: PTH113
                found = _read(path)
                if found is not None:
                    return found
    return None


def _is_untrusted(path: Path) -> bool:
    """Whether another user put the file into a world-writable folder such as `/tmp`.

    A configuration can name programs to run and code to import, so the search skips such a file.
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
        return None  # without parsing: an error in a file of other tools does not matter here
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
