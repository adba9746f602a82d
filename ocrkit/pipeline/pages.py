"""The pages of an open source, one at a time and in any order."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Generator, Iterator

from ocrkit.page import Page
from ocrkit.sources.base import Source


class Pages:
    """Hands out pages to any thread.

    One run through the source serves them all: a reader that goes on from where it is has less to do than one
    that starts anew for each page.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._wanted: deque[int] = deque()
        self._run: Iterator[Page] | None = None
        self._lock = threading.Lock()
        self.count = source.page_count

    def __call__(self, index: int) -> tuple[Page, float]:
        """A page, and the seconds it took to get it."""
        with self._lock:
            started = time.perf_counter()
            self._wanted.append(index)
            if self._run is None:
                self._run = self._source.pages(iter(self._wanted.popleft, None))
            try:
                page = next(self._run)
            except BaseException:
                self._forget_run()
                raise
            return page, time.perf_counter() - started

    def close(self) -> None:
        with self._lock:
            self._forget_run()
            self._source.close()

    def _forget_run(self) -> None:
        self._wanted.clear()
        run, self._run = self._run, None
        if isinstance(run, Generator):
            run.close()
