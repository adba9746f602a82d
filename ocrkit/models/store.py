"""The folder of fetched models. Its layout is that of a mirror: `ppocr/…onnx`, `tesseract/…traineddata`."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import filelock

from ocrkit.errors import DownloadError
from ocrkit.models.catalog import Model, ModelFile
from ocrkit.models.folders import default_folder

State: TypeAlias = Literal["fetched", "incomplete", "absent"]

_PIECE = 1 << 20


@dataclass(frozen=True)
class Store:
    """The folder of models of a user."""

    folder: Path

    @classmethod
    def of(cls, folder: Path | None) -> Store:
        """The store in a folder; None: that of this user."""
        return cls(folder.expanduser() if folder else default_folder())

    def path(self, file: ModelFile) -> Path:
        """Where a file lies once it is fetched."""
        return self.folder / file.path

    @property
    def pack_folders(self) -> tuple[Path, Path]:
        """The folders with language packs of Tesseract, the more accurate ones first."""
        return self.folder / "tesseract-best", self.folder / "tesseract"

    def has(self, file: ModelFile) -> bool:
        """Whether a file is there, with its size if that is known. Its content was checked when it came."""
        try:
            size = self.path(file).stat().st_size
        except OSError:
            return False
        return file.size is None or size == file.size

    def state(self, model: Model) -> State:
        """Whether all files of a model are there."""
        there = [self.has(file) for file in model.files]
        return "fetched" if all(there) else "incomplete" if any(there) else "absent"

    def damaged(self, model: Model) -> list[Path]:
        """The files of a model whose content is not that of the catalog."""
        paths = [(self.path(file), file.sha256) for file in model.files]
        return [path for path, sha256 in paths if path.is_file() and file_hash(path) != sha256]

    def remove(self, model: Model) -> int:
        """Delete the files of a model, whole and partial, and return how many bytes they had."""
        freed = 0
        for file in model.files:
            with self.lock(file):
                for path in (self.path(file), self.partial(file)):
                    with contextlib.suppress(FileNotFoundError):
                        size = path.stat().st_size
                        path.unlink()
                        freed += size
        return freed

    def partial(self, file: ModelFile) -> Path:
        """The beginning of a file, from a download that was interrupted."""
        return self.folder / ".partial" / file.sha256

    @contextlib.contextmanager
    def lock(self, file: ModelFile) -> Iterator[None]:
        """Hold a file against other processes, which wait."""
        path = self.partial(file).with_suffix(".lock")
        with self.errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(path)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def install(self, file: ModelFile) -> None:
        """Move a file that was downloaded and checked to its place, at once and for good."""
        target, partial = self.path(file), self.partial(file)
        with self.errors():
            target.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("rb+") as complete:
                os.fsync(complete.fileno())
            partial.replace(target)

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turn an `OSError` of the folder into a `DownloadError`."""
        try:
            yield
        except OSError as error:
            raise DownloadError(
                f"the folder of models {self.folder} cannot be used: {error.strerror or error}; set `models` "
                "or OCRKIT_MODELS to another folder"
            ) from error


def file_hash(path: Path) -> str:
    """The SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def has_content(path: Path, sha256: str) -> bool:
    """Whether a file exists and has a hash. It is read again only after a change."""
    try:
        facts = path.stat()
    except OSError:
        return False
    return _hash_of_version(path, facts.st_size, facts.st_mtime_ns) == sha256


@functools.lru_cache(maxsize=64)
def _hash_of_version(path: Path, size: int, changed: int) -> str:  # noqa: ARG001 - they identify the version
    return file_hash(path)
