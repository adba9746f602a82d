"""Files wherever they are: on this machine, or in S3, Google's or Azure's store, or where fsspec reaches.

Credentials are found by those libraries where they always look: the environment, the files of the vendor's
own tools, the role of the machine. They are never part of an address.
"""

from __future__ import annotations

import contextlib
import fnmatch
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import pyarrow as pa
from pyarrow import fs

from ocrkit.batch.inputs import PROMISING, find_inputs
from ocrkit.errors import ConfigError, ExportError, OcrkitError, SourceError, missing_extra
from ocrkit.files import atomic_write, export_errors

_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")
_SECRET_OPTION = re.compile(r"(secret|key|token|password|sig)[^&=]*=", re.IGNORECASE)
_WILDCARDS = re.compile(r"[*\[]")  # of an address: after a question mark come options, `?region=…`


@dataclass(frozen=True, slots=True)
class Found:
    """A document: what it is called, and where it is."""

    document_id: str
    uri: str


def is_address(text: str) -> bool:
    """Whether this is an address, `s3://…`, and no path."""
    return _ADDRESS.match(text) is not None


class Location:
    """A file or a folder, behind one small interface."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._files, self.path = _located(uri)

    @property
    def local(self) -> Path | None:
        """Where it is on this machine; None where it is elsewhere."""
        return Path(self.path) if isinstance(self._files, fs.LocalFileSystem) else None

    def __truediv__(self, name: str) -> Location:
        below = object.__new__(Location)
        address, mark, options = self.uri.partition("?") if is_address(self.uri) else (self.uri, "", "")
        below.uri, below._files = f"{address.rstrip('/')}/{name}{mark}{options}", self._files
        below.path = f"{self.path.rstrip('/')}/{name}"
        return below

    def state(self) -> tuple[int, int] | None:
        """Size and time of the last change, or None where there is no such file."""
        with self._translated():
            info = self._files.get_file_info(self.path)
        return (info.size or 0, info.mtime_ns or 0) if info.type == fs.FileType.File else None

    def names(self) -> list[str]:
        """The names of the files in this folder, sorted; none where there is no such folder."""
        with self._translated():
            found = self._files.get_file_info(fs.FileSelector(self.path, allow_not_found=True))
        return sorted(each.base_name for each in found if each.type == fs.FileType.File)

    def open(self) -> pa.NativeFile:
        """The file, to be read from anywhere in it."""
        with self._translated():
            return self._files.open_input_file(self.path)

    def read(self) -> bytes:
        with self.open() as file, self._translated():
            return bytes(file.read())

    def write(self, data: bytes) -> None:
        """Put it there, whole or not at all: stores show an object when it is closed, disks by a new name."""
        if self.local is not None:
            with export_errors(self.local):
                self.local.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(self.local) as draft:
                draft.write(data)
            return
        try:
            with self._files.open_output_stream(self.path) as stream:
                stream.write(data)
        except (OSError, pa.ArrowException) as error:
            raise ExportError(f"{self.uri}: cannot be written: {error}") from error

    def copy_to(self, path: Path) -> None:
        """Fetch the file."""
        with self._translated():
            fs.copy_files(
                self.path,
                str(path),
                source_filesystem=self._files,
                destination_filesystem=fs.LocalFileSystem(),
            )

    def files(self) -> Iterator[Location]:
        """All files below this folder, or this one file."""
        with self._translated():
            if self._files.get_file_info(self.path).type == fs.FileType.File:
                yield self
                return
            selector = fs.FileSelector(self.path, recursive=True, allow_not_found=True)
            found = self._files.get_file_info(selector)
        base = self.path.rstrip("/")
        for each in sorted(found, key=lambda info: info.path):
            name = each.path[len(base) + 1 :]
            if each.type == fs.FileType.File and not any(part.startswith(".") for part in name.split("/")):
                yield self / name

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OcrkitError:
            raise
        except FileNotFoundError as error:
            raise SourceError("there is no such file", path=self.uri) from error
        except (OSError, pa.ArrowException) as error:
            raise SourceError(f"this cannot be read: {error}", path=self.uri) from error


def find_documents(inputs: Sequence[str | os.PathLike[str]]) -> list[Found]:
    """The documents behind paths, folders, patterns and addresses, sorted by name, each once.

    A document of a folder is called as below that folder, as `ocrkit batch` calls its outputs. Of addresses
    only files that are called like documents are taken: looking into each would cost a request for each.

    Raises:
        ConfigError: nothing was found, or two documents would be called the same.
    """
    named = [os.fspath(each) for each in inputs]
    addresses = [each for each in named if is_address(each)]
    found: dict[str, Found] = {}
    here = [each for each in inputs if os.fspath(each) not in addresses]
    if here:
        for each in find_inputs(here).inputs:
            found[each.name] = Found(each.name, os.path.abspath(each.path))  # noqa: PTH100 – links and all
    for address in addresses:
        for name, uri in _below(address, several=len(named) > 1):
            if name in found:
                raise ConfigError(f"{found[name].uri} and {uri} would both be called '{name}'")
            found[name] = Found(name, uri)
    if not found:
        raise ConfigError(f"there is nothing to read in {', '.join(named[:3]) or 'an empty list'}")
    return sorted(found.values(), key=lambda each: each.document_id)


def _below(address: str, *, several: bool) -> Iterator[tuple[str, str]]:
    fixed, pattern = address, None
    if _WILDCARDS.search(address):
        start = address.index("://") + 3
        parts = address[start:].split("/")
        first = next(index for index, part in enumerate(parts) if _WILDCARDS.search(part))
        fixed, pattern = address[:start] + "/".join(parts[:first]), "/".join(parts[first:])
    top = Location(fixed)
    prefix = f"{PurePosixPath(top.path).name}/" if several else ""
    for each in top.files():
        if each is top:
            yield PurePosixPath(each.path).name, each.uri
            continue
        name = each.path[len(top.path.rstrip("/")) + 1 :]
        wanted = PurePosixPath(name).suffix.lower() in PROMISING
        if wanted and (pattern is None or fnmatch.fnmatchcase(name, pattern)):
            yield prefix + name, each.uri


def _located(uri: str) -> tuple[fs.FileSystem, str]:
    if not is_address(uri):
        return fs.LocalFileSystem(), os.path.abspath(uri)  # noqa: PTH100 – as it is, links and all
    scheme = uri.partition(":")[0]
    if _holds_credentials(uri):
        raise ConfigError(
            f"an address of {scheme}:// must not hold credentials: it is written into tables and logs. Set "
            "them in the environment, or use the role of the machine"
        )
    try:
        located: tuple[fs.FileSystem, str] = fs.FileSystem.from_uri(uri)
    except (ValueError, pa.ArrowException):  # no scheme of Arrow's own
        return _by_fsspec(uri, scheme)
    return located


def _holds_credentials(uri: str) -> bool:
    parts = urlsplit(uri)
    user, at, _ = parts.netloc.rpartition("@")
    # Azure writes container@account.
    has_user = bool(at) and (":" in user or not parts.scheme.startswith("abfs"))
    return has_user or _SECRET_OPTION.search(parts.query) is not None


def _by_fsspec(uri: str, scheme: str) -> tuple[fs.FileSystem, str]:
    try:
        import fsspec
    except ImportError:
        raise missing_extra("fsspec", "ray", f"reading {scheme}:// addresses") from None
    try:
        files, path = fsspec.core.url_to_fs(uri)
    except (ValueError, ImportError) as error:
        raise ConfigError(f"{scheme}:// addresses cannot be read here: {error}") from error
    return fs.PyFileSystem(fs.FSSpecHandler(files)), path
