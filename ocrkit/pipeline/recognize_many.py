"""Many documents: workers read pages of the next documents while the first is not finished."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ocrkit.document import Document
from ocrkit.errors import OcrkitError
from ocrkit.failures import Failure
from ocrkit.pipeline.document_pages import finished_pages
from ocrkit.pipeline.ordered_map import ordered_map
from ocrkit.pipeline.page_reader import OpenDocument
from ocrkit.result import BlockKind, PageResult
from ocrkit.sources import SourceLike, source_name


@dataclass(frozen=True)
class Done:
    """A source that was read."""

    source: SourceLike
    document: Document


@dataclass
class _Job:
    """A document that is being read."""

    source: SourceLike
    opened: OpenDocument | None = None
    error: OcrkitError | None = None
    pages: list[PageResult] = field(default_factory=list)

    def outcome(self, without: Sequence[BlockKind]) -> Done | Failure:
        if self.opened is not None:
            self.opened.close()
        if self.error is not None:
            return Failure.of(self.source, without_frames(self.error))
        count = self.opened.page_count if self.opened else 0
        pages = tuple(finished_pages(lambda: self.pages, without))
        document = Document(source=source_name(self.source), page_count=count, pages=pages)
        return Done(self.source, document)


def read_many(
    sources: Iterable[SourceLike],
    open_document: Callable[[SourceLike], OpenDocument],
    workers: int,
    abort: Callable[[], None],
    without: Sequence[BlockKind] = (),
) -> Iterator[Done | Failure]:
    """An outcome for each source, in the order of the sources."""
    jobs: list[_Job] = []

    def tasks() -> Iterator[tuple[_Job, int | None]]:
        for source in sources:
            job = _Job(source)
            jobs.append(job)
            try:
                job.opened = open_document(source)
            except OcrkitError as error:
                job.error = error
            else:
                yield from ((job, index) for index in range(job.opened.page_count))
            yield job, None  # the end of the document

    try:
        for job, read in ordered_map(_read, tasks(), workers, abort):
            if isinstance(read, PageResult):
                job.pages.append(read)
            elif read is None:
                yield job.outcome(without)
                jobs.remove(job)
            else:
                job.error = job.error or read
    finally:
        for job in jobs:
            if job.opened is not None:
                with contextlib.suppress(OcrkitError):
                    job.opened.close()


def _read(task: tuple[_Job, int | None]) -> tuple[_Job, PageResult | OcrkitError | None]:
    job, index = task
    if index is None or job.opened is None or job.error is not None:
        return job, None if index is None else job.error
    try:
        return job, job.opened.read(index)
    except OcrkitError as error:
        return job, error


def without_frames(error: OcrkitError) -> OcrkitError:
    """The error without its tracebacks, whose frames would keep the page in memory."""
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error
