"""Where pages are read: in this process by several threads, or in processes of their own."""

from __future__ import annotations

import functools
import os
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ocrkit import cpu
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
from ocrkit.pipeline.page_pipeline import PagePipeline
from ocrkit.pipeline.pages import Pages
from ocrkit.request import Capabilities
from ocrkit.result import PageResult
from ocrkit.sources import SourceLike, open_source
from ocrkit.workers.memory import share_of_memory
from ocrkit.workers.messages import ForeignError
from ocrkit.workers.pool import WorkerPool
from ocrkit.workers.process import Limits, WorkerLostError

_KEPT_OPEN = 4
_REMOTE_CALLS = 4
"""Pages that are with a remote service at once, if nobody says otherwise: there one waits for the network."""


class OpenDocument(Protocol):
    """A document whose pages can be read, several at once and in any order."""

    @property
    def page_count(self) -> int: ...

    def read(self, index: int) -> PageResult: ...

    def close(self) -> None: ...


class PageReader(Protocol):
    """Opens documents and reads their pages. `workers` says how many threads it is worth to ask from."""

    workers: int

    def open(self, source: SourceLike, options: SourceOptions) -> OpenDocument:
        """Raises `SourceError` when it cannot be opened."""
        ...

    def stop(self) -> None:
        """Give up pages that are being read, where that is possible."""
        ...

    def close(self) -> None: ...


# ── in this process ──


class InProcessReader:
    """Threads that share one flow."""

    def __init__(self, flow: PagePipeline, workers: int) -> None:
        self._flow = flow
        self.workers = workers

    def open(self, source: SourceLike, options: SourceOptions) -> OpenDocument:
        return _OpenInside(Pages(open_source(source, options)), self._flow.read)

    def stop(self) -> None:
        """Wake those who wait for a remote service. An engine in this process is not interrupted."""
        if self._flow.backend.capabilities.remote:
            self._flow.backend.close()

    def close(self) -> None:
        """The flow belongs to somebody else."""


class _OpenInside:
    """A document whose pages are decoded here; `read` may read them elsewhere."""

    def __init__(self, pages: Pages, read: Callable[[Page, float], PageResult]) -> None:
        self._pages = pages
        self._read = read
        self.page_count = pages.count

    def read(self, index: int) -> PageResult:
        return self._read(*self._pages(index))

    def close(self) -> None:
        self._pages.close()


# ── in processes of their own ──


class WorkerReader:
    """Processes that each have their own flow; files are opened and decoded there as well."""

    def __init__(self, recipe: PipelineConfig, workers: int, backend_name: str) -> None:
        settings = recipe.settings
        self.workers = workers
        self._backend = backend_name
        threads = settings.threads or max(1, cpu.available() // workers)
        limits = Limits(
            seconds=settings.page_timeout_seconds,
            memory=settings.max_worker_memory or share_of_memory(workers),
            calls=settings.max_pages_per_worker,
        )
        try:
            self._crew = WorkerPool(functools.partial(_Station, recipe, threads), workers, limits)
        except TypeError as error:
            raise ConfigError(_cannot_be_sent(error)) from error

    def open(self, source: SourceLike, options: SourceOptions) -> OpenDocument:
        if not isinstance(source, (str, os.PathLike)) or not Path(source).is_file():
            # It is only here, or it is no file at all, which the error says best that comes without detour.
            return _OpenInside(Pages(open_source(source, options)), self._read_page)
        name = os.fsdecode(source)
        path = os.path.abspath(name)  # noqa: PTH100 – as it is, links and all
        count: int = self._ask(_Count(path, options, name), where=name, page=None)
        return _OpenApart(self, path, options, name, count)

    def stop(self) -> None:
        self._crew.stop()

    @property
    def is_stopped(self) -> bool:
        """Whether it reads no more."""
        return self._crew.is_stopped

    def close(self) -> None:
        self._crew.close()

    def read_file(self, path: str, options: SourceOptions, name: str, index: int) -> PageResult:
        result: PageResult = self._ask(_Read(path, options, name, index), where=name, page=index + 1)
        return result

    def _read_page(self, page: Page, seconds: float) -> PageResult:
        result: PageResult = self._ask(_ReadPage(page, seconds), where=None, page=page.number)
        return result

    def _ask(self, task: object, *, where: str | None, page: int | None) -> Any:
        try:
            answer, attempts = self._crew.call(task)
        except WorkerLostError as loss:
            raise self._lost(loss, where, page) from loss
        except OcrkitError:
            raise
        except ImportError as error:
            raise ConfigError(_cannot_be_sent(error)) from error
        except Exception as error:  # whatever was raised there, callers get one kind
            text = str(error) if isinstance(error, ForeignError) else f"{type(error).__name__}: {error}"
            raise BackendError(
                f"the process that reads pages failed with {text}", backend=self._backend, page=page
            ) from error
        if attempts > 1 and isinstance(answer, PageResult):
            trace = answer.trace.model_copy(update={"attempts": attempts})
            answer = answer.model_copy(update={"trace": trace})
        return answer

    def _lost(self, loss: WorkerLostError, where: str | None, page: int | None) -> OcrkitError:
        if loss.kind == "not started":  # which says nothing of the page, and will be the same with the next
            return ConfigError(f"no process can be started to read in: {loss}; or choose isolate=False")
        if loss.kind == "stopped":
            return BackendUnavailableError(str(loss), backend=self._backend, page=page)
        if page is None:
            return SourceError(f"opening this file failed twice: {loss}", path=where)
        if loss.kind == "hung":
            advice = "raise `page_timeout_seconds` if the page is really that large"
            return BackendTimeoutError(f"{loss}, twice; {advice}", backend=self._backend, page=page)
        advice = "raise `max_worker_memory` if it may take that much" if loss.kind == "too large" else (
            "try the page with another backend"
        )  # fmt: skip
        return BackendCrashError(f"{loss}, twice; {advice}", backend=self._backend, page=page)


class _OpenApart:
    def __init__(
        self, reader: WorkerReader, path: str, options: SourceOptions, name: str, count: int
    ) -> None:
        self._reader, self._path, self._options, self._name = reader, path, options, name
        self.page_count = count

    def read(self, index: int) -> PageResult:
        return self._reader.read_file(self._path, self._options, self._name, index)

    def close(self) -> None:
        """The processes keep a file open until they get the next one."""


@dataclass(frozen=True)
class _Count:
    path: str
    options: SourceOptions
    name: str


@dataclass(frozen=True)
class _Read:
    path: str
    options: SourceOptions
    name: str
    index: int


@dataclass(frozen=True)
class _ReadPage:
    page: Page
    seconds: float


class _Station:
    """What answers in such a process. It keeps the last files open: they are usually asked for next."""

    def __init__(self, recipe: PipelineConfig, threads: int) -> None:
        self._flow = recipe.flow(threads)
        self._opened: OrderedDict[object, Pages] = OrderedDict()

    def __call__(self, task: _Count | _Read | _ReadPage) -> int | PageResult:
        if isinstance(task, _ReadPage):
            return self._flow.read(task.page, task.seconds)
        try:
            pages = self._pages(task.path, task.options)
            if isinstance(task, _Count):
                return pages.count
            page, seconds = pages(task.index)
        except SourceError as error:
            if error.path == task.path:
                error.path = task.name  # as the user wrote it
            raise
        return self._flow.read(page, seconds)

    def close(self) -> None:
        """Let the backend end what it has started."""
        self._flow.close()
        self._flow.backend.close()

    def _pages(self, path: str, options: SourceOptions) -> Pages:
        try:
            state = os.stat(path)  # noqa: PTH116 – the fields, whatever kind of file it is
        except OSError as error:  # it was there when it was opened
            raise SourceError(f"this file cannot be read any more: {error.strerror}", path=path) from error
        # With the time of the last change of any kind: a copy may keep the size and the other time.
        times = (state.st_mtime_ns, state.st_ctime_ns)
        wanted = (path, options, state.st_dev, state.st_ino, state.st_size, *times)
        if wanted not in self._opened:
            self._opened[wanted] = Pages(open_source(path, options))
            while len(self._opened) > _KEPT_OPEN:
                _, pages = self._opened.popitem(last=False)
                pages.close()
        self._opened.move_to_end(wanted)
        return self._opened[wanted]


# ── which of the two ──


def workers_inside(backend: OcrBackend, settings: Settings) -> int:
    """How many threads are worth it in this process; for a remote service, how many calls at once."""
    capabilities = backend.capabilities
    if capabilities.sharing != "shared":
        return 1
    if settings.workers:
        return settings.workers
    if not capabilities.remote:
        return settings.threads or cpu.available()
    most = getattr(getattr(backend, "options", None), "max_concurrency", None)
    return most if isinstance(most, int) and most > 0 else _REMOTE_CALLS


def workers_apart(settings: Settings) -> int:
    """How many processes are worth it."""
    return settings.workers or max(1, cpu.available() // (settings.threads or 1))


def is_better_apart(capabilities: Capabilities) -> bool:
    """Whether many documents had better be read in processes of their own, if nobody says otherwise."""
    return not capabilities.remote and (capabilities.native or capabilities.sharing != "shared")


def _cannot_be_sent(error: Exception) -> str:
    return f"this cannot be read in a process of its own: {error}; or choose isolate=False"
