"""Progress of batches: a bar on a terminal, log lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Protocol

from typing_extensions import Self

from ocrkit.batch import Progress
from ocrkit.cli import _console

_SECONDS_BETWEEN_LINES = 10.0


class Display(Protocol):
    """A context manager that shows the progress of a batch."""

    def __call__(self, progress: Progress) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


def display(*, quiet: bool) -> Display:
    """The display that suits standard error."""
    if quiet:
        return NoDisplay()
    return ProgressBar() if sys.stderr.isatty() else LogLines()


class NoDisplay:
    """Shows nothing."""

    def __call__(self, progress: Progress) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


class LogLines(NoDisplay):
    """Prints a line every few seconds, for logs."""

    def __init__(self, seconds_between: float = _SECONDS_BETWEEN_LINES) -> None:
        self._seconds_between = seconds_between
        self._next = time.monotonic() + seconds_between

    def __call__(self, progress: Progress) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self._seconds_between
            print(f"ocrkit: {sentence(progress)}", file=sys.stderr, flush=True)


class ProgressBar(NoDisplay):
    """A bar that grows with the size of the files read, and figures beside it."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn
        from rich.progress import Progress as RichProgress
        from rich.table import Column

        self._bars = RichProgress(
            BarColumn(bar_width=10),
            TaskProgressColumn(),
            # In a narrow window it wraps, so that no figure is cut off.
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=False)),
            console=Console(stderr=True),
            transient=True,
        )
        self._task: Any = None

    def __enter__(self) -> Self:
        self._bars.start()
        self._task = self._bars.add_task("starting …", total=1.0)
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def __call__(self, progress: Progress) -> None:
        self._bars.update(self._task, completed=progress.fraction, description=sentence(progress))


class PagesProgress:
    """The number of pages read by each system: one line on a terminal, log lines elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._line = _console.Progress()
        self._next = time.monotonic() + _SECONDS_BETWEEN_LINES

    def __call__(self, system: str, done: int, count: int, _: Progress) -> None:
        if self._quiet:
            return
        text = f"{system}: {done} of {count}"
        if sys.stderr.isatty():
            self._line.show(text)
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + _SECONDS_BETWEEN_LINES
            print(f"ocrkit: {text}", file=sys.stderr, flush=True)

    def clear(self) -> None:
        self._line.clear()


def sentence(progress: Progress) -> str:
    """Documents, pages, speed, failures and remaining time, in one line."""
    parts = [
        f"{progress.documents_finished:,} of {progress.documents:,} documents",
        f"{progress.pages_before + progress.pages_read:,} pages",
    ]
    if (speed := progress.pages_per_minute) is not None:
        parts.append(f"{speed:,.0f} pages/min")
    if progress.failures:
        parts.append(f"{progress.failures:,} failed")
    if (left := progress.seconds_left) is not None:
        parts.append(f"{_rounded(left)} left")
    return ", ".join(parts)


def _rounded(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
