"""`map` by several threads, with the results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")

_AHEAD = 2
"""Calls per worker that are in progress or done before their turn: enough to keep all workers busy behind a
slow call, and few enough to keep memory flat."""


def ordered_map(
    function: Callable[[_T], _R], items: Iterable[_T], workers: int, abort: Callable[[], None]
) -> Generator[_R, None, None]:
    """`map` with up to `workers` calls at once. Items are taken as they are needed.

    On Ctrl-C, `abort` ends the calls in progress, so that the threads do not wait for them.
    """
    if workers <= 1:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="ocrkit") as threads:
        running: deque[Future[_R]] = deque()
        try:
            for item in items:
                running.append(threads.submit(function, item))
                if len(running) >= _AHEAD * workers:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        except KeyboardInterrupt:
            abort()
            raise
        finally:
            for future in running:
                future.cancel()
