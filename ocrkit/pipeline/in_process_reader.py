"""Pages read by threads of this process, which share one pipeline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ocrkit import cpu
from ocrkit.backends.base import OcrBackend
from ocrkit.config.settings import Settings, SourceOptions
from ocrkit.http import Connection
from ocrkit.page import Page
from ocrkit.pipeline.page_pipeline import PagePipeline
from ocrkit.pipeline.page_reader import OpenDocument
from ocrkit.result import PageResult
from ocrkit.sources import SourceLike, open_source

_REMOTE_CALLS = 4
"""Concurrent calls to a remote service that states no limit: a thread there mostly waits for the network."""


class InProcessReader:
    """Reads pages in this process. The pipeline belongs to the caller."""

    def __init__(self, pipeline: PagePipeline, workers: int) -> None:
        self._pipeline = pipeline
        self.workers = workers

    def open(self, source: SourceLike, options: SourceOptions) -> OpenDocument:
        return open_here(source, options, self._pipeline.read)

    def stop(self) -> None:
        """Wake the threads that wait for a server or a worker process. An engine here is not interrupted."""
        backend = self._pipeline.backend
        if _waits_for_server(backend) or backend.capabilities.isolated:
            backend.close()


def open_here(
    source: SourceLike, options: SourceOptions, read: Callable[[Page, float], PageResult]
) -> OpenDocument:
    """A document whose pages are decoded in this process, one at a time.

    Args:
        source: the document.
        options: how it is opened.
        read: reads a decoded page, given the seconds that decoding took.
    """
    opened = open_source(source, options)
    lock = threading.Lock()

    def read_page(index: int) -> PageResult:
        with lock:
            started = time.perf_counter()
            page = opened.page(index)
            seconds = time.perf_counter() - started
        return read(page, seconds)

    def close() -> None:
        with lock:
            opened.close()

    return OpenDocument(opened.page_count, read_page, close)


def thread_count(backend: OcrBackend, settings: Settings) -> int:
    """How many threads read with one backend; for a remote service, how many calls at once."""
    capabilities = backend.capabilities
    if capabilities.sharing != "shared":
        return 1
    if settings.workers:
        return settings.workers
    if not _waits_for_server(backend):
        return settings.threads or cpu.available()
    limit = getattr(getattr(backend, "options", None), "max_concurrency", None)
    return limit if isinstance(limit, int) and limit > 0 else _REMOTE_CALLS


def _waits_for_server(backend: OcrBackend) -> bool:
    """Whether a call mostly waits: for a remote service, or for a server on this machine."""
    return bool(backend.capabilities.remote) or isinstance(getattr(backend, "options", None), Connection)
