"""The progress and the report of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ocrkit.failures import Failure
from ocrkit.result import Cost


@dataclass(frozen=True)
class Progress:
    """The progress of a run. `pages` grows as files are opened; `bytes` is known from the start."""

    documents: int = 0
    documents_done: int = 0
    """Documents that are complete and written, in this run or before."""
    documents_incomplete: int = 0
    """Documents that are written without some of their pages, which failed."""
    documents_failed: int = 0
    """Documents of which no page could be read."""
    documents_written: int = 0
    """Documents that were written in this run."""
    pages: int = 0
    pages_before: int = 0
    """Pages that an earlier run finished."""
    pages_read: int = 0
    pages_failed: int = 0
    failures: int = 0
    """Failures of this run: pages, and documents that could not be opened."""
    bytes: float = 0
    bytes_before: float = 0
    bytes_done: float = 0
    seconds: float = 0
    costs: dict[str, float] = field(default_factory=dict)
    """What the pages of this run cost, by currency, as far as prices are known."""
    full_costs: dict[str, float] = field(default_factory=dict)
    """What the pages of this run would have cost if the paid reader had read all of them, also those of the
    cache."""
    paid_calls: int = 0
    """The paid requests of this run."""

    @property
    def documents_finished(self) -> int:
        """Complete, incomplete and failed documents."""
        return self.documents_done + self.documents_incomplete + self.documents_failed

    @property
    def fraction(self) -> float:
        """The share of the work that is done, by the size of the files."""
        return min(1.0, (self.bytes_before + self.bytes_done) / self.bytes) if self.bytes else 0.0

    @property
    def pages_per_minute(self) -> float | None:
        """The speed of this run; None before the first page."""
        tried = self.pages_read + self.pages_failed
        return 60 * tried / self.seconds if tried and self.seconds else None

    @property
    def seconds_left(self) -> float | None:
        """An estimate of the remaining time; None before the first page."""
        if not self.bytes_done or not self.seconds:
            return None
        rest = self.bytes - self.bytes_before - self.bytes_done
        return max(0.0, self.seconds * rest / self.bytes_done)

    def opened(self, pages: int, before: int, size: float) -> Progress:
        """After opening a file of this size with this number of pages, some of them finished before."""
        share = size * before / pages if pages else size
        return replace(
            self,
            pages=self.pages + pages,
            pages_before=self.pages_before + before,
            bytes_before=self.bytes_before + share,
        )

    def page(
        self, size: float, *, failed: bool, cost: Cost | None = None, full_cost: Cost | None = None
    ) -> Progress:
        """After finishing a page, which counts as this number of bytes."""
        return replace(
            self,
            costs=_with_cost(self.costs, cost),
            full_costs=_with_cost(self.full_costs, full_cost),
            paid_calls=self.paid_calls + (cost.calls if cost else 0),
            pages_read=self.pages_read + (not failed),
            pages_failed=self.pages_failed + failed,
            failures=self.failures + failed,
            bytes_done=self.bytes_done + size,
        )

    def document(self, *, incomplete: bool, written: bool) -> Progress:
        """After finishing a document."""
        return replace(
            self,
            documents_done=self.documents_done + (not incomplete),
            documents_incomplete=self.documents_incomplete + incomplete,
            documents_written=self.documents_written + written,
        )

    def failed_document(self, *, opened: bool) -> Progress:
        """After a document failed: it could not be opened, or all its pages failed, which were counted."""
        failures = self.failures + (not opened)
        return replace(self, documents_failed=self.documents_failed + 1, failures=failures)


class UnreadPage(NamedTuple):
    """A page with text in a script that was not read, or with text that may be wrong for this reason."""

    name: str
    """The document."""
    page: int
    """Counted from 1."""
    warning: str

    def __str__(self) -> str:
        return f"{self.name}, page {self.page}: {self.warning}"


@dataclass(frozen=True)
class Report:
    """The outcome of a run."""

    progress: Progress
    failures: tuple[Failure, ...] = ()
    """All failures of this and earlier runs, sorted by document and page."""
    stopped: str | None = None
    """Why the run ended early; None for a complete run."""
    ignored: int = 0
    """How many files in the folders have an unsupported type."""
    unread: tuple[UnreadPage, ...] = ()
    """The pages of this run with text that was not read, sorted by document and page."""

    @property
    def exit_code(self) -> int:
        """The exit code of the first failure, or 0."""
        return self.failures[0].exit_code if self.failures else 0

    @property
    def summary(self) -> str:
        """The report in one sentence."""
        done = self.progress
        parts = [f"{_counted(done.documents_done, 'document')} complete"]
        if done.documents_incomplete:
            parts.append(f"{done.documents_incomplete} incomplete")
        if done.documents_failed:
            parts.append(f"{done.documents_failed} failed")
        if left := done.documents - done.documents_finished:
            parts.append(f"{left} left")
        pages = f"{_counted(done.pages_read, 'page')} read"
        if done.pages_failed:
            pages += f" and {done.pages_failed} failed"
        if self.unread:
            pages += f" ({len(self.unread):,} with text that was not read)"
        if done.pages_before:
            pages += f", {done.pages_before} from earlier runs"
        ignored = f"; {_counted(self.ignored, 'file')} of unsupported types skipped" if self.ignored else ""
        cost = f"; {money(done.costs)} for {_counted(done.paid_calls, 'call')}" if done.costs else ""
        if done.full_costs and done.full_costs != done.costs:
            cost += f" (everything: {money(done.full_costs)})" if cost else ""
            cost = cost or f"; nothing paid (everything: {money(done.full_costs)})"
        return f"{', '.join(parts)}; {pages} in {_duration(done.seconds)}{cost}{ignored}"


def money(amounts: Mapping[str, float]) -> str:
    """Amounts by currency, in words."""
    return " and ".join(f"{amount:g} {currency}" for currency, amount in sorted(amounts.items()))


def _with_cost(costs: Mapping[str, float], cost: Cost | None) -> dict[str, float]:
    if cost is None:
        return dict(costs)
    # Rounded, because sums of cents are not exact.
    return {**costs, cost.currency: round(costs.get(cost.currency, 0.0) + cost.amount, 9)}


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
