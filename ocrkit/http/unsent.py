"""Pages that nobody has to be paid for."""

from __future__ import annotations

from ocrkit.page import Page
from ocrkit.result import Decision, Engine, PageResult, Trace

_SMALLEST_SIDE = 8


def too_small(page: Page, backend: str, engine: str) -> PageResult | None:
    """The empty result of a page on which no letter has room, or None for a page to be sent."""
    if min(page.width, page.height) >= _SMALLEST_SIDE:
        return None
    reason = f"no text can be read on {page.width} × {page.height} pixels"
    decision = Decision(topic="reading", choice="nothing sent", reason=reason)
    trace = Trace(backend=backend, engine=Engine(name=engine), decisions=(decision,))
    return PageResult(index=page.index, width=page.width, height=page.height, dpi=page.dpi, trace=trace)
