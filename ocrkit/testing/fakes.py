"""Fake backends with scripted results and errors."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import get_args

from ocrkit.errors import BackendError
from ocrkit.geometry import Box
from ocrkit.page import Page
from ocrkit.request import Capabilities, Mode, Request, Scene
from ocrkit.result import Block, Line, PageResult, Trace, Word

_CAPABILITIES = Capabilities(
    modes=frozenset(get_args(Mode)),
    scenes=frozenset(get_args(Scene)),
    levels=frozenset({"block", "line", "word"}),
    confidence="word",
    reading_order=True,
    sharing="shared",
)


class ScriptedBackend:
    """Returns scripted text: each of `pages` holds the lines of one page; the last one repeats.

    The lines divide the page into rows of equal height. `requests` records the requests in order.
    """

    name = "scripted"
    capabilities = _CAPABILITIES

    def __init__(self, *pages: Sequence[str], confidence: float | None = 1.0) -> None:
        self._pages = pages or ((),)
        self._confidence = confidence
        self.requests: list[Request] = []
        self.closed = 0

    def recognize(self, page: Page, request: Request) -> PageResult:
        self.requests.append(request)
        texts = self._pages[min(page.index, len(self._pages) - 1)]
        pitch = page.height / max(1, len(texts))
        lines = [
            self._line(text, Box(0, pitch * row, page.width, pitch * (row + 1)))
            for row, text in enumerate(texts)
        ]
        return PageResult(
            index=page.index,
            width=page.width,
            height=page.height,
            dpi=page.dpi,
            blocks=(Block.of(lines),) if lines else (),
            trace=Trace(backend=self.name),
        )

    def _line(self, text: str, box: Box) -> Line:
        words = text.split()
        step = box.width / max(1, len(words))
        return Line.of(
            (
                Word(
                    text=word,
                    polygon=Box(
                        box.left + step * column, box.top, box.left + step * (column + 1), box.bottom
                    ).polygon,
                    confidence=self._confidence,
                )
                for column, word in enumerate(words)
            ),
            text=text,
        )

    def fingerprint(self) -> str:
        """See `ocrkit.backends.base.SupportsFingerprint`."""
        return repr((self._pages, self._confidence))

    def close(self) -> None:
        self.closed += 1


class FailingBackend:
    """Raises an error for the first `times` pages (None: for every page), then returns empty pages."""

    name = "failing"
    capabilities = _CAPABILITIES

    def __init__(self, error: Exception | None = None, *, times: int | None = None) -> None:
        self._error = error or BackendError("scripted failure", backend=self.name)
        self._failures_left = times
        self.calls = 0

    def recognize(self, page: Page, request: Request) -> PageResult:  # noqa: ARG002 - the request makes no difference
        self.calls += 1
        if self._failures_left is None or self._failures_left > 0:
            self._failures_left = None if self._failures_left is None else self._failures_left - 1
            raise copy.copy(self._error)  # the pipeline sets the page number of each error
        return PageResult(
            index=page.index, width=page.width, height=page.height, trace=Trace(backend=self.name)
        )

    def close(self) -> None:
        """Do nothing."""
