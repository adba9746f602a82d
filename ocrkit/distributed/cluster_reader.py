"""A reader for `Batch` whose pages are read by the actors of a cluster."""

from __future__ import annotations

import functools
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import ray
from ray.exceptions import ActorDiedError, RayError

from ocrkit.config.settings import Settings, SourceOptions
from ocrkit.distributed.page_worker import ActorPlan, PageWorker
from ocrkit.errors import BackendCrashError, BackendUnavailableError, ConfigError, OcrkitError, SourceError
from ocrkit.pipeline.page_reader import OpenDocument
from ocrkit.result import PageResult
from ocrkit.sources import SourceLike

_CALLS_PER_ACTOR = 2
"""Calls that an actor runs or has queued, so that it never waits for the next page."""

_MAX_ATTEMPTS = 5
"""A page whose actor is lost, for instance with its node, is read by another actor this many times."""

_TICK_SECONDS = 0.5


class ClusterReader:
    """Reads pages on a connected cluster, for `Batch(…, reader=…)`.

    The batch writes its journal and its outputs on this machine. All nodes must have access to the documents
    under the same path.
    """

    def __init__(self, settings: Settings, *, workers: int | None = None, gpus: float = 0) -> None:
        """Start the actors. Each one gets calls as soon as it is ready.

        Args:
            settings: how pages are read.
            workers: the number of actors; each reads one page at a time with `threads` CPUs. None: as many as
                fit into the cluster now.
            gpus: the share of a GPU for each actor.
        """
        plan = ActorPlan.create(settings, workers, gpus)
        # Ray restarts an actor any number of times, but repeats no call: another actor is free earlier.
        actor = ray.remote(PageWorker).options(num_cpus=plan.threads, num_gpus=plan.gpus, max_restarts=-1)
        self._backend = plan.config.backend_name
        self._keeper = plan.keeper  # the actor ends with the last reference to it
        self._actors = [actor.remote(plan.config, plan.keeper) for _ in range(plan.count)]
        self._free: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._failed: dict[Any, Exception] = {}
        self._is_stopped = False
        self.workers = _CALLS_PER_ACTOR * plan.count
        for each in self._actors:
            self._add_when_ready(each, _CALLS_PER_ACTOR)

    def open(self, source: SourceLike, options: SourceOptions) -> OpenDocument:
        """Raises `SourceError` for a document that cannot be opened."""
        path = os.path.abspath(os.fsdecode(source))  # type: ignore[arg-type]  # noqa: PTH100 – a batch has paths
        try:
            count: int = self._call(lambda actor: actor.count.remote(path, options))
        except SourceError:
            if os.path.exists(path) and not self._call(lambda actor: actor.has_file.remote(path)):  # noqa: PTH110
                raise ConfigError(
                    f"{path} exists on this machine but not on a node of the cluster; put the documents on a "
                    "file system that all nodes share, or read them from a store with `ocrkit.distributed`"
                ) from None
            raise
        # The actors close a file when they have opened others.
        return OpenDocument(count, functools.partial(self.read, path, options), lambda: None)

    def read(self, path: str, options: SourceOptions, index: int) -> PageResult:
        """Read a page, counted from 0."""
        result: PageResult = self._call(lambda actor: actor.read.remote(path, index + 1, options))
        return result

    def stop(self) -> None:
        """Abort the pages in progress."""
        self._is_stopped = True
        for each in self._actors:
            ray.kill(each)

    def close(self) -> None:
        """End the actors."""
        self.stop()

    def _call(self, call: Callable[[Any], Any]) -> Any:
        for _ in range(_MAX_ATTEMPTS):
            actor = self._next_actor()
            try:
                answer = ray.get(call(actor))
            except RayError as error:
                self._add_when_ready(actor, 1)
                lost = error
                continue
            self._free.put(actor)
            if isinstance(answer, OcrkitError):
                raise answer
            return answer
        raise BackendCrashError(
            f"{_MAX_ATTEMPTS} Ray actors were lost while they read this page: {lost}; look in the Ray "
            "dashboard for nodes that run out of memory, and read the page again with fewer workers",
            backend=self._backend,
        )

    def _next_actor(self) -> Any:
        """Wait for an actor that is free for a call."""
        while not self._is_stopped:
            try:
                return self._free.get(timeout=_TICK_SECONDS)
            except queue.Empty:
                if len(self._failed) == len(self._actors):
                    reason = str(next(iter(self._failed.values()))).strip().splitlines()[-1]
                    raise ConfigError(
                        f"the Ray cluster could not start an actor: {reason}; install the same version of "
                        "ocrkit with the same extras on every node, and see the logs of the node in the Ray "
                        "dashboard"
                    ) from None
        raise BackendUnavailableError("reading was stopped", backend=self._backend)

    def _add_when_ready(self, actor: Any, calls: int) -> None:
        """Give calls to an actor when it has started or restarted."""

        def wait() -> None:
            while not self._is_stopped:
                try:
                    ray.get(actor.__ray_ready__.remote())
                except (
                    ActorDiedError
                ) as error:  # it cannot be created, for instance without ocrkit on its node
                    self._failed[actor] = error
                    return
                except RayError:
                    time.sleep(_TICK_SECONDS)
                    continue
                for _ in range(calls):
                    self._free.put(actor)
                return

        threading.Thread(target=wait, name="ocrkit-actor-start", daemon=True).start()
