"""Reads pages inside an actor, in one worker process.

A page that crashes the process fails alone. With the engine in the actor itself, Ray would restart the actor
and give it the same page again without end, and a limit on restarts would count lost nodes as well.
"""

from __future__ import annotations

import contextlib
import os
import pickle
from dataclasses import dataclass
from typing import Any

from ocrkit import cpu
from ocrkit.config.settings import Settings, SourceOptions
from ocrkit.distributed import cluster
from ocrkit.distributed.download_cache import DownloadCache
from ocrkit.distributed.quota import max_actors, settings_for_actor
from ocrkit.distributed.shared_budget import Purse, SharedLimit, asking, shared_limits, start_keeper
from ocrkit.errors import ConfigError, OcrkitError
from ocrkit.pipeline.config import PipelineConfig
from ocrkit.pipeline.worker_reader import WorkerReader
from ocrkit.result import PageResult
from ocrkit.workers.memory import share_of_memory
from ocrkit.workers.messages import pickled

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


@dataclass(frozen=True)
class ActorConfig:
    """How an actor reads pages."""

    settings: Settings
    threads: int
    backend_name: str
    limits: tuple[SharedLimit, ...] = ()


class PickledConfig:
    """An `ActorConfig`, pickled: it may hold passwords and keys, which no log may show."""

    def __init__(self, config: ActorConfig) -> None:
        self.backend_name = config.backend_name
        try:
            self._data = pickled(config)
        except TypeError as error:
            raise ConfigError(f"this cannot be sent to other machines: {error}") from error

    def load(self) -> ActorConfig:
        config: ActorConfig = pickle.loads(self._data)  # noqa: S301 – pickled by this class
        return config

    def __repr__(self) -> str:
        return "PickledConfig(…)"


class PageWorker:
    """Counts and reads the pages of documents, one at a time."""

    def __init__(self, config: PickledConfig, keeper: Any = None) -> None:
        """Set up. `keeper` is the actor that counts costs, if they are limited."""
        loaded = config.load()
        for name in _THREADS:
            os.environ[name] = str(loaded.threads)  # for the process that this actor starts
        settings = loaded.settings
        if settings.max_worker_memory is None:
            actors_per_node = max(1, cpu.available() // loaded.threads)
            settings = settings.model_copy(update={"max_worker_memory": share_of_memory(actors_per_node)})
        settings = settings.model_copy(update={"threads": loaded.threads})
        self._purse = Purse(asking(keeper), loaded.limits) if loaded.limits else None
        if self._purse is not None:
            settings = self._purse.settings(settings)
        self._source = settings.source
        self._reader = WorkerReader(PipelineConfig.from_settings(settings), 1, loaded.backend_name)
        self._downloads = DownloadCache()

    def count(self, uri: str, options: SourceOptions | None = None) -> int | OcrkitError:
        """The number of pages of a document, or the error of opening it."""
        try:
            return self._reader.open(self._downloads.path(uri), options or self._source).page_count
        except OcrkitError as error:
            return _without_context(error, uri)

    def read(self, uri: str, page: int, options: SourceOptions | None = None) -> PageResult | OcrkitError:
        """The result of a page, counted from 1, or its error."""
        try:
            path = self._downloads.path(uri)
            with self._purse.for_page() if self._purse else contextlib.nullcontext():
                return self._reader.read_file(path, options or self._source, uri, page - 1)
        except OcrkitError as error:
            return _without_context(error, uri)

    def has_file(self, path: str) -> bool:
        """Whether there is such a file on this node."""
        return os.path.exists(path)  # noqa: PTH110 – `Path.exists` may raise


def _without_context(error: OcrkitError, uri: str) -> OcrkitError:
    """An error that can be pickled, with the URI of the document instead of the path of its local copy."""
    if getattr(error, "path", None):
        error.path = uri  # type: ignore[attr-defined]
    error.__traceback__ = error.__cause__ = error.__context__ = None
    return error


@dataclass(frozen=True)
class ActorPlan:
    """The number of actors of a run, their resources and their config."""

    config: PickledConfig
    count: int
    threads: int
    gpus: float
    keeper: Any = None
    """The actor that counts costs, if they are limited."""

    @classmethod
    def create(cls, settings: Settings, workers: int | None, gpus: float) -> ActorPlan:
        """Plan `workers` actors, or as many as fit, within the concurrency limit of a remote service.

        Raises:
            OcrkitError: the settings would fail every page, or cannot be sent to other machines.
        """
        if workers is not None and workers < 1:
            raise ConfigError(f"workers must be at least 1, not {workers}")
        if settings.allow_remote is False and cluster.has_other_machines():
            raise ConfigError(
                "allow_remote = false keeps pages on this machine, but the cluster has other machines; set "
                f"allow_remote = true, or start a cluster here with '{cluster.LOCAL}'"
            )
        threads = settings.threads or 1  # more pages in parallel are faster than more threads per page
        count = cluster.count_fitting_actors(threads, gpus) if workers is None else workers
        with contextlib.closing(PipelineConfig.from_settings(settings).build(threads).backend) as backend:
            count = min(count, max_actors(backend) or count)
            limits = shared_limits(settings, backend)
            config = ActorConfig(settings_for_actor(settings, backend, count), threads, backend.name, limits)
        return cls(PickledConfig(config), count, threads, gpus, start_keeper(limits))
