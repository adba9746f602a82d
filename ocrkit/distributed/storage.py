"""Files on this machine, in the stores of S3, Google and Azure, and where fsspec has access.

These libraries find credentials in their usual places: the environment, the files of the vendor's tools, the
role of the machine. Credentials are never part of a URL.
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

from ocrkit.batch.inputs import DOCUMENT_SUFFIXES, find_inputs
from ocrkit.errors import ConfigError, ExportError, OcrkitError, SourceError, missing_extra
from ocrkit.files import atomic_write, export_errors

_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")
_SECRET_OPTION = re.compile(r"(secret|key|token|password|sig)[^&=]*=", re.IGNORECASE)
_WILDCARDS = re.compile(r"[*\[]")  # in a URL, a question mark begins the options: `?region=…`


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """The name and the location of a document."""

    document_id: str
    uri: str


def is_url(text: str) -> bool:
    """Whether this is a URL such as `s3://…` and not a path."""
    return _URL.match(text) is not None


class Location:
    """A file or a folder, local or remote."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._files, self.path = _resolve(uri)

    @property
    def local(self) -> Path | None:
        """Its path on this machine; None for a remote location."""
        return Path(self.path) if isinstance(self._files, fs.LocalFileSystem) else None

    def __truediv__(self, name: str) -> Location:
        below = object.__new__(Location)
        url, mark, options = self.uri.partition("?") if is_url(self.uri) else (self.uri, "", "")
        below.uri, below._files = f"{url.rstrip('/')}/{name}{mark}{options}", self._files
        below.path = f"{self.path.rstrip('/')}/{name}"
        return below

    def state(self) -> tuple[int, int] | None:
        """Size and time of the last change; None if there is no such file."""
        with self._translate_errors():
            info = self._files.get_file_info(self.path)
        return (info.size or 0, info.mtime_ns or 0) if info.type == fs.FileType.File else None

    def names(self) -> list[str]:
        """The names of the files in this folder, sorted; empty if there is no such folder."""
        with self._translate_errors():
            found = self._files.get_file_info(fs.FileSelector(self.path, allow_not_found=True))
        return sorted(each.base_name for each in found if each.type == fs.FileType.File)

    def open(self) -> pa.NativeFile:
        """Open the file for random access."""
        with self._translate_errors():
            return self._files.open_input_file(self.path)

    def read(self) -> bytes:
        with self.open() as file, self._translate_errors():
            return bytes(file.read())

    def write(self, data: bytes) -> None:
        """Write the file atomically: a store shows an object when it is closed, a disk after a rename."""
        if self.local is not None:
            with export_errors(self.local):
                self.local.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(self.local) as file:
                file.write(data)
            return
        try:
            with self._files.open_output_stream(self.path) as stream:
                stream.write(data)
        except (OSError, pa.ArrowException) as error:
            raise ExportError(f"{self.uri}: cannot be written: {error}") from error

    def copy_to(self, path: Path) -> None:
        """Download the file."""
        with self._translate_errors():
            fs.copy_files(
                self.path,
                str(path),
                source_filesystem=self._files,
                destination_filesystem=fs.LocalFileSystem(),
            )

    def files(self) -> Iterator[Location]:
        """All files below this folder, or this file itself."""
        with self._translate_errors():
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
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except OcrkitError:
            raise
        except FileNotFoundError as error:
            raise SourceError("there is no such file", path=self.uri) from error
        except (OSError, pa.ArrowException) as error:
            raise SourceError(f"this file cannot be read: {error}", path=self.uri) from error


def find_documents(inputs: Sequence[str | os.PathLike[str]]) -> list[StoredDocument]:
    """The documents behind paths, folders, patterns and URLs, sorted by name.

    A document in a folder is named by its path below the folder, like the outputs of `ocrkit batch`. Below a
    URL, only files with the suffix of a document are included: finding their type would cost a request each.

    Raises:
        ConfigError: no document was found, or two documents would have the same name.
    """
    named = [os.fspath(each) for each in inputs]
    urls = [each for each in named if is_url(each)]
    found: dict[str, StoredDocument] = {}
    paths = [each for each in inputs if os.fspath(each) not in urls]
    if paths:
        for each in find_inputs(paths).inputs:
            path = os.path.abspath(each.path)  # noqa: PTH100 – without resolving links
            found[each.name] = StoredDocument(each.name, path)
    for url in urls:
        for name, uri in _documents_below(url, several=len(named) > 1):
            if name in found:
                raise ConfigError(f"{found[name].uri} and {uri} would both be named '{name}'")
            found[name] = StoredDocument(name, uri)
    if not found:
        raise ConfigError(f"there is nothing to read in {', '.join(named[:3]) or 'an empty list'}")
    return sorted(found.values(), key=lambda each: each.document_id)


def _documents_below(url: str, *, several: bool) -> Iterator[tuple[str, str]]:
    """The names and URIs of the documents below a URL, which may be a pattern."""
    fixed, pattern = url, None
    if _WILDCARDS.search(url):
        start = url.index("://") + 3
        parts = url[start:].split("/")
        first = next(index for index, part in enumerate(parts) if _WILDCARDS.search(part))
        fixed, pattern = url[:start] + "/".join(parts[:first]), "/".join(parts[first:])
    top = Location(fixed)
    prefix = f"{PurePosixPath(top.path).name}/" if several else ""
    for each in top.files():
        if each is top:
            yield PurePosixPath(each.path).name, each.uri
            continue
        name = each.path[len(top.path.rstrip("/")) + 1 :]
        is_document = PurePosixPath(name).suffix.lower() in DOCUMENT_SUFFIXES
        if is_document and (pattern is None or fnmatch.fnmatchcase(name, pattern)):
            yield prefix + name, each.uri


def _resolve(uri: str) -> tuple[fs.FileSystem, str]:
    if not is_url(uri):
        return fs.LocalFileSystem(), os.path.abspath(uri)  # noqa: PTH100 – without resolving links
    scheme = uri.partition(":")[0]
    if _holds_credentials(uri):
        raise ConfigError(
            f"a {scheme}:// URL must not contain credentials: it is written to tables and logs. Set them in "
            "the environment, or use the role of the machine"
        )
    try:
        located: tuple[fs.FileSystem, str] = fs.FileSystem.from_uri(uri)
    except (ValueError, pa.ArrowException):  # a scheme that Arrow does not support
        return _by_fsspec(uri, scheme)
    return located


def _holds_credentials(uri: str) -> bool:
    parts = urlsplit(uri)
    user, at, _ = parts.netloc.rpartition("@")
    # Azure URLs have the form container@account.
    has_user = bool(at) and (":" in user or not parts.scheme.startswith("abfs"))
    return has_user or _SECRET_OPTION.search(parts.query) is not None


def _by_fsspec(uri: str, scheme: str) -> tuple[fs.FileSystem, str]:
    try:
        import fsspec
    except ImportError:
        raise missing_extra("fsspec", "ray", f"reading {scheme}:// URLs") from None
    try:
        files, path = fsspec.core.url_to_fs(uri)
    except (ValueError, ImportError) as error:
        raise ConfigError(f"{scheme}:// URLs cannot be read here: {error}") from error
    return fs.PyFileSystem(fs.FSSpecHandler(files)), path
