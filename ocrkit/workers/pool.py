"""A pool of worker processes, which are started when needed and replaced when they are lost or too large."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from typing import Any, NamedTuple

from ocrkit.workers.messages import Reply, Setup, pickled
from ocrkit.workers.process import Launch, Limits, Worker, WorkerLostError

ATTEMPTS = 2
"""A call whose process was lost is repeated in a new process."""

_workers_of_parents: list[object] = []


class Answer(NamedTuple):
    """The value of a call, and the number of attempts it took."""

    value: Any
    attempts: int


class WorkerPool:
    """Up to `size` worker processes. Any number of threads may call; `size` of them are served at once."""

    def __init__(self, setup: Setup, size: int, limits: Limits, launch: Launch | None = None) -> None:
        """Start no process yet. Raises `TypeError` for a setup that cannot be pickled."""
        self._launch = launch
        self._setup = pickled(setup)
        self._limits = limits
        self._size = size
        self._stopped = False
        self._reset()

    def _reset(self) -> None:
        """Begin without processes."""
        self._owner = os.getpid()
        self._slots = threading.BoundedSemaphore(self._size)
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
        # A pool that is collected without `close` must not leave its processes running.
        self._finalizer = weakref.finalize(self, _kill_all, self._all)

    def call(self, task: Any) -> Answer:
        """Send a task to a process and wait for the answer.

        Raises the exception that the task raised, or `WorkerLostError` when two processes in a row were lost.
        """
        data = pickled((task,))
        if self._owner != os.getpid():  # in a forked process: the workers belong to its parent
            # Kept forever: threads that do not exist here hold the locks of their pipes.
            _workers_of_parents.append((self._idle, self._all))
            self._reset()
        with self._slots:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    reply = self._call_worker(data, fresh=attempt > 1)
                except WorkerLostError as loss:
                    if loss.kind == "stopped" or attempt == ATTEMPTS:
                        raise
                    continue
                if reply.error is not None:
                    raise reply.error
                return Answer(reply.value, attempt)
        raise AssertionError("unreachable")  # pragma: no cover

    def stop(self) -> None:
        """End all processes now. Calls in progress and later calls raise `WorkerLostError`."""
        with self._lock:
            self._stopped = True
            for worker in self._all:
                worker.stop()

    @property
    def is_stopped(self) -> bool:
        return self._stopped

    def close(self) -> None:
        """End the idle processes. The pool may be used again."""
        if self._owner != os.getpid():
            return
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            self._close(worker)

    def _call_worker(self, data: bytes, *, fresh: bool) -> Reply:
        worker = self._take(fresh=fresh)
        try:
            reply = worker.call(data)
        except BaseException:  # the process was lost, or Ctrl-C interrupted the call
            self._kill(worker)
            raise
        if worker.should_be_replaced:
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
            self._close(worker)  # the new process replaces an idle one
        return self._start()

    def _start(self) -> Worker:
        with self._lock:
            if self._stopped:
                raise WorkerLostError("stopped", "reading was stopped")
            try:
                worker = Worker(self._setup, self._limits, self._launch)
            except OSError as error:
                raise WorkerLostError("not started", str(error)) from error
            self._all.add(worker)
        try:
            worker.wait_until_ready()
        except BaseException:
            self._kill(worker)
            raise
        return worker

    def _close(self, worker: Worker) -> None:
        worker.close()
        with self._lock:
            self._all.discard(worker)

    def _kill(self, worker: Worker) -> None:
        worker.kill()
        with self._lock:
            self._all.discard(worker)


def _kill_all(workers: set[Worker]) -> None:
    for worker in workers:
        with contextlib.suppress(Exception):
            worker.kill()
