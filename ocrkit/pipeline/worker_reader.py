"""Pages read by worker processes: a crash, a hang or a memory leak costs one page."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

from ocrkit import cpu, registry
from ocrkit.backends.base import OcrBackend
from ocrkit.config.settings import Settings, SourceOptions
from ocrkit.errors import (
    BackendCrashError,
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    ConfigError,
    OcrkitError,
    SourceError,
)
from ocrkit.page import Page
from ocrkit.pipeline.config import PipelineConfig
from ocrkit.pipeline.in_process_reader import open_here
from ocrkit.pipeline.page_reader import OpenDocument
from ocrkit.pipeline.worker_tasks import CountTask, FileTask, PageTask, SystemLimits, TaskHandler
from ocrkit.request import Capabilities
from ocrkit.result import PageResult
from ocrkit.sources import SourceLike
from ocrkit.strategies.base import StrategyBackend
from ocrkit.workers.memory import share_of_memory
from ocrkit.workers.messages import ForeignError
from ocrkit.workers.pool import ATTEMPTS, WorkerPool
from ocrkit.workers.process import Limits, WorkerLostError

_MAPPED = 2 << 30  # bytes of address space beyond the memory limit
_MAX_FILE = 1 << 30


class WorkerReader:
    """Reads pages in worker processes, each with its own pipeline. Files are opened and decoded there too."""

    def __init__(self, config: PipelineConfig, workers: int, backend_name: str) -> None:
        """Set up without starting a process. Raises `ConfigError` for a config that cannot be pickled."""
        settings = config.settings
        self.workers = workers
        self._backend = backend_name
        threads = settings.threads or max(1, cpu.available() // workers)
        limits = Limits(
            seconds=settings.page_timeout_seconds,
            memory=settings.max_worker_memory or share_of_memory(workers),
            calls=settings.max_pages_per_worker,
        )
        try:
            setup = functools.partial(TaskHandler, config, threads, _system_limits(settings, limits, threads))
            self._pool = WorkerPool(setup, workers, limits)
        except TypeError as error:
            raise ConfigError(_cannot_be_sent(error)) from error

    def open(self, source: SourceLike, options: SourceOptions) -> OpenDocument:
        if not isinstance(source, (str, os.PathLike)) or not Path(source).is_file():
            # Only this process has it, or there is no such file: opening it here gives the clearest error.
            return open_here(source, options, self._read_page)
        name = os.fsdecode(source)
        path = os.path.abspath(name)  # noqa: PTH100 – without resolving links
        count: int = self._call(CountTask(path, options, name), path=name, page=None)
        # The worker processes close a file when they have opened others.
        return OpenDocument(count, functools.partial(self.read_file, path, options, name), lambda: None)

    def stop(self) -> None:
        self._pool.stop()

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called: it then reads no more pages."""
        return self._pool.is_stopped

    def close(self) -> None:
        self._pool.close()

    def read_file(self, path: str, options: SourceOptions, name: str, index: int) -> PageResult:
        """Read a page of a file; errors refer to the file as `name`."""
        result: PageResult = self._call(FileTask(path, options, name, index), path=name, page=index + 1)
        return result

    def _read_page(self, page: Page, seconds: float) -> PageResult:
        result: PageResult = self._call(PageTask(page, seconds), path=None, page=page.number)
        return result

    def _call(self, task: CountTask | PageTask, *, path: str | None, page: int | None) -> Any:
        try:
            answer, attempts = self._pool.call(task)
        except WorkerLostError as loss:
            raise self._loss_error(loss, path, page) from loss
        except OcrkitError:
            raise
        except ImportError as error:
            raise ConfigError(_cannot_be_sent(error)) from error
        except Exception as error:
            text = str(error) if isinstance(error, ForeignError) else f"{type(error).__name__}: {error}"
            raise BackendError(
                f"the worker process failed with {text}", backend=self._backend, page=page
            ) from error
        if attempts > 1 and isinstance(answer, PageResult):
            trace = answer.trace.model_copy(update={"attempts": attempts})
            answer = answer.model_copy(update={"trace": trace})
        return answer

    def _loss_error(self, loss: WorkerLostError, path: str | None, page: int | None) -> OcrkitError:
        if loss.kind == "not started":  # not because of this page, and the next page would fail as well
            return ConfigError(
                f"no worker process can be started: {loss}; set isolate=False to read in this process"
            )
        if loss.kind == "stopped":
            return BackendUnavailableError(str(loss), backend=self._backend, page=page)
        text = f"{loss} ({ATTEMPTS} attempts)"
        if page is None:
            return SourceError(f"this file cannot be opened: {text}", path=path)
        if loss.kind == "hung":
            advice = "raise `page_timeout_seconds` if the page needs more time"
            return BackendTimeoutError(f"{text}; {advice}", backend=self._backend, page=page)
        advice = "raise `max_worker_memory` if the page needs more" if loss.kind == "too large" else (
            "read the page with another backend"
        )  # fmt: skip
        return BackendCrashError(f"{text}; {advice}", backend=self._backend, page=page)


def _system_limits(settings: Settings, limits: Limits, threads: int) -> SystemLimits | None:
    if settings.isolate != "strict" or limits.memory is None:
        return None
    # Threads of an engine use CPU time at once; and an engine maps files that it does not read.
    return SystemLimits(threads * settings.page_timeout_seconds, limits.memory + _MAPPED, _MAX_FILE)


def check_budget(backend: OcrBackend) -> None:
    """Raise `ConfigError` for a strategy whose budget would be that of each process."""
    inner = backend.backend if isinstance(backend, registry.Reader) else backend
    if not isinstance(inner, StrategyBackend):
        return
    if inner.budget.is_private:
        raise ConfigError(
            f"max_cost and max_calls of '{inner.name}' would hold for each worker process alone; set "
            f"`ledger` in [strategies.{inner.name}], or isolate=False"
        )
    for reader in inner.all_readers():
        check_budget(reader.backend)


def process_count(settings: Settings) -> int:
    """How many worker processes read at once."""
    return settings.workers or max(1, cpu.available() // (settings.threads or 1))


def prefers_processes(capabilities: Capabilities) -> bool:
    """Whether many documents are read in worker processes where the settings leave it open."""
    return not capabilities.remote and (capabilities.native or capabilities.sharing != "shared")


def _cannot_be_sent(error: Exception) -> str:
    return f"this cannot run in worker processes: {error}; or set isolate=False"
