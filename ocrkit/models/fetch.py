"""Fetch models into the store: from their publisher, a mirror, or a folder of this machine."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ocrkit.errors import DownloadError
from ocrkit.models.catalog import Model, ModelFile
from ocrkit.models.store import Store, file_hash

if TYPE_CHECKING:
    from ocrkit.http.download import Patience

Progress: TypeAlias = Callable[[ModelFile, int, int | None], None]
"""Called with the file, the bytes that are there and, if it is known, the size of the file."""

_RESERVE = 16 << 20
"""Disk space, in bytes, that a download must leave free."""


@dataclass(frozen=True)
class Fetcher:
    """Fetches models. Several processes may fetch into one store: each file is downloaded once."""

    store: Store
    mirror: str | None = None
    """The address of a folder with the layout of the store, instead of the addresses of the catalog."""
    folder: Path | None = None
    """A folder of this machine to copy from, instead of downloading."""
    patience: Patience | None = None
    progress: Progress | None = field(default=None, compare=False)

    def fetch(self, model: Model) -> list[Path]:
        """The paths of the files of a model; those that are missing are fetched.

        Raises:
            DownloadError: a file cannot be fetched, has another content than the catalog says, or does not
                fit on the disk. Nothing incomplete is ever installed.
        """
        for file in model.files:
            if not self.store.has(file):
                self._fetch_file(model, file)
        return [self.store.path(file) for file in model.files]

    def _fetch_file(self, model: Model, file: ModelFile) -> None:
        with self.store.lock(file):
            if self.store.has(file):  # another process was faster
                return
            with self._space(file):
                if self.folder is not None:
                    self._copy(file, self.folder)
                else:
                    self._download(model, file)
            self.store.install(file)

    def _copy(self, file: ModelFile, folder: Path) -> None:
        places = [folder / file.path, folder / file.name]
        source = next((path for path in places if path.is_file()), None)
        if source is None:
            raise DownloadError(
                f"there is no {file.path} or {file.name} in {folder}; it is the file {file.address}"
            )
        partial = self.store.partial(file)
        with self.store.errors():
            shutil.copyfile(source, partial)
        if file_hash(partial) != file.sha256:
            partial.unlink()
            raise DownloadError(_wrong_content(str(source), file))

    def _download(self, model: Model, file: ModelFile) -> None:
        from ocrkit.http.download import download

        address = f"{self.mirror.rstrip('/')}/{file.path}" if self.mirror else file.address
        if address is None:
            packages = ", ".join(f"'{each.module}'" for each in file.packages)
            raise DownloadError(
                f"the model {model.name} is not offered for download; install the package {packages}"
            )
        partial = self.store.partial(file)
        # What an earlier download left may be wrong: a file that was continued gets a second attempt.
        for is_resumed in (True, False) if partial.exists() else (False,):
            report = None if self.progress is None else self._report(file)
            download(address, partial, size=file.size, patience=self.patience, progress=report)
            if file_hash(partial) == file.sha256:
                return
            partial.unlink()
            if not is_resumed:
                raise DownloadError(_wrong_content(address, file))

    def _report(self, file: ModelFile) -> Callable[[int, int | None], None]:
        progress = self.progress
        assert progress is not None  # noqa: S101 - checked by the caller
        return lambda there, total: progress(file, there, total)

    @contextmanager
    def _space(self, file: ModelFile) -> Iterator[None]:
        """Refuse a file that does not fit on the disk, before it comes and while it comes."""
        partial = self.store.partial(file)
        if file.size is not None:
            there = partial.stat().st_size if partial.exists() else 0
            free = shutil.disk_usage(partial.parent).free
            if free < file.size - there + _RESERVE:
                raise DownloadError(self._full(file, free))
        try:
            yield
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            partial.unlink(missing_ok=True)
            raise DownloadError(self._full(file, 0)) from error

    def _full(self, file: ModelFile, free: int) -> str:
        need = f"{file.size:,} bytes" if file.size else "more bytes than are free"
        return (
            f"{file.name} does not fit into {self.store.folder}: it needs {need}, and {free:,} are free; "
            "free some space, or set `models` or OCRKIT_MODELS to another folder"
        )


def _wrong_content(where: str, file: ModelFile) -> str:
    return (
        f"{where} has another content than the catalog of this version of ocrkit says (SHA-256 "
        f"{file.sha256}); nothing was installed; try again later, or use a mirror or a folder with the file"
    )
