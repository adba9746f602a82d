"""Backends in a worker process of their own: `Capabilities.isolated`.

The engine of such a backend can end the process that it runs in, or stop all threads of it while it reads.
The program keeps an object that creates the backend in a worker process, passes pages to it, and watches it.
"""

from __future__ import annotations

import functools
import threading
from typing import Any

from ocrkit import cpu
from ocrkit.backends.base import Finding, IsolatedOptions, OcrBackend, SupportsDiagnosis, SupportsIsolation
from ocrkit.errors import (
    BackendCrashError,
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    ConfigError,
    OcrkitError,
)
from ocrkit.page import Page
from ocrkit.request import Request
from ocrkit.result import PageResult
from ocrkit.workers import system_limits
from ocrkit.workers.memory import share_of_memory
from ocrkit.workers.messages import ForeignError
from ocrkit.workers.pool import ATTEMPTS, Answer, WorkerPool
from ocrkit.workers.prepared import prepared_process
from ocrkit.workers.process import Limits, WorkerLostError

_CPU_FACTOR = 2
"""The CPU time of a call, as a multiple of the time limit on all CPUs: the parent ends it long before."""


class IsolatedBackend:
    """A backend that reads in a worker process, which is started with the first page."""

    def __init__(self, backend: OcrBackend) -> None:
        """Set up without starting a process.

        Args:
            backend: gives the class and the options. It does not read itself.
        """
        self.backend = backend
        self.name = backend.name
        self.capabilities = backend.capabilities.model_copy(update={"native": False, "killable": True})
        self.options = getattr(backend, "options", None)
        self._process: WorkerPool | None = None
        self._lock = threading.Lock()

    def recognize(self, page: Page, request: Request) -> PageResult:
        """Read a page; see `OcrBackend.recognize`."""
        result, attempts = self._call("recognize", page, request)
        if attempts > 1 and isinstance(result, PageResult):
            trace = result.trace.model_copy(update={"attempts": attempts})
            result = result.model_copy(update={"trace": trace})
        return result  # type: ignore[no-any-return]  # which the caller checks

    def diagnose(self) -> list[Finding]:
        """The findings of the backend in its worker process, or why there are none."""
        if not isinstance(self.backend, SupportsDiagnosis):
            return [Finding(ok=True, text="configured")]
        try:
            findings: list[Finding] = self._call("diagnose").value
        except OcrkitError as error:
            return [Finding(ok=False, text=error.message)]
        return findings

    def close(self) -> None:
        """End the process, also during a call, which then raises `BackendUnavailableError`."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.close()  # an idle process closes the backend and exits
            process.stop()

    def _call(self, method: str, *arguments: object) -> Answer:
        with self._lock:
            if self._process is None:
                self._process = self._start()
            process = self._process
        try:
            return process.call((method, arguments))
        except WorkerLostError as loss:
            raise self._loss_error(loss) from loss
        except OcrkitError:
            raise
        except Exception as error:
            text = str(error) if isinstance(error, ForeignError) else f"{type(error).__name__}: {error}"
            raise BackendError(f"its worker process failed with {text}", backend=self.name) from error

    def _start(self) -> WorkerPool:
        """A pool of one process, whose current folder is a new one: engines write files there."""
        prepare = self.backend.prepare_process if isinstance(self.backend, SupportsIsolation) else None
        seconds = self.options.timeout_seconds if isinstance(self.options, IsolatedOptions) else None
        setup = functools.partial(_Handler, type(self.backend), self.options, seconds)
        try:
            return prepared_process(
                self.name, setup, Limits(seconds=seconds, memory=share_of_memory(1)), prepare
            )
        except TypeError as error:
            raise ConfigError(f"the backend '{self.name}' cannot run in a worker process: {error}") from error

    def _loss_error(self, loss: WorkerLostError) -> OcrkitError:
        if loss.kind in ("not started", "stopped"):
            return BackendUnavailableError(f"its worker process: {loss}", backend=self.name)
        text = f"{loss} ({ATTEMPTS} attempts)"
        if loss.kind == "hung":
            advice = f"raise `timeout_seconds` in [backends.{self.name}] if the page needs more time"
            return BackendTimeoutError(f"{text}; {advice}", backend=self.name)
        if loss.kind == "crashed" and isinstance(self.backend, SupportsIsolation):
            explained = self.backend.explain_crash(loss.output)
            if explained is not None:
                return explained
        return BackendCrashError(f"{text}; read the page with another backend", backend=self.name)


class _Handler:
    """The backend in its worker process."""

    def __init__(self, kind: type[Any], options: object, seconds: float | None) -> None:
        self._backend = kind() if options is None else kind(options)
        self._seconds = seconds

    def __call__(self, task: tuple[str, tuple[object, ...]]) -> Any:
        if self._seconds is not None:
            # On systems without a `Lifeline`, an engine that hangs with the interpreter lock would outlive a
            # program that is killed.
            system_limits.limit_cpu(_CPU_FACTOR * self._seconds * cpu.available())
        method, arguments = task
        return getattr(self._backend, method)(*arguments)

    def close(self) -> None:
        self._backend.close()
