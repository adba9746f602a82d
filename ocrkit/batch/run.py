"""The coordinator of a batch: what is read next, what is written down, when it ends.

One thread does all of this. Files are hashed and opened, and pages read, by other threads, which hand the
pages to processes of their own where the backend wants that. The unit of work is a page, the largest files
come first, and a file is only opened when the pages at hand run out: no worker idles, and memory stays flat.
"""

from __future__ import annotations

import errno
import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from ocrkit.batch.inputs import Input
from ocrkit.batch.journal import Content, Journal, Problem, packed
from ocrkit.batch.outputs import Outputs
from ocrkit.batch.report import Failure, Progress, Report
from ocrkit.config.settings import SourceOptions
from ocrkit.document import Document
from ocrkit.errors import (
    AuthenticationError,
    BackendUnavailableError,
    ConfigError,
    ExportError,
    MissingDependencyError,
    OcrkitError,
    QuotaError,
    SourceError,
)
from ocrkit.pipeline.page_reader import OpenDocument, PageReader
from ocrkit.result import PageFailure
from ocrkit.sources import parse_pages

_HOPELESS = (AuthenticationError, ConfigError, ExportError, MissingDependencyError, QuotaError)
"""What fails for one page for these reasons fails for all: the run ends, and nothing counts as failed."""

_OF_ONE_OUTPUT = frozenset({errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP})
"""A folder is called like an output, or the other way round: it does not concern the others."""

_UNWRITTEN = 64  # documents that wait to be written, before no more are read
_AHEAD = 2  # tasks under way or waiting for each worker
_TICK_SECONDS = 0.5
_FEW_PAGES = 20  # before so many, a rate of failures says nothing
_CHUNK = 1 << 20

Listener: TypeAlias = Callable[[Progress], None]


@dataclass(eq=False)
class _Job:
    """One content, and the inputs that have it."""

    key: str
    inputs: list[Input]
    opened: OpenDocument | None = None
    page_count: int = 0
    wanted: Sequence[int] = ()
    open_pages: int = 0
    """Pages that are not settled yet."""
    problem: Problem | None = None
    pages_failed: dict[int, Problem] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What a run is to do, besides its inputs."""

    rest_of_key: str
    """The fingerprint of all that decides how a page is read."""
    source: SourceOptions
    pages: str | None = None
    retry_failed: bool = False
    max_failure_rate: float | None = None


class Run:
    """One run over some inputs. `stop` and `abort` may be called from a signal handler or another thread."""

    def __init__(self, reader: PageReader, journal: Journal, outputs: Outputs, plan: Plan) -> None:
        self._reader, self._journal, self._outputs, self._plan = reader, journal, outputs, plan
        self._running: dict[Future[Any], Callable[[Future[Any]], None]] = {}
        self._reading: set[Future[Any]] = set()
        self._ready: deque[tuple[_Job, int]] = deque()
        self._jobs: dict[str, _Job] = {}
        self._progress = Progress()
        self._failures: list[Failure] = []
        self._stopped: str | None = None
        self._aborted = False
        self._fatal: OcrkitError | None = None

    def stop(self) -> None:
        """Finish the pages in hand and begin no others."""
        self._stopped = self._stopped or "it was asked to stop"

    def abort(self) -> None:
        """Stop now: pages in hand are given up, and read again by the next run."""
        self.stop()
        self._aborted = True
        self._reader.stop()

    def __call__(self, inputs: Iterable[Input], listener: Listener | None = None) -> Report:
        """Do it.

        Raises:
            OcrkitError: what would make every page fail. All that was read until then is kept.
        """
        started = time.perf_counter()
        todo = deque(sorted(inputs, key=lambda each: -each.size))
        self._progress = Progress(documents=len(todo), bytes=sum(each.size for each in todo))
        threads = ThreadPoolExecutor(self._reader.workers, thread_name_prefix="ocrkit-batch")
        # Written by a thread of its own: the end of a long document must not keep the others waiting.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="ocrkit-writer")
        try:
            while True:
                self._fill(threads, todo)
                if not self._running or self._aborted:
                    break
                done, _ = wait(self._running, timeout=_TICK_SECONDS, return_when=FIRST_COMPLETED)
                for future in done:
                    self._reading.discard(future)
                    self._running.pop(future)(future)
                self._journal.commit()
                self._progress = replace(self._progress, seconds=time.perf_counter() - started)
                if listener:
                    listener(self._progress)
        except KeyboardInterrupt:  # of a program that does not call `stop` instead
            self.abort()
            self._journal.commit()
            raise
        finally:
            threads.shutdown(wait=not self._aborted, cancel_futures=True)
            self._writer.shutdown(wait=True, cancel_futures=True)
            for job in self._jobs.values():
                if job.opened is not None:
                    job.opened.close()
        self._journal.commit()
        if self._fatal is not None:
            raise self._fatal
        failures = tuple(sorted(self._failures, key=lambda each: (each.name, each.page or 0)))
        return Report(progress=self._progress, failures=failures, stopped=self._stopped)

    # ── what comes next ──

    def _fill(self, threads: ThreadPoolExecutor, todo: deque[Input]) -> None:
        unwritten = len(self._running) - len(self._reading)
        if unwritten > _UNWRITTEN:
            return
        while self._stopped is None and len(self._reading) < _AHEAD * self._reader.workers:
            if self._ready:
                job, index = self._ready.popleft()
                self._submit(threads, _read, job, index, then=self._page_done(job, index))
            elif todo:
                each = todo.popleft()
                self._submit(threads, _digest, each.path, then=self._hashed(threads, each))
            else:
                break

    def _submit(
        self, threads: ThreadPoolExecutor, call: Callable[..., Any], *arguments: object,
        then: Callable[[Future[Any]], None],
    ) -> None:  # fmt: skip
        future = threads.submit(call, *arguments)
        self._reading.add(future)
        self._running[future] = then

    # ── a file: hashed, perhaps opened, its pages queued ──

    def _hashed(self, threads: ThreadPoolExecutor, each: Input) -> Callable[[Future[Any]], None]:
        def settle(future: Future[str]) -> None:
            try:
                content = future.result()
            except SourceError as error:
                self._document_failed(each, Problem.of(error))
                return
            key = hashlib.sha256(f"{content} {self._plan.rest_of_key}".encode()).hexdigest()
            self._journal.claim(each.name, key, self._plan.pages or "")
            if (job := self._jobs.get(key)) is not None:
                job.inputs.append(each)  # the same file under another name, still being read
                self._progress = self._progress.opened(0, 0, each.size)
                return
            self._begin(threads, _Job(key, [each]))

        return settle

    def _begin(self, threads: ThreadPoolExecutor, job: _Job) -> None:
        if self._plan.retry_failed:
            self._journal.forget_failures(job.key)
        content = self._journal.content(job.key)
        self._jobs[job.key] = job
        if content.pages is None and content.problem is None:
            self._submit(threads, self._open, job, then=self._opened(job))
        else:
            job.problem = content.problem
            self._queue(job, content.pages or 0, threads)

    def _open(self, job: _Job) -> OpenDocument:
        return self._reader.open(job.inputs[0].path, self._plan.source)

    def _opened(self, job: _Job) -> Callable[[Future[Any]], None]:
        def settle(future: Future[OpenDocument]) -> None:
            try:
                job.opened = future.result()
            except OcrkitError as error:
                if self._is_fatal(error):
                    return
                job.problem = Problem.of(error)
                self._journal.opened(job.key, Content(problem=job.problem))
                self._finish(job)
                return
            self._journal.opened(job.key, Content(pages=job.opened.page_count))
            self._queue(job, job.opened.page_count, None)

        return settle

    def _queue(self, job: _Job, page_count: int, threads: ThreadPoolExecutor | None) -> None:
        """Put the pages that are not settled yet into the queue; open the file for them if need be."""
        job.page_count = page_count
        if job.problem is None:
            try:
                every = range(page_count)
                job.wanted = every if self._plan.pages is None else parse_pages(self._plan.pages, page_count)
            except OcrkitError as error:
                job.problem = Problem.of(error)
        settled = self._journal.pages(job.key)
        job.pages_failed = {page: problem for page, problem in settled.items() if problem is not None}
        missing = [index for index in job.wanted if index not in settled]
        if missing and job.opened is None and threads is not None:
            self._submit(threads, self._open, job, then=self._opened(job))
            return
        job.open_pages = len(missing)
        before = len(job.wanted) - len(missing)
        if job.problem is None:
            self._progress = self._progress.opened(len(job.wanted), before, job.inputs[0].size)
        self._ready.extend((job, index) for index in missing)
        if not missing:
            self._finish(job)

    # ── a page ──

    def _page_done(self, job: _Job, index: int) -> Callable[[Future[Any]], None]:
        def settle(future: Future[bytes]) -> None:
            try:
                data = future.result()
            except OcrkitError as error:
                if self._is_fatal(error):
                    return
                problem: Problem | None = Problem.of(error)
                job.pages_failed[index] = Problem.of(error)
                self._journal.settle(job.key, index, None, problem)
            else:
                problem = None
                self._journal.settle(job.key, index, data)
            share = job.inputs[0].size / len(job.wanted)
            self._progress = self._progress.page(share, failed=problem is not None)
            job.open_pages -= 1
            if job.open_pages == 0:
                self._finish(job)
            self._check_rate()

        return settle

    def _is_fatal(self, error: OcrkitError) -> bool:
        """Whether this says nothing of the page: it is left for the next run."""
        if self._aborted:
            return True
        if isinstance(error, ExportError) and getattr(error.__cause__, "errno", None) in _OF_ONE_OUTPUT:
            return False
        if isinstance(error, _HOPELESS):
            self._fatal = self._fatal or error
            self._stopped = self._stopped or str(error)
            return True
        return False

    def _check_rate(self) -> None:
        limit, progress = self._plan.max_failure_rate, self._progress
        tried = progress.pages_read + progress.failures  # a file that cannot be opened counts as a page
        if limit is not None and tried >= _FEW_PAGES and progress.failures > limit * tried:
            self._stopped = self._stopped or (
                f"{progress.failures} of {tried} pages failed, and {limit:.0%} are the limit"
            )

    # ── the end of a document ──

    def _finish(self, job: _Job) -> None:
        self._jobs.pop(job.key)
        if job.opened is not None:
            job.opened.close()
        if self._fatal is not None:
            return
        self._journal.commit()  # the pages are safe before anything is written from them
        for each in job.inputs:
            self._write(job, each)

    def _write(self, job: _Job, each: Input) -> None:
        if job.problem is not None:
            self._document_failed(each, job.problem)
            return
        failed = {index: job.pages_failed[index] for index in job.wanted if index in job.pages_failed}
        self._failures += [Failure.of(each, problem, index) for index, problem in failed.items()]
        if failed and len(failed) == len(job.wanted):  # nothing of it could be read: there is no output
            self._progress = self._progress.failed_document(opened=True)
            return
        written = self._journal.written(each.name, job.key, self._plan.pages or "")
        missing = self._outputs.missing(each.name, written)
        head = Document(
            source=str(each.path),
            page_count=job.page_count,
            failures=tuple(
                PageFailure(index=index, kind=problem.kind, message=problem.message)
                for index, problem in failed.items()
            ),
        )

        def export() -> None:
            for format_name in missing:
                pages = (result.without_timings() for result in self._journal.results(job.key, job.wanted))
                self._outputs.write(each.name, format_name, head, pages)

        def settle(future: Future[None]) -> None:
            try:
                future.result()
            except OcrkitError as error:
                if not self._is_fatal(error):
                    self._document_failed(each, Problem.of(error))
                return
            if missing:
                self._journal.wrote(each.name, job.key, self._plan.pages or "", written | {*missing})
            self._progress = self._progress.document(incomplete=bool(failed), written=bool(missing))

        self._running[self._writer.submit(export)] = settle

    def _document_failed(self, each: Input, problem: Problem) -> None:
        self._failures.append(Failure.of(each, problem))
        self._progress = self._progress.opened(0, 0, each.size)
        self._progress = self._progress.failed_document(opened=False)
        self._check_rate()


def _read(job: _Job, index: int) -> bytes:
    if job.opened is None:  # pragma: no cover – pages are queued after the file was opened
        raise BackendUnavailableError("the file is not open")
    return packed(job.opened.read(index))


def _digest(path: Path) -> str:
    """The hash of a file's content."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except ValueError as error:
        raise SourceError("there is no file with such a name", path=str(path)) from error
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror
        what = "folder" if os.path.isdir(path) else "file"  # noqa: PTH112 – says no where a `Path` raises
        raise SourceError(f"this {what} cannot be read: {reason}", path=str(path)) from error
    return digest.hexdigest()
