"""The backend that reads nothing: to try sources, preprocessing and exporters, or to switch reading off."""

from __future__ import annotations

from typing import get_args

from ocrkit.page import Page
from ocrkit.request import Capabilities, Level, Mode, Request, Scene
from ocrkit.result import PageResult, Trace


class NullBackend:
    """Answers every page, whatever is asked, with a result that has no blocks."""

    name = "null"
    capabilities = Capabilities(
        languages="any",
        modes=frozenset(get_args(Mode)),
        scenes=frozenset(get_args(Scene)),
        levels=frozenset(get_args(Level)),
        confidence="none",
        reading_order=True,
        sharing="shared",
    )

    def recognize(self, page: Page, request: Request) -> PageResult:  # noqa: ARG002 - it does not read
        """An empty result of the page's size."""
        return PageResult(
            index=page.index,
            width=page.width,
            height=page.height,
            dpi=page.dpi,
            trace=Trace(backend=self.name),
        )

    def close(self) -> None:
        """Nothing is held."""
