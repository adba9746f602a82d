"""The bytes of a source, on disk or in memory, which can be opened any number of times.

A reader never keeps the caller's file object: a path is opened again, everything else is in memory. So the
caller's file keeps its position and stays open.
"""

from __future__ import annotations

import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from ocrkit.errors import SourceError
from ocrkit.sources.kinds import HEAD_BYTES

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """A file to read: a path, or bytes in memory.

    Attributes:
        name: its name in error messages; None for bytes without a name.
        head: its first bytes, which decide its kind.
        size: its length in bytes.
        path: its absolute path; None for bytes in memory.
        data: its bytes in memory; empty for a path.
    """

    name: str | None
    head: bytes
    size: int
    path: Path | None = None
    data: bytes = b""

    def open(self) -> BinaryIO:
        """A new handle at the start of the file. The caller closes it."""
        if self.path is None:
            return io.BytesIO(self.data)
        try:
            return self.path.open("rb")
        except OSError as error:
            raise SourceError(_reason(error), path=self.name) from error

    def read(self) -> bytes:
        """All bytes of the file."""
        if self.path is None:
            return self.data
        with self.open() as file:
            return file.read()


def from_path(path: str, max_bytes: int) -> Content:
    """The content of a file on disk. A pipe or device (`/dev/stdin`) is read into memory."""
    try:
        absolute = Path(path).absolute()  # the working directory may change later
        status = absolute.stat()
        if stat.S_ISDIR(status.st_mode):
            raise SourceError(
                "this is a folder; name the files in it one by one, or read all of them with `ocrkit batch`",
                path=path,
            )
        check_size(status.st_size, path, max_bytes)
        with absolute.open("rb") as file:
            if not stat.S_ISREG(status.st_mode):
                return from_bytes(_read(file, path, max_bytes), path)
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise SourceError(_reason(error), path=path) from error
    except ValueError as error:  # a NUL in the name
        raise SourceError(f"this is not a valid path: {error}", path=repr(path)) from error
    return Content(_check_not_empty(path, head), head, status.st_size, path=absolute)


def check_size(size: int, name: str | None, max_bytes: int) -> None:
    """Refuse a file of more than `max_file_size` bytes."""
    if size > max_bytes:
        raise SourceError(
            f"this file has {size / 1e6:,.0f} MB, more than the {max_bytes / 1e6:,.0f} MB allowed; raise "
            "`max_file_size` in the [source] settings if you trust it, or split it",
            path=name,
        )


def check_regular(status: os.stat_result, name: str, max_bytes: int) -> None:
    """Refuse everything but regular files of an allowed size: reading a pipe or a device may never end."""
    if stat.S_ISREG(status.st_mode):
        check_size(status.st_size, name, max_bytes)
    elif not stat.S_ISDIR(status.st_mode):  # opening a folder gives a clearer error
        raise SourceError(
            "this is a pipe, a socket or a device, not a file; save its content to a file and pass that",
            path=name,
        )


def from_bytes(data: bytes, name: str | None = None) -> Content:
    """The content of bytes in memory."""
    head = data[:HEAD_BYTES]
    return Content(_check_not_empty(name, head), head, len(data), data=data)


def from_file(file: IO[bytes], name: str | None, max_bytes: int) -> Content:
    """The content of an open binary file, from its start if the file is seekable.

    A regular file on disk is opened a second time instead of being read into memory.
    """
    if (
        isinstance(file, (io.BufferedReader, io.BufferedRandom, io.FileIO))
        and name
        and _is_file_at(file, name)
    ):
        if file.writable():
            file.flush()
        return from_path(name, max_bytes)
    try:
        position = file.tell() if file.seekable() else None
        if position is not None:
            file.seek(0)
        data = _read(file, name, max_bytes)
        if position is not None:
            file.seek(position)
    except (OSError, ValueError, AttributeError) as error:
        raise SourceError(f"this file object cannot be read: {error}", path=name) from error
    return from_bytes(data, name)


def _read(file: IO[bytes], name: str | None, max_bytes: int) -> bytes:
    whole = bytearray()
    while len(whole) <= max_bytes:
        chunk = file.read(_CHUNK)
        if isinstance(chunk, str):
            raise SourceError("this file is open in text mode; open it with mode 'rb'", path=name)
        if not chunk:
            return bytes(whole)
        whole += chunk
    raise SourceError(
        f"this stream is longer than the {max_bytes / 1e6:,.0f} MB allowed; raise `max_file_size` in the "
        "[source] settings if you trust it",
        path=name,
    )


def _check_not_empty(name: str | None, head: bytes) -> str | None:
    if not head:
        raise SourceError("this file is empty (0 bytes)", path=name)
    return name


def _is_file_at(file: io.BufferedReader | io.BufferedRandom | io.FileIO, name: str) -> bool:
    """Whether the path still leads to the open file."""
    try:
        opened = os.fstat(file.fileno())
        return stat.S_ISREG(opened.st_mode) and os.path.samestat(opened, os.stat(name))  # noqa: PTH116
    except (OSError, ValueError):
        return False


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, PermissionError):
        return "there is no permission to read this file"
    return f"this file cannot be read: {error.strerror or error}"
