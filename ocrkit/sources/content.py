"""The bytes of a source, wherever they are, to be opened as often as a reader likes.

Readers never hold the caller's file object: a path is opened anew, everything else is in memory. So two
threads can read pages of one source, and nothing of the caller's is moved or closed behind their back.
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

MAX_STREAM_BYTES = 2 << 30
"""The most that is read from a pipe or a file object, which has no size to check beforehand."""

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """A file to read: either a path or bytes in memory.

    Attributes:
        name: what error messages call it, None for bytes without a name.
        head: its first bytes, by which its kind is decided.
        size: its length in bytes.
        path: where it is on disk, absolute; None when it is in memory.
        data: its bytes, when it is in memory.
    """

    name: str | None
    head: bytes
    size: int
    path: Path | None = None
    data: bytes = b""

    def open(self) -> BinaryIO:
        """A new handle at the start of the file, for the caller to close."""
        if self.path is None:
            return io.BytesIO(self.data)
        try:
            return self.path.open("rb")
        except OSError as error:
            raise SourceError(_reason(error), path=self.name) from error

    def read(self) -> bytes:
        """All of it."""
        if self.path is None:
            return self.data
        with self.open() as file:
            return file.read()


def from_path(path: str) -> Content:
    """The content of a file on disk; what is no regular file (a pipe, `/dev/stdin`) is read into memory."""
    try:
        # Absolute, so that a later change of the working directory cannot lead elsewhere.
        place = Path(path).absolute()
        status = place.stat()
        if stat.S_ISDIR(status.st_mode):
            raise SourceError(
                "this is a folder; name the files in it one by one, or read all of it with `ocrkit batch`",
                path=path,
            )
        with place.open("rb") as file:
            if not stat.S_ISREG(status.st_mode):
                return from_bytes(_read(file, path), path)
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise SourceError(_reason(error), path=path) from error
    except ValueError as error:  # a NUL in the name
        raise SourceError(f"this is not a possible path: {error}", path=repr(path)) from error
    return Content(_checked(path, head), head, status.st_size, path=place)


def from_bytes(data: bytes, name: str | None = None) -> Content:
    """The content of bytes in memory."""
    head = data[:HEAD_BYTES]
    return Content(_checked(name, head), head, len(data), data=data)


def from_file(file: IO[bytes], name: str | None) -> Content:
    """The content of an open binary file, from its start where it can be rewound.

    A plain file on disk is opened a second time instead of being read into memory.
    """
    if isinstance(file, (io.BufferedReader, io.BufferedRandom, io.FileIO)) and name and _is_at(file, name):
        if file.writable():
            file.flush()
        return from_path(name)
    try:
        position = file.tell() if file.seekable() else None
        if position is not None:
            file.seek(0)
        data = _read(file, name)
        if position is not None:
            file.seek(position)
    except (OSError, ValueError, AttributeError) as error:
        raise SourceError(f"this file object cannot be read: {error}", path=name) from error
    return from_bytes(data, name)


def _read(file: IO[bytes], name: str | None) -> bytes:
    whole = bytearray()
    while len(whole) <= MAX_STREAM_BYTES:
        chunk = file.read(_CHUNK)
        if isinstance(chunk, str):
            raise SourceError("this file is open in text mode; open it with mode 'rb'", path=name)
        if not chunk:
            return bytes(whole)
        whole += chunk
    raise SourceError(
        f"this stream is longer than {MAX_STREAM_BYTES >> 30} GiB; save it to a file and hand in its path",
        path=name,
    )


def _checked(name: str | None, head: bytes) -> str | None:
    if not head:
        raise SourceError("this file is empty (0 bytes)", path=name)
    return name


def _is_at(file: io.BufferedReader | io.BufferedRandom | io.FileIO, name: str) -> bool:
    """Whether the file of this name is still the very file that is open."""
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
