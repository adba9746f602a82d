"""PDF pages decoded in a separate process, with limits on CPU time and memory.

For files that may exhaust both (`ocrkit.sources.pdf_hazards`). The process is started for the first such
file, and an idle one is kept for the next. A page comes back in strips, so that neither side holds it twice.
"""

from __future__ import annotations

import atexit
import dataclasses
import os
import tempfile
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.page import Page, Pixels
from ocrkit.sources import checks
from ocrkit.sources.base import Source
from ocrkit.sources.content import Content, from_path
from ocrkit.sources.pdf import LABEL, PdfSource
from ocrkit.workers import system_limits
from ocrkit.workers.messages import ForeignError, pickled
from ocrkit.workers.process import Limits, Worker, WorkerLostError

_STRIP_BYTES = 16_000_000
_PATIENCE = 6  # wall time per CPU time, on a busy machine
_MAX_IDLE = 2


@dataclass(frozen=True)
class DecodeTask:
    """Decode a page, and keep it."""

    path: str
    options: SourceOptions
    index: int


@dataclass(frozen=True)
class RowsTask:
    """Rows of the page that was decoded last."""

    top: int
    bottom: int


class Decoder:
    """Answers the tasks in the process. The last file stays open for its next page."""

    def __init__(self) -> None:
        self._opened: tuple[tuple[str, SourceOptions], PdfSource] | None = None
        self._pixels: Pixels | None = None
        self._has_limits = False

    def __call__(self, task: DecodeTask | RowsTask) -> tuple[Page, tuple[int, ...]] | Pixels:
        if isinstance(task, RowsTask):
            assert self._pixels is not None  # noqa: S101 – the parent asks for rows only after a page
            return self._pixels[task.top : task.bottom]
        self._pixels = None
        if not self._has_limits:
            self._has_limits = True
            system_limits.limit_files(0)
            system_limits.limit_memory(memory_limit(task.options))
        system_limits.limit_cpu(task.options.page_seconds)
        page = self._source(task).page(task.index)
        self._pixels = page.pixels
        return dataclasses.replace(page, pixels=np.zeros((1, 1), np.uint8)), page.pixels.shape

    def _source(self, task: DecodeTask) -> PdfSource:
        key = task.path, task.options
        if self._opened is None or self._opened[0] != key:
            self.close()
            content = from_path(task.path, task.options.max_file_size)
            self._opened = key, PdfSource(content, task.options)
        return self._opened[1]

    def close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened[1].close()


class ContainedPdfSource(Source):
    """A PDF file whose pages are decoded by another process."""

    def __init__(self, content: Content, options: SourceOptions, reason: str) -> None:
        super().__init__(LABEL, content.name)
        self._options = options
        self._reason = reason
        with PdfSource(content, options) as opened:
            self.page_count = opened.page_count
        self._path, self._remove_copy = _path_of(self, content)
        self._worker: Worker | None = None
        self._return_worker = weakref.finalize(self, lambda: None)

    def close(self) -> None:
        super().close()
        worker, self._worker = self._worker, None
        self._return_worker.detach()
        if worker is not None:
            _give_back(worker, self._options)
        if self._remove_copy is not None:
            self._remove_copy()

    def _decode(self, index: int) -> Page:
        stub: Page
        try:
            stub, shape = self._call(DecodeTask(self._path, self._options, index))
            pixels = np.empty(shape, np.uint8)
            step = max(1, _STRIP_BYTES // max(1, pixels[0].size))
            for top in range(0, shape[0], step):
                pixels[top : top + step] = self._call(RowsTask(top, top + step))
        except WorkerLostError as loss:
            raise self._loss_error(loss, index) from loss
        except SourceError as error:
            error.path = self._name
            raise
        # Without its file: nothing else of it is opened outside of the process.
        return dataclasses.replace(
            stub, pixels=pixels, source=None, info={**stub.info, "contained": self._reason}
        )

    def _call(self, task: DecodeTask | RowsTask) -> Any:
        if self._worker is None:
            self._worker = _take(self._options)
            self._return_worker = weakref.finalize(self, self._worker.kill)
        try:
            reply = self._worker.call(pickled((task,)))
        except BaseException:
            worker, self._worker = self._worker, None
            self._return_worker.detach()
            worker.kill()
            raise
        if reply.error is not None:
            raise reply.error
        return reply.value

    def _loss_error(self, loss: WorkerLostError, index: int) -> SourceError:
        why = f"this file has {self._reason}, and decoding this page"
        if loss.kind == "hung":
            text = (
                f"{why} took more than {self._options.page_seconds:g} seconds; raise `page_seconds` in the "
                "[source] settings if you trust it"
            )
        elif loss.kind == "not started":
            text = f"no process can be started to decode this page: {loss}"
        else:
            text = (
                f"{why} failed ({loss}); it may need more memory than `max_pixels` in the [source] settings "
                "allows"
            )
        return SourceError(text, path=self._name, page=index + 1)


def memory_limit(options: SourceOptions) -> int:
    """The bytes that decoding a page may take."""
    return checks.BYTES_PER_PIXEL * max(options.max_pixels, 30_000_000)


# ── idle processes ──

_idle: list[tuple[object, Worker]] = []
_idle_lock = threading.Lock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: globals().update(_idle_lock=threading.Lock(), _idle=[]))


def _limits_key(options: SourceOptions) -> object:
    return options.page_seconds, options.max_pixels


def _take(options: SourceOptions) -> Worker:
    """An idle process with these limits, or a new one."""
    with _idle_lock:
        for item in _idle:
            if item[0] == _limits_key(options):
                _idle.remove(item)
                return item[1]
    limits = Limits(seconds=_PATIENCE * options.page_seconds + 5, memory=2 * memory_limit(options))
    try:
        worker = Worker(pickled(Decoder), limits)
    except OSError as error:
        raise WorkerLostError("not started", str(error)) from error
    try:
        worker.wait_until_ready()
    except BaseException as error:
        worker.kill()
        if isinstance(error, ForeignError):
            raise WorkerLostError("not started", str(error)) from error
        raise
    return worker


def _give_back(worker: Worker, options: SourceOptions) -> None:
    with _idle_lock:
        if len(_idle) < _MAX_IDLE:
            _idle.append((_limits_key(options), worker))
            return
    worker.close()


@atexit.register
def _kill_idle() -> None:
    while _idle:
        _idle.pop()[1].kill()


# ── files ──


def _path_of(owner: object, content: Content) -> tuple[str, weakref.finalize[..., object] | None]:
    """The path of a file, with a function that removes it if it is a copy of bytes in memory."""
    if content.path is not None:
        return str(content.path), None
    handle, path = tempfile.mkstemp(suffix=".pdf")
    remove = weakref.finalize(owner, _remove, path)
    with os.fdopen(handle, "wb") as file:
        file.write(content.data)
    return path, remove


def _remove(path: str) -> None:
    Path(path).unlink(missing_ok=True)
