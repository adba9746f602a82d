"""Several processes that answer as one: started when needed, replaced when worn out or lost."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from typing import Any, NamedTuple

from ocrkit.workers.messages import Reply, Setup, packed
from ocrkit.workers.process import Limits, Worker, WorkerLostError

ATTEMPTS = 2
"""A call is tried once more, in a fresh process, when its process was lost."""


_inherited: list[object] = []


class Answer(NamedTuple):
    """What was answered, and how often it had to be asked."""

    value: Any
    attempts: int


class WorkerPool:
    """Up to `size` processes. Any number of threads may call; so many are served at once."""

    def __init__(self, setup: Setup, size: int, limits: Limits) -> None:
        """Starts nothing yet. Raises `TypeError` for a setup that cannot be sent to another process."""
        self._setup = packed(setup)
        self._limits = limits
        self._size = size
        self._stopped = False
        self._begin()

    def _begin(self) -> None:
        """Without any process yet."""
        self._owner = os.getpid()
        self._slots = threading.BoundedSemaphore(self._size)
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
        # A crew that was dropped without `close` must not leave its processes behind.
        self._release = weakref.finalize(self, _kill_all, self._all)

    def call(self, task: Any) -> Answer:
        """Have a task answered.

        Raises what answering it raised, or `WorkerLostError` when it cost two processes in a row.
        """
        data = packed((task,))
        if self._owner != os.getpid():  # this process was forked: the workers there answer its parent
            # Never let go of: their pipes are locked by threads that did not come along.
            _inherited.append((self._idle, self._all))
            self._begin()
        with self._slots:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    reply = self._ask(data, fresh=attempt > 1)
                except WorkerLostError as loss:
                    if loss.kind == "stopped" or attempt == ATTEMPTS:
                        raise
                    continue
                if reply.error is not None:
                    raise reply.error
                return Answer(reply.value, attempt)
        raise AssertionError("unreachable")  # pragma: no cover

    def stop(self) -> None:
        """End all processes now. Calls in progress and later ones raise `WorkerLostError`."""
        with self._lock:
            self._stopped = True
            for worker in self._all:
                worker.stop()

    @property
    def is_stopped(self) -> bool:
        return self._stopped

    def close(self) -> None:
        """End the processes that have nothing to do. The crew may be used again."""
        if self._owner != os.getpid():
            return
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            self._close(worker)

    def _ask(self, data: bytes, *, fresh: bool) -> Reply:
        worker = self._take(fresh=fresh)
        try:
            reply = worker.call(data)
        except BaseException:  # lost, or somebody pressed Ctrl-C while it was busy
            self._forget(worker)
            raise
        if worker.worn_out:
            self._close(worker)
        else:
            with self._lock:
                self._idle.append(worker)
        return reply

    def _take(self, *, fresh: bool) -> Worker:
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        if worker is not None and not fresh:
            return worker
        if worker is not None:
            self._close(worker)  # an idle one makes room: the number of processes stays
        return self._started()

    def _started(self) -> Worker:
        with self._lock:
            if self._stopped:
                raise WorkerLostError("stopped", "reading was stopped")
            try:
                worker = Worker(self._setup, self._limits)
            except OSError as error:
                raise WorkerLostError("not started", str(error)) from error
            self._all.add(worker)
        try:
            worker.wait_until_ready()
        except BaseException:
            self._forget(worker)
            raise
        return worker

    def _close(self, worker: Worker) -> None:
        worker.close()
        with self._lock:
            self._all.discard(worker)

    def _forget(self, worker: Worker) -> None:
        worker.kill()
        with self._lock:
            self._all.discard(worker)


def _kill_all(workers: set[Worker]) -> None:
    for worker in workers:
        with contextlib.suppress(Exception):
            worker.kill()
