"""The default folder of models on Windows, macOS and Linux."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath


def default_folder() -> Path:
    """The folder of this user, which may not exist yet."""
    return Path(folder_for(sys.platform, os.environ, str(Path.home())))


def folder_for(platform: str, environ: Mapping[str, str], home: str) -> PurePath:
    """The folder of a user on a platform."""
    if platform == "win32":
        data = environ.get("LOCALAPPDATA")
        return PureWindowsPath(data or PureWindowsPath(home, "AppData", "Local"), "ocrkit", "models")
    if platform == "darwin":
        return PurePosixPath(home, "Library", "Application Support", "ocrkit", "models")
    data = environ.get("XDG_DATA_HOME")
    # The specification of XDG tells programs to ignore a relative path.
    base = data if data and data.startswith("/") else PurePosixPath(home, ".local", "share")
    return PurePosixPath(base, "ocrkit", "models")
