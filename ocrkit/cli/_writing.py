"""Where results go: to stdout, into one file, or into a folder. A file is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

from ocrkit.cli._options import STDIN
from ocrkit.errors import ConfigError, ExportError
from ocrkit.result import Document

_STREAMS = ("text", "json")


class Sink(Protocol):
    """Takes one result after the other."""

    def write(self, name: str, document: Document) -> None: ...


@contextlib.contextmanager
def opened(
    output: str | None, names: Sequence[str], format_name: str, export: Callable[[Document], bytes]
) -> Iterator[Sink]:
    """The sink for these inputs.

    Several results in one stream: text gets a header line before each, as `head` writes them; JSON is one
    result a line. Other formats cannot share a stream.
    """
    if output is not None and (output.endswith(("/", os.sep)) or Path(output).is_dir()):
        yield _Folder(Path(output), names, format_name, export)
        return
    if len(names) > 1 and format_name not in _STREAMS:
        raise ConfigError(
            f"several files in the format '{format_name}' need a folder: end the name after -o with a slash"
        )
    if output is None:
        yield _Stream(sys.stdout.buffer, export, format_name, several=len(names) > 1)
        return
    path = Path(output)
    check_not_an_input(path, names)
    with replaced(path) as file:
        stream = _Stream(file, export, format_name, several=len(names) > 1)
        yield stream
        if not stream.written:
            raise _NothingWrittenError


class _NothingWrittenError(Exception):
    """Every input failed: what lay there before stays."""


class _Stream:
    def __init__(
        self, file: BinaryIO, export: Callable[[Document], bytes], format_name: str, *, several: bool
    ) -> None:
        self._file, self._export, self._format, self._several = file, export, format_name, several
        self.written = 0

    def write(self, name: str, document: Document) -> None:
        data = self._export(document)
        if self._several and self._format == "json":
            data = f"{document.to_json()}\n".encode()
        elif self._several:
            gap = "\n" if self.written else ""
            data = os.fsencode(f"{gap}==> {name} <==\n") + data
        with _translated(Path(getattr(self._file, "name", "output"))):
            _write_all(self._file, data)
        self.written += 1


def _write_all(file: BinaryIO, data: bytes) -> None:
    """Under PYTHONUNBUFFERED, usual in containers, a write to a pipe may take a part and say so."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
    file.flush()


class _Folder:
    """`scans/a.png` → `OUT/a.txt`."""

    def __init__(
        self, folder: Path, names: Sequence[str], format_name: str, export: Callable[[Document], bytes]
    ) -> None:
        self._export = export
        from ocrkit.registry import exporter_suffix

        suffix = exporter_suffix(format_name)
        self._paths: dict[str, Path] = {}
        taken: dict[Path, str] = {}
        for name in names:
            path = folder / f"{'stdin' if name == STDIN else Path(name).stem}{suffix}"
            if taken.setdefault(path, name) != name:
                raise ConfigError(f"'{taken[path]}' and '{name}' would both be written to {path}")
            check_not_an_input(path, names)
            self._paths[name] = path
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ExportError(f"{folder}: the folder cannot be made: {error.strerror}") from error

    def write(self, name: str, document: Document) -> None:
        with replaced(self._paths[name]) as file:
            file.write(self._export(document))


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """A file that appears, whole, when the block ends well; until then the old one stays.

    Pipes and devices (`/dev/stdout`) are written directly: there is nothing to replace.
    """
    with _translated(path):
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        target = path.resolve()  # a link stays a link
        draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
        try:
            with draft.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, draft)
            draft.replace(target)
        except _NothingWrittenError:
            pass
        finally:
            draft.unlink(missing_ok=True)


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ExportError(f"{path}: cannot be written: {error.strerror or error}") from error


def check_not_an_input(path: Path, names: Sequence[str]) -> None:
    for name in names:
        with contextlib.suppress(OSError):
            if name != STDIN and path.samefile(name):
                raise ConfigError(f"the result would be written over the input {name}")
