"""How far a run is, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ocrkit.batch.inputs import Input
from ocrkit.batch.journal import Problem


@dataclass(frozen=True)
class Progress:
    """Where a run stands. The number of pages grows as files are opened; bytes are known from the start."""

    documents: int = 0
    documents_done: int = 0
    """Read completely and written, now or before."""
    documents_incomplete: int = 0
    """Written without some of their pages, which failed."""
    documents_failed: int = 0
    """Of which nothing could be read."""
    documents_written: int = 0
    """Those of all these that were written now."""
    pages: int = 0
    pages_before: int = 0
    """Settled by an earlier run."""
    pages_read: int = 0
    pages_failed: int = 0
    failures: int = 0
    """What went wrong in this run: pages, and documents that could not be opened."""
    bytes: float = 0
    bytes_before: float = 0
    bytes_done: float = 0
    seconds: float = 0

    @property
    def documents_settled(self) -> int:
        return self.documents_done + self.documents_incomplete + self.documents_failed

    @property
    def fraction(self) -> float:
        """How much of the work is done, by the size of the files."""
        return min(1.0, (self.bytes_before + self.bytes_done) / self.bytes) if self.bytes else 0.0

    @property
    def pages_per_minute(self) -> float | None:
        """The speed of this run, or None as long as it says nothing."""
        tried = self.pages_read + self.pages_failed
        return 60 * tried / self.seconds if tried and self.seconds else None

    @property
    def seconds_left(self) -> float | None:
        """An estimate, or None as long as there is nothing to base it on."""
        if not self.bytes_done or not self.seconds:
            return None
        rest = self.bytes - self.bytes_before - self.bytes_done
        return max(0.0, self.seconds * rest / self.bytes_done)

    def opened(self, pages: int, before: int, size: float) -> Progress:
        """A file of this size has so many pages, of which some were settled before."""
        share = size * before / pages if pages else size
        return replace(
            self,
            pages=self.pages + pages,
            pages_before=self.pages_before + before,
            bytes_before=self.bytes_before + share,
        )

    def page(self, size: float, *, failed: bool) -> Progress:
        """One more page is settled, which is worth so many bytes."""
        return replace(
            self,
            pages_read=self.pages_read + (not failed),
            pages_failed=self.pages_failed + failed,
            failures=self.failures + failed,
            bytes_done=self.bytes_done + size,
        )

    def document(self, *, incomplete: bool, written: bool) -> Progress:
        """One more document is there."""
        return replace(
            self,
            documents_done=self.documents_done + (not incomplete),
            documents_incomplete=self.documents_incomplete + incomplete,
            documents_written=self.documents_written + written,
        )

    def failed_document(self, *, opened: bool) -> Progress:
        """One more cannot be had: it could not be opened, or all its pages failed, which were counted."""
        failures = self.failures + (not opened)
        return replace(self, documents_failed=self.documents_failed + 1, failures=failures)


@dataclass(frozen=True)
class Failure:
    """A document, or one page of it, that could not be read."""

    name: str
    path: str
    page: int | None
    """Counted from 1; None when the whole document failed."""
    kind: str
    message: str
    exit_code: int

    @classmethod
    def of(cls, each: Input, problem: Problem, index: int | None = None) -> Failure:
        page = None if index is None else index + 1
        return cls(each.name, str(each.path), page, problem.kind, problem.message, problem.exit_code)

    def __str__(self) -> str:
        where = self.path if self.page is None else f"{self.path}, page {self.page}"
        return f"{where}: {self.message}"


@dataclass(frozen=True)
class Report:
    """What came of a run."""

    progress: Progress
    failures: tuple[Failure, ...] = ()
    """All that failed, now or before, by document and page."""
    stopped: str | None = None
    """Why it ended before everything was settled."""
    ignored: int = 0
    """Files in the folders that are of other kinds."""

    @property
    def exit_code(self) -> int:
        """That of the first failure; 0 when there is none."""
        return self.failures[0].exit_code if self.failures else 0

    @property
    def summary(self) -> str:
        """In one sentence."""
        done = self.progress
        parts = [f"{_counted(done.documents_done, 'document')} complete"]
        if done.documents_incomplete:
            parts.append(f"{done.documents_incomplete} incomplete")
        if done.documents_failed:
            parts.append(f"{done.documents_failed} failed")
        if left := done.documents - done.documents_settled:
            parts.append(f"{left} left")
        pages = f"{_counted(done.pages_read, 'page')} read"
        if done.pages_failed:
            pages += f" and {done.pages_failed} failed"
        if done.pages_before:
            pages += f", {done.pages_before} known before"
        ignored = f"; {_counted(self.ignored, 'file')} of other kinds passed by" if self.ignored else ""
        return f"{', '.join(parts)}; {pages} in {_duration(done.seconds)}{ignored}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
