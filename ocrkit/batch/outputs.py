"""The output files of a batch, which are written atomically."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ocrkit import formats
from ocrkit.batch.journal import FOLDER
from ocrkit.document import Document
from ocrkit.errors import ExportError
from ocrkit.exporters.base import Export
from ocrkit.failures import Failure
from ocrkit.files import export_errors
from ocrkit.result import PageResult

FAILURES = "failures.jsonl"
"""The list of failures, in the folder of the outputs."""


class Outputs:
    """Writes documents below a folder: `2024/letter.png` becomes `OUT/2024/letter.png.txt`.

    An output keeps the suffix of its input, so that two inputs never have the same output, and its name does
    not depend on other inputs.
    """

    def __init__(self, folder: Path, format_names: Iterable[str]) -> None:
        self.folder = folder
        self._exports: Mapping[str, Export] = {name: formats.exporter(name) for name in format_names}
        self._suffixes = {name: formats.suffix_of(name) for name in self._exports}
        self._drafts = folder / FOLDER / "drafts"

    @property
    def formats(self) -> tuple[str, ...]:
        return tuple(self._exports)

    def remove_drafts(self) -> None:
        """Remove incomplete files of a run that was killed."""
        shutil.rmtree(self._drafts, ignore_errors=True)

    def path(self, name: str, format_name: str) -> Path:
        return self.folder / f"{name}{self._suffixes[format_name]}"

    def missing(self, name: str, written: Iterable[str]) -> list[str]:
        """The formats still to be written. A removed file is missing, an edited one is not."""
        known = set(written)
        return [each for each in self._exports if each not in known or not self.path(name, each).exists()]

    def write(self, name: str, format_name: str, head: Document, pages: Iterable[PageResult]) -> None:
        """Write one output: a draft first, which is then moved to its place."""
        export = self._exports[format_name]
        self._replace(self.path(name, format_name), formats.export_pages(export, head, pages))

    def list_failures(self, failures: Sequence[Failure]) -> None:
        """Write the failures, one JSON object per line, or remove an earlier list."""
        path = self.folder / FAILURES
        lines = (json.dumps(each.as_row(), ensure_ascii=False) + "\n" for each in failures)
        if failures:
            self._replace(path, (line.encode("utf-8", "backslashreplace") for line in lines))
        else:
            with export_errors(path):
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


def ignores_case(folder: Path) -> bool:
    """Whether the disk of an existing folder, whose name has letters, does not distinguish case."""
    other = folder.with_name(folder.name.swapcase())
    try:
        return other.samefile(folder)
    except OSError:
        return False


def _move(draft: Path, path: Path) -> None:
    """Move a draft to its place; on another file system, by a copy that is then moved."""
    try:
        draft.replace(path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy = path.with_name(f".{path.name[:200]}.{os.getpid()}.draft")
        try:
            shutil.copyfile(draft, copy)
            with copy.open("rb") as file:
                os.fsync(file.fileno())
            copy.replace(path)
        finally:
            copy.unlink(missing_ok=True)
        draft.unlink()


def _sync(folder: Path) -> None:
    """Write a folder to the disk: a new file in it is not safe before."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
