"""The hash of the content of an input file, and whether the file changes while its pages are read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ocrkit.errors import SourceError
from ocrkit.sources.content import check_regular

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class HashedFile:
    """The content of a file at one moment."""

    digest: str
    version: str
    """Changes when the file is replaced or written, also if its old content is restored later."""


def hash_file(path: Path, max_bytes: int, is_cancelled: Callable[[], bool] = lambda: False) -> HashedFile:
    """Hash a regular file.

    Args:
        path: the file.
        max_bytes: the largest size of a file.
        is_cancelled: asked now and then; true ends the hashing with a `SourceError`.

    Raises:
        SourceError: it is not a regular file, it is too large, or it cannot be read.
    """
    try:
        check_regular(path.stat(), str(path), max_bytes)  # before it is opened: opening a pipe would wait
        with path.open("rb") as file:
            version = _version(os.fstat(file.fileno()))
            return HashedFile(_digest(file, str(path), is_cancelled), version)
    except ValueError as error:
        raise SourceError("this is not a valid path", path=str(path)) from error
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror
        what = "folder" if os.path.isdir(path) else "file"  # noqa: PTH112 – `Path.is_dir` may raise
        raise SourceError(f"this {what} cannot be read: {reason}", path=str(path)) from error


def version_of(path: Path) -> str | None:
    """The present version of a file; None if it cannot be reached."""
    try:
        return _version(path.stat())
    except OSError:
        return None


def _digest(file: BinaryIO, name: str, is_cancelled: Callable[[], bool]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        if is_cancelled():
            raise SourceError("the run was stopped while this file was hashed", path=name)
        digest.update(chunk)
    return digest.hexdigest()


def _version(state: os.stat_result) -> str:
    # With the time of the last change of any kind: a program may set the other time back.
    return f"{state.st_dev} {state.st_ino} {state.st_size} {state.st_mtime_ns} {state.st_ctime_ns}"
