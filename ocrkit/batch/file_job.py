"""A file that a batch is reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ocrkit.batch.inputs import Input
from ocrkit.batch.rows import Problem, compressed
from ocrkit.errors import BackendError, BackendUnavailableError, OcrkitError
from ocrkit.pipeline.page_reader import OpenDocument
from ocrkit.result import Cost
from ocrkit.scripts.advice import warnings_of


@dataclass(eq=False)
class FileJob:
    """A file that is being read, and all inputs with the same content."""

    key: str
    inputs: list[Input]
    version: str
    """Of the first input, from which the pages are read."""
    opened: OpenDocument | None = None
    page_count: int = 0
    wanted: Sequence[int] = ()
    pending_pages: int = 0
    is_read: bool = False
    """Whether pages are read in this run."""
    problem: Problem | None = None
    pages_failed: dict[int, Problem] = field(default_factory=dict)


class ReadPage(NamedTuple):
    """A page that was read."""

    data: bytes
    """Its result, as the journal stores it."""
    cost: Cost | None
    """What was paid for it in this run: nothing for a page from the cache."""
    full_cost: Cost | None
    """What it would have cost if the paid reader had read all of it."""
    warning: str | None = None
    """The first warning about text in a script that was not read."""


def read_page(job: FileJob, index: int) -> ReadPage:
    """Read a page."""
    if job.opened is None:  # pragma: no cover – pages are queued after the file was opened
        raise BackendUnavailableError("the file is not open")
    try:
        result = job.opened.read(index)
        trace = result.trace
        paid = None if "cache" in result.timings else trace.cost
        warning = next(iter(warnings_of(result)), None)
        return ReadPage(compressed(result), paid, trace.full_cost or trace.cost, warning)
    except OcrkitError:
        raise
    except Exception as error:  # an invalid result may fail anywhere, and fails its page only
        raise BackendError(
            f"reading this page failed with {type(error).__name__}: {error}", page=index + 1
        ) from error
