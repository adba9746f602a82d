"""The pages of a `Batch`, read by the actors of a cluster instead of by processes of this machine."""

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
from ocrkit.distributed.page_worker import PageWorker, Team
from ocrkit.errors import BackendCrashError, BackendUnavailableError, ConfigError, OcrkitError, SourceError
from ocrkit.pipeline.page_reader import OpenDocument
from ocrkit.result import PageResult
from ocrkit.sources import SourceLike

_CALLS_AHEAD = 2
"""Calls that are with an actor or on their way to it: so it never waits for the next page."""

_LOSSES = 5
"""Nodes die and pages go to others; one that loses so many actors is to blame itself."""

_TICK_SECONDS = 0.5


class ClusterReader:
    """Opens documents and reads their pages on a cluster that is connected, for `Batch(…, reader=…)`.

    The batch keeps its journal and writes its outputs here. The documents have to lie where all nodes see
    them under the same name.
    """

    def __init__(self, settings: Settings, *, workers: int | None = None, gpus: float = 0) -> None:
        """Start the actors. Each takes part as soon as it is there.

        Args:
            settings: how pages are read.
            workers: how many actors, each reading a page at a time with `threads` CPUs; as many as the
                cluster has room for now if not given.
            gpus: the share of a GPU for each.
        """
        team = Team.of(settings, workers, gpus)
        # Restarted for ever, but no call is repeated there: another actor is free before it is back.
        actor = ray.remote(PageWorker).options(num_cpus=team.threads, num_gpus=team.gpus, max_restarts=-1)
        self._backend = team.sealed.backend_name
        self._actors = [actor.remote(team.sealed) for _ in range(team.size)]
        self._free: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._gone: dict[Any, Exception] = {}
        self._is_stopped = False
        self.workers = _CALLS_AHEAD * team.size
        for each in self._actors:
            self._welcome(each, _CALLS_AHEAD)

    def open(self, source: SourceLike, options: SourceOptions) -> OpenDocument:
        """Raises `SourceError` when it cannot be opened."""
        path = os.path.abspath(os.fsdecode(source))  # type: ignore[arg-type]  # noqa: PTH100 – a batch has paths
        try:
            count: int = self._ask(lambda actor: actor.count.remote(path, options))
        except SourceError:
            if os.path.exists(path) and not self._ask(lambda actor: actor.sees.remote(path)):  # noqa: PTH110
                raise ConfigError(
                    f"{path} is here, and a node of the cluster does not see it; put the documents on a file "
                    "system that all nodes share, or into a store and read them with `ocrkit.distributed`"
                ) from None
            raise
        # The actors close a file when they have opened others.
        return OpenDocument(count, functools.partial(self.read, path, options), lambda: None)

    def read(self, path: str, options: SourceOptions, index: int) -> PageResult:
        """A page, counted from 0."""
        result: PageResult = self._ask(lambda actor: actor.read.remote(path, index + 1, options))
        return result

    def stop(self) -> None:
        """Give up the pages that are being read."""
        self._is_stopped = True
        for each in self._actors:
            ray.kill(each)

    def close(self) -> None:
        """Let the actors go."""
        self.stop()

    def _ask(self, call: Callable[[Any], Any]) -> Any:
        for _ in range(_LOSSES):
            actor = self._taken()
            try:
                answer = ray.get(call(actor))
            except RayError as error:
                self._welcome(actor, 1)
                lost = error
                continue
            self._free.put(actor)
            if isinstance(answer, OcrkitError):
                raise answer
            return answer
        raise BackendCrashError(f"{_LOSSES} actors were lost with it: {lost}", backend=self._backend)

    def _taken(self) -> Any:
        """An actor that has room for a call."""
        while not self._is_stopped:
            try:
                return self._free.get(timeout=_TICK_SECONDS)
            except queue.Empty:
                if len(self._gone) == len(self._actors):
                    why = str(next(iter(self._gone.values()))).strip().splitlines()[-1]
                    raise ConfigError(
                        f"no node of the cluster can read; the last to say why: {why}"
                    ) from None
        raise BackendUnavailableError("reading was stopped", backend=self._backend)

    def _welcome(self, actor: Any, calls: int) -> None:
        """Give calls to an actor once it is there, now or after its restart."""

        def wait() -> None:
            while not self._is_stopped:
                try:
                    ray.get(actor.__ray_ready__.remote())
                except ActorDiedError as error:  # it cannot be made, for instance without ocrkit on its node
                    self._gone[actor] = error
                    return
                except RayError:
                    time.sleep(_TICK_SECONDS)
                    continue
                for _ in range(calls):
                    self._free.put(actor)
                return

        threading.Thread(target=wait, name="ocrkit-welcome", daemon=True).start()
