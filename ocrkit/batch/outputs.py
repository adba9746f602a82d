"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from ocrkit import formats
from ocrkit.batch.journal import FOLDER
from ocrkit.batch.report import Failure
from ocrkit.document import Document
from ocrkit.errors import ExportError
from ocrkit.exporters.base import Export
from ocrkit.result import PageResult

FAILURES = "failures.jsonl"
"""The list of what failed, beside the outputs."""


class Outputs:
    """Writes documents below a folder: `2024/letter.png` becomes `OUT/2024/letter.png.txt`.

    The input's own suffix stays, so no two inputs meet in one file, and what a file is called does not depend
    on what else is there.
    """

    def __init__(self, folder: Path, format_names: Iterable[str]) -> None:
        self.folder = folder
        self._exports: Mapping[str, Export] = {name: formats.exporter(name) for name in format_names}
        self._suffixes = {name: formats.suffix_of(name) for name in self._exports}
        self._drafts = folder / FOLDER / "drafts"

    @property
    def formats(self) -> tuple[str, ...]:
        return tuple(self._exports)

    def sweep(self) -> None:
        """Remove what a run that was killed has left half-written."""
        shutil.rmtree(self._drafts, ignore_errors=True)

    def path(self, name: str, format_name: str) -> Path:
        return self.folder / f"{name}{self._suffixes[format_name]}"

    def missing(self, name: str, written: Iterable[str]) -> list[str]:
        """The formats still to be written. A file that was removed is missing, a changed one is not."""
        known = set(written)
        return [each for each in self._exports if each not in known or not self.path(name, each).exists()]

    def write(self, name: str, format_name: str, head: Document, pages: Iterable[PageResult]) -> None:
        """Write one output: to a draft, to the disk, and only then to its place."""
        export = self._exports[format_name]
        self._replace(self.path(name, format_name), formats.export_pages(export, head, pages))

    def list_failures(self, failures: Sequence[Failure]) -> None:
        """Write down what failed, one JSON object a line; nothing is left of an earlier list."""
        path = self.folder / FAILURES
        lines = (json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in failures)
        if failures:
            self._replace(path, (line.encode("utf-8", "backslashreplace") for line in lines))
        else:
            path.unlink(missing_ok=True)

    def _replace(self, path: Path, chunks: Iterable[bytes]) -> None:
        draft = self._drafts / f"{os.getpid()}{path.suffix}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._drafts.mkdir(parents=True, exist_ok=True)
            try:
                with draft.open("wb") as file:
                    for data in chunks:
                        file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                _move(draft, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    draft.unlink(missing_ok=True)
                raise
            _sync(path.parent)
        except OSError as error:
            raise ExportError(f"{path} cannot be written: {error.strerror or error}") from error


def _move(draft: Path, path: Path) -> None:
    """Put a draft in its place; where that is on another disk, by way of a second draft beside it."""
    try:
        draft.replace(path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = path.with_name(f".{path.name[:200]}.{os.getpid()}.draft")
        try:
            shutil.copyfile(draft, beside)
            with beside.open("rb") as file:
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        draft.unlink()


def _sync(folder: Path) -> None:
    """A new name is only safe when its folder is on the disk as well."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
