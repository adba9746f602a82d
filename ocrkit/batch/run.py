"""The coordinator of a batch: it decides what is read next, writes the journal, and ends the run.

It is one thread. Other threads hash and open files and read pages, in worker processes if the reader uses
them. The unit of work is a page. The largest files come first, and a file is opened only when the queue of
pages is empty, so that all workers are busy and memory stays flat.
"""

from __future__ import annotations

import errno
import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from ocrkit.batch.file_job import FileJob, ReadPage, read_page
from ocrkit.batch.hashing import HashedFile, hash_file, version_of
from ocrkit.batch.inputs import Input
from ocrkit.batch.journal import Journal
from ocrkit.batch.outputs import Outputs
from ocrkit.batch.report import Progress, Report, UnreadPage
from ocrkit.batch.rows import FileRecord, Problem
from ocrkit.config.settings import SourceOptions
from ocrkit.document import Document
from ocrkit.errors import (
    AuthenticationError,
    ConfigError,
    ExportError,
    MissingDependencyError,
    OcrkitError,
    QuotaError,
    SourceError,
)
from ocrkit.failures import Failure, error_of
from ocrkit.pipeline.document_pages import finished_pages
from ocrkit.pipeline.page_reader import OpenDocument, PageReader
from ocrkit.result import BlockKind, Cost, PageFailure
from ocrkit.sources import parse_pages

_FATAL = (AuthenticationError, ConfigError, ExportError, MissingDependencyError, QuotaError)
"""These errors would fail every page: the run ends, and the page does not count as failed."""

_SINGLE_OUTPUT_ERRNOS = frozenset(
    {errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP}
)
"""A folder has the name of an output, or the reverse: other outputs are not affected."""

_MAX_UNWRITTEN = 64  # documents that wait to be written before no more pages are read
_AHEAD = 2  # tasks per worker that are running or queued
_TICK_SECONDS = 0.5
_MIN_PAGES_FOR_RATE = 20

Listener: TypeAlias = Callable[[Progress], None]


@dataclass(frozen=True)
class Plan:
    """The options of a run, besides its inputs."""

    fingerprint: str
    """Of everything that decides how a page is read."""
    source: SourceOptions
    pages: str | None = None
    retry_failed: bool = False
    max_failure_rate: float | None = None
    without: tuple[BlockKind, ...] = ()
    """The kinds of blocks to leave out of the outputs. The journal keeps them."""

    @property
    def outputs(self) -> str:
        """The settings that outputs depend on, besides the results of pages."""
        left_out = f" without {','.join(sorted(self.without))}" if self.without else ""
        return f"{self.pages or ''}{left_out}"


def document_key(digest: str, plan: Plan) -> str:
    """The key of a document in the journal.

    Args:
        digest: of the content of its file.
        plan: how its pages are read.
    """
    return hashlib.sha256(f"{digest} {plan.fingerprint}".encode()).hexdigest()


class Run:
    """One run over some inputs. `stop` and `abort` may be called from a signal handler or another thread."""

    def __init__(self, reader: PageReader, journal: Journal, outputs: Outputs, plan: Plan) -> None:
        self._reader, self._journal, self._outputs, self._plan = reader, journal, outputs, plan
        self._running: dict[Future[Any], Callable[[Future[Any]], None]] = {}
        self._reading: set[Future[Any]] = set()
        self._ready: deque[tuple[FileJob, int]] = deque()
        self._jobs: dict[str, FileJob] = {}
        self._progress = Progress()
        self._failures: list[Failure] = []
        self._unread: list[UnreadPage] = []
        self._stopped: str | None = None
        self._aborted = False
        self._fatal: OcrkitError | None = None

    def stop(self) -> None:
        """Finish the pages in progress and start no others."""
        self._stopped = self._stopped or "the run was stopped"

    def abort(self) -> None:
        """Stop now. Pages in progress are aborted; the next run reads them."""
        self.stop()
        self._aborted = True
        self._reader.stop()

    def __call__(self, inputs: Iterable[Input], listener: Listener | None = None) -> Report:
        """Read the inputs.

        Raises:
            OcrkitError: an error that would fail every page. The results so far are kept.
        """
        started = time.perf_counter()
        todo = deque(sorted(inputs, key=lambda each: -each.size))
        self._progress = Progress(documents=len(todo), bytes=sum(each.size for each in todo))
        threads = ThreadPoolExecutor(self._reader.workers, thread_name_prefix="ocrkit-batch")
        # Another thread writes outputs: the coordinator must not wait for the end of a long document.
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
        except KeyboardInterrupt:  # in a program that has no signal handler
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
        failures = tuple(sorted(self._failures, key=lambda each: (each.name or "", each.page or 0)))
        unread = tuple(sorted(self._unread))
        return Report(progress=self._progress, failures=failures, stopped=self._stopped, unread=unread)

    # ── starting tasks ──

    def _fill(self, threads: ThreadPoolExecutor, todo: deque[Input]) -> None:
        unwritten = len(self._running) - len(self._reading)
        if unwritten > _MAX_UNWRITTEN:
            return
        while self._stopped is None and len(self._reading) < _AHEAD * self._reader.workers:
            if self._ready:
                job, index = self._ready.popleft()
                self._submit(threads, read_page, job, index, then=self._after_page(job, index))
            elif todo:
                each = todo.popleft()
                self._submit(threads, self._hash, each.path, then=self._after_hashing(threads, each))
            else:
                break

    def _submit(
        self, threads: ThreadPoolExecutor, call: Callable[..., Any], *arguments: object,
        then: Callable[[Future[Any]], None],
    ) -> None:  # fmt: skip
        future = threads.submit(call, *arguments)
        self._reading.add(future)
        self._running[future] = then

    # ── a file: hash it, open it if needed, queue its pages ──

    def _hash(self, path: Path) -> HashedFile:
        return hash_file(path, self._plan.source.max_file_size, lambda: self._aborted)

    def _after_hashing(self, threads: ThreadPoolExecutor, each: Input) -> Callable[[Future[Any]], None]:
        def handle(future: Future[HashedFile]) -> None:
            try:
                content = future.result()
            except SourceError as error:
                self._document_failed(each, Problem.of(error))
                return
            key = document_key(content.digest, self._plan)
            self._journal.record_document(each.name, key, self._plan.outputs)
            if (job := self._jobs.get(key)) is not None:
                job.inputs.append(each)  # a copy of a file that is being read
                self._progress = self._progress.opened(0, 0, each.size)
                return
            self._start(threads, FileJob(key, [each], content.version))

        return handle

    def _start(self, threads: ThreadPoolExecutor, job: FileJob) -> None:
        if self._plan.retry_failed:
            self._journal.delete_failures(job.key)
        self._journal.delete_unusable(job.key, job.version)
        known = self._journal.file(job.key)
        self._jobs[job.key] = job
        if known.pages is None and known.problem is None:
            self._submit(threads, self._open, job, then=self._after_opening(job))
        else:
            job.problem = known.problem
            self._queue_pages(job, known.pages or 0, threads)

    def _open(self, job: FileJob) -> OpenDocument:
        return self._reader.open(job.inputs[0].path, self._plan.source)

    def _after_opening(self, job: FileJob) -> Callable[[Future[Any]], None]:
        def handle(future: Future[OpenDocument]) -> None:
            try:
                job.opened = future.result()
            except OcrkitError as error:
                if self._is_fatal(error):
                    return
                job.problem = Problem.of(error)
                self._journal.record_file(job.key, FileRecord(problem=job.problem))
                self._finish(job)
                return
            self._journal.record_file(job.key, FileRecord(pages=job.opened.page_count))
            self._queue_pages(job, job.opened.page_count, None)

        return handle

    def _queue_pages(self, job: FileJob, page_count: int, threads: ThreadPoolExecutor | None) -> None:
        """Queue the pages that are not finished, after opening the file if it is not open."""
        job.page_count = page_count
        if job.problem is None:
            try:
                every = range(page_count)
                job.wanted = every if self._plan.pages is None else parse_pages(self._plan.pages, page_count)
            except OcrkitError as error:
                job.problem = Problem.of(error)
        finished = self._journal.pages(job.key)
        job.pages_failed = {page: problem for page, problem in finished.items() if problem is not None}
        missing = [index for index in job.wanted if index not in finished]
        if missing and job.opened is None and threads is not None:
            self._submit(threads, self._open, job, then=self._after_opening(job))
            return
        job.pending_pages = len(missing)
        job.is_read = bool(missing)
        before = len(job.wanted) - len(missing)
        if job.problem is None:
            self._progress = self._progress.opened(len(job.wanted), before, job.inputs[0].size)
        self._ready.extend((job, index) for index in missing)
        if not missing:
            self._finish(job)

    # ── a page ──

    def _after_page(self, job: FileJob, index: int) -> Callable[[Future[Any]], None]:
        def handle(future: Future[ReadPage]) -> None:
            cost: Cost | None = None
            full_cost: Cost | None = None
            try:
                data, cost, full_cost, warning = future.result()
            except OcrkitError as error:
                if self._is_fatal(error):
                    return
                problem: Problem | None = Problem.of(error)
                job.pages_failed[index] = Problem.of(error)
                self._journal.record_page(job.key, index, None, problem, version=job.version)
            else:
                problem = None
                self._journal.record_page(job.key, index, data, version=job.version)
                if warning is not None:
                    self._unread.append(UnreadPage(job.inputs[0].name, index + 1, warning))
            share = job.inputs[0].size / len(job.wanted)
            self._progress = self._progress.page(
                share, failed=problem is not None, cost=cost, full_cost=full_cost
            )
            job.pending_pages -= 1
            if job.pending_pages == 0:
                self._finish(job)
            self._check_rate()

        return handle

    def _is_fatal(self, error: OcrkitError) -> bool:
        """Whether the run ends because of this error. The next run reads the page again."""
        if self._aborted:
            return True
        if (
            isinstance(error, ExportError)
            and getattr(error.__cause__, "errno", None) in _SINGLE_OUTPUT_ERRNOS
        ):
            return False
        if isinstance(error, _FATAL):
            self._fatal = self._fatal or error
            self._stopped = self._stopped or str(error)
            return True
        return False

    def _check_rate(self) -> None:
        limit, progress = self._plan.max_failure_rate, self._progress
        tried = progress.pages_read + progress.failures  # a file that cannot be opened counts as one page
        if limit is not None and tried >= _MIN_PAGES_FOR_RATE and progress.failures > limit * tried:
            self._stopped = self._stopped or (
                f"{progress.failures} of {tried} pages failed (limit {limit:.0%})"
            )

    # ── the end of a document ──

    def _finish(self, job: FileJob) -> None:
        self._jobs.pop(job.key)
        if job.opened is not None:
            job.opened.close()
        if self._fatal is not None:
            return
        if job.is_read and version_of(job.inputs[0].path) != job.version:
            self._changed(job)
            return
        self._journal.confirm_pages(job.key)
        self._journal.commit()  # the pages are safe before outputs are written
        for each in job.inputs:
            self._write(job, each)

    def _changed(self, job: FileJob) -> None:
        """Forget the pages of a file that was written while they were read: some may be of other content."""
        self._journal.discard_pages(job.key)
        text = "this file changed while it was read; run the same batch again when no program writes it"
        problem = Problem.of(SourceError(text))
        for each in job.inputs:
            self._document_failed(each, problem)

    def _write(self, job: FileJob, each: Input) -> None:
        if job.problem is not None:
            self._document_failed(each, job.problem)
            return
        failed = {index: job.pages_failed[index] for index in job.wanted if index in job.pages_failed}
        self._failures += [_failure(each, problem, index) for index, problem in failed.items()]
        if failed and len(failed) == len(job.wanted):  # a document without pages has no output
            self._progress = self._progress.failed_document(opened=True)
            return
        written = self._journal.written_formats(each.name, job.key, self._plan.outputs)
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
                pages = finished_pages(lambda: self._journal.results(job.key, job.wanted), self._plan.without)
                timeless = (page.without_timings() for page in pages)
                self._outputs.write(each.name, format_name, head, timeless)

        def handle(future: Future[None]) -> None:
            try:
                future.result()
            except OcrkitError as error:
                if not self._is_fatal(error):
                    self._document_failed(each, Problem.of(error))
                return
            if missing:
                self._journal.record_outputs(each.name, job.key, self._plan.outputs, written | {*missing})
            self._progress = self._progress.document(incomplete=bool(failed), written=bool(missing))

        self._running[self._writer.submit(export)] = handle

    def _document_failed(self, each: Input, problem: Problem) -> None:
        self._failures.append(_failure(each, problem))
        self._progress = self._progress.opened(0, 0, each.size)
        self._progress = self._progress.failed_document(opened=False)
        self._check_rate()


def _failure(each: Input, problem: Problem, index: int | None = None) -> Failure:
    page = None if index is None else index + 1
    error = error_of(problem.kind, problem.message)
    return Failure(str(each.path), problem.kind, problem.message, page, each.name, error=error)
