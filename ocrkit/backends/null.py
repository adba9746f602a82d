"""A backend without an engine, to test sources, preprocessing and exporters or to turn recognition off."""

from __future__ import annotations

from typing import get_args

from ocrkit.page import Page
from ocrkit.request import Capabilities, Level, Mode, Request, Scene
from ocrkit.result import PageResult, Trace


class NullBackend:
    """Returns an empty result for every page and accepts every request."""

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

    def recognize(self, page: Page, request: Request) -> PageResult:  # noqa: ARG002 - part of the protocol
        """Return a result without blocks."""
        return PageResult(
            index=page.index,
            width=page.width,
            height=page.height,
            dpi=page.dpi,
            trace=Trace(backend=self.name),
        )

    def close(self) -> None:
        """Do nothing: this backend holds no resources."""
