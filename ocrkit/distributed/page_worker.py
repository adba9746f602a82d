"""What reads pages inside an actor: one process of its own, watched.

A page that crashes the process costs this page. Were the engine in the actor itself, Ray would start the
actor anew and give it the same page again, and so on without end; and a limit to that would count against the
deaths of nodes as well.
"""

from __future__ import annotations

import contextlib
import os
import pickle
from dataclasses import dataclass

from ocrkit import cpu
from ocrkit.config.settings import Settings, SourceOptions
from ocrkit.distributed import cluster
from ocrkit.distributed.download_cache import DownloadCache
from ocrkit.distributed.quota import most_stations, shared_out
from ocrkit.errors import ConfigError, OcrkitError
from ocrkit.pipeline.config import PipelineConfig
from ocrkit.pipeline.worker_reader import WorkerReader
from ocrkit.result import PageResult
from ocrkit.workers.memory import share_of_memory
from ocrkit.workers.messages import packed

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


@dataclass(frozen=True)
class _Order:
    settings: Settings
    threads: int
    backend_name: str


class Sealed:
    """The order for a station. It may hold passwords and keys: nothing that lists or logs it shows them."""

    def __init__(self, order: _Order) -> None:
        self.backend_name = order.backend_name
        try:
            self._data = packed(order)
        except TypeError as error:
            raise ConfigError(f"this cannot be sent to other machines: {error}") from error

    def open(self) -> _Order:
        order: _Order = pickle.loads(self._data)  # noqa: S301 – our own
        return order

    def __repr__(self) -> str:
        return "Sealed(…)"


class PageWorker:
    """Counts and reads the pages of documents, one at a time."""

    def __init__(self, sealed: Sealed) -> None:
        order = sealed.open()
        for name in _THREADS:
            os.environ[name] = str(order.threads)  # of this actor, for the process it starts
        settings = order.settings
        if settings.max_worker_memory is None:
            neighbours = max(1, cpu.available() // order.threads)
            settings = settings.model_copy(update={"max_worker_memory": share_of_memory(neighbours)})
        settings = settings.model_copy(update={"threads": order.threads})
        self._source = settings.source
        self._reader = WorkerReader(PipelineConfig.from_settings(settings), 1, order.backend_name)
        self._shelf = DownloadCache()

    def count(self, uri: str, options: SourceOptions | None = None) -> int | OcrkitError:
        """How many pages a document has, or why it cannot be opened."""
        try:
            return self._reader.open(self._shelf.path(uri), options or self._source).page_count
        except OcrkitError as error:
            return _called(error, uri)

    def read(self, uri: str, page: int, options: SourceOptions | None = None) -> PageResult | OcrkitError:
        """What was read on a page, counted from 1, or what went wrong."""
        try:
            return self._reader.read_file(self._shelf.path(uri), options or self._source, uri, page - 1)
        except OcrkitError as error:
            return _called(error, uri)

    def sees(self, path: str) -> bool:
        """Whether there is such a file on this node."""
        return os.path.exists(path)  # noqa: PTH110 – says no where a `Path` raises


def _called(error: OcrkitError, uri: str) -> OcrkitError:
    """An error that may travel, and speaks of the document and not of a copy of it."""
    if getattr(error, "path", None):
        error.path = uri  # type: ignore[attr-defined]
    error.__traceback__ = error.__cause__ = error.__context__ = None
    return error


@dataclass(frozen=True)
class Team:
    """The stations of a run."""

    sealed: Sealed
    size: int
    threads: int
    gpus: float

    @classmethod
    def of(cls, settings: Settings, workers: int | None, gpus: float) -> Team:
        """As many as were asked for or fit in, and no more than a remote service may be asked by at once.

        Raises:
            OcrkitError: the settings would fail every page, or cannot be sent elsewhere.
        """
        if workers is not None and workers < 1:
            raise ConfigError(f"workers is a number from 1 on, not {workers}")
        if settings.allow_remote is False and cluster.has_other_machines():
            raise ConfigError(
                "allow_remote = false lets no page leave this machine, and the cluster has others; allow it, "
                f"or start a cluster here with '{cluster.LOCAL}'"
            )
        threads = settings.threads or 1  # more pages at once beat more threads for each
        size = cluster.room_for(threads, gpus) if workers is None else workers
        with contextlib.closing(PipelineConfig.from_settings(settings).build(threads).backend) as backend:
            size = min(size, most_stations(backend) or size)
            order = _Order(shared_out(settings, backend, size), threads, backend.name)
        return cls(Sealed(order), size, threads, gpus)
