"""The tasks of a worker process: it opens files and reads pages with its own pipeline."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from dataclasses import dataclass

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.page import Page
from ocrkit.pipeline.config import PipelineConfig
from ocrkit.result import PageResult
from ocrkit.sources import Source, open_source
from ocrkit.workers import system_limits

_MAX_OPEN_FILES = 4


@dataclass(frozen=True)
class CountTask:
    """Count the pages of a file. `name` is its path as the user wrote it."""

    path: str
    options: SourceOptions
    name: str


@dataclass(frozen=True)
class FileTask(CountTask):
    """Read a page of a file."""

    index: int


@dataclass(frozen=True)
class PageTask:
    """Read a page that was decoded by the caller."""

    page: Page
    seconds: float


@dataclass(frozen=True)
class SystemLimits:
    """The system limits for `isolate="strict"`."""

    cpu_seconds: float
    """For one page."""
    address_space: int
    """In bytes, beyond what the process has after its start."""
    file_size: int
    """Of a file that the process writes, in bytes."""


class TaskHandler:
    """Runs the tasks of one worker process, and keeps the last files open for their next pages."""

    def __init__(self, config: PipelineConfig, threads: int, limits: SystemLimits | None = None) -> None:
        self._pipeline = config.build(threads)
        self._limits = limits
        if limits is not None:
            system_limits.limit_memory(limits.address_space, "address space")
            system_limits.limit_files(limits.file_size)
        self._sources: OrderedDict[object, Source] = OrderedDict()

    def __call__(self, task: CountTask | PageTask) -> int | PageResult:
        if self._limits is not None:
            system_limits.limit_cpu(self._limits.cpu_seconds)
        if isinstance(task, PageTask):
            return self._pipeline.read(task.page, task.seconds)
        try:
            source = self._source(task)
            if not isinstance(task, FileTask):
                return source.page_count
            started = time.perf_counter()
            page = source.page(task.index)
            seconds = time.perf_counter() - started
            return self._pipeline.read(page, seconds)  # which may render the page
        except SourceError as error:
            if error.path == task.path:
                error.path = task.name
            raise

    def close(self) -> None:
        """Close the backend, so that it can end programs that it has started."""
        self._pipeline.close()
        self._pipeline.backend.close()

    def _source(self, task: CountTask) -> Source:
        """The open file, opened again if it has changed."""
        try:
            state = os.stat(task.path)  # noqa: PTH116 – the fields, whatever kind of file it is
        except OSError as error:
            raise SourceError(f"this file can no longer be read: {error.strerror}", path=task.path) from error
        # The time of the last change of any kind as well: a copy may keep the size and the other time.
        times = (state.st_mtime_ns, state.st_ctime_ns)
        key = (task.path, task.options, state.st_dev, state.st_ino, state.st_size, *times)
        if key not in self._sources:
            self._sources[key] = open_source(task.path, task.options)
            while len(self._sources) > _MAX_OPEN_FILES:
                _, oldest = self._sources.popitem(last=False)
                oldest.close()
        self._sources.move_to_end(key)
        return self._sources[key]
