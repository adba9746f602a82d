"""Write results to stdout, one file, or a folder. Files are written atomically."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeAlias

from ocrkit.cli._options import STDIN
from ocrkit.cli._terminal import for_stdout
from ocrkit.document import Document
from ocrkit.errors import ConfigError, ExportError
from ocrkit.files import atomic_write, export_errors

if TYPE_CHECKING:
    from ocrkit.exporters.base import Export

_HEADED = ("text", "layout")
_STREAMS = (*_HEADED, "json")


Make: TypeAlias = "Callable[[Export], bytes]"
"""Makes the bytes of a format from the document and its source."""


class Sink(Protocol):
    """Takes one result after the other."""

    def write(self, name: str, document: Document, make: Make) -> None: ...


def formats(given: Sequence[str], output: str | None) -> dict[str, Export]:
    """The exporters: by name, else by the suffix of the output file, else text."""
    from ocrkit.formats import exporter, format_of_file

    names = given
    if not names:
        by_name = output is not None and not _is_folder(output) and Path(output).suffix
        names = [format_of_file(output)] if by_name and output is not None else ["text"]
    return {name: exporter(name) for name in names}


@contextlib.contextmanager
def opened(output: str | None, names: Sequence[str], exports: Mapping[str, Export]) -> Iterator[Sink]:
    """The sink for these inputs.

    Several results share one stream only as text, with a header line before each as `head` writes them, or
    as JSON, one result per line.
    """
    if output is not None and _is_folder(output):
        yield _Folder(Path(output), names, exports)
        return
    (format_name, export), *more = exports.items()
    if more:
        listed = ", ".join(f"'{name}'" for name in exports)
        raise ConfigError(f"several formats ({listed}) need a folder: end the name after -o with a slash")
    if len(names) > 1 and format_name not in _STREAMS:
        raise ConfigError(
            f"several files in the format '{format_name}' need a folder: end the name after -o with a slash"
        )
    if output is None:
        yield _Stream(sys.stdout.buffer, export, format_name, several=len(names) > 1)
        return
    path = Path(output)
    check_not_an_input(path, names)
    with contextlib.suppress(_NothingWrittenError), atomic_write(path) as file:
        stream = _Stream(file, export, format_name, several=len(names) > 1)
        yield stream
        if not stream.written:
            raise _NothingWrittenError


class _NothingWrittenError(Exception):
    """Every input failed: the existing file stays unchanged."""


class _Stream:
    def __init__(self, file: BinaryIO, export: Export, format_name: str, *, several: bool) -> None:
        self._file, self._export, self._format, self._several = file, export, format_name, several
        self.written = 0

    def write(self, name: str, document: Document, make: Make) -> None:
        data = make(self._export)
        if self._several and self._format == "json":
            data = f"{document.to_json()}\n".encode()
        elif self._several:
            gap = "\n" if self.written else ""
            data = os.fsencode(f"{gap}==> {name} <==\n") + data
        if self._file is sys.stdout.buffer:
            data = for_stdout(data)
        with export_errors(Path(getattr(self._file, "name", "output"))):
            _write_all(self._file, data)
        self.written += 1


def _write_all(file: BinaryIO, data: bytes) -> None:
    """Write all data. With PYTHONUNBUFFERED, usual in containers, a write to a pipe may be partial."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
    file.flush()


class _Folder:
    """Writes `scans/a.png` to `OUT/a.txt`, with one file for each format."""

    def __init__(self, folder: Path, names: Sequence[str], exports: Mapping[str, Export]) -> None:
        from ocrkit.formats import suffix_of

        self._exports = exports
        self._paths: dict[tuple[str, str], Path] = {}
        taken: dict[Path, tuple[str, str]] = {}
        for name in names:
            for format_name in exports:
                stem = "stdin" if name == STDIN else Path(name).stem
                path = folder / f"{stem}{suffix_of(format_name)}"
                other, other_format = taken.setdefault(path, (name, format_name))
                if (other, other_format) != (name, format_name):
                    pair = (other, name) if other != name else (other_format, format_name)
                    raise ConfigError(f"'{pair[0]}' and '{pair[1]}' would both be written to {path}")
                check_not_an_input(path, names)
                self._paths[name, format_name] = path
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ExportError(f"{folder}: the folder cannot be created: {error.strerror}") from error

    def write(self, name: str, document: Document, make: Make) -> None:  # noqa: ARG002 – part of `make`
        for format_name, export in self._exports.items():
            with atomic_write(self._paths[name, format_name]) as file:
                file.write(make(export))


def _is_folder(output: str) -> bool:
    return output.endswith(("/", os.sep)) or Path(output).is_dir()


def check_not_an_input(path: Path, names: Sequence[str]) -> None:
    for name in names:
        with contextlib.suppress(OSError):
            if name != STDIN and path.samefile(name):
                raise ConfigError(f"the result would overwrite the input {name}; choose another output file")
