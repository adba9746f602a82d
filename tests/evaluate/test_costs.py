"""What pages cost, and what everything would have cost, in an evaluation."""

from __future__ import annotations

from pathlib import Path

from ocrkit.document import Document
from ocrkit.evaluate import Rules, Sample
from ocrkit.evaluate.page_scoring import score_page, summarize
from ocrkit.evaluate.readings import Outcome
from ocrkit.result import Cost, PageResult, Trace


def page(cost: float | None, full: float | None) -> PageResult:
    trace = Trace(
        backend="cascade",
        cost=None if cost is None else Cost(amount=cost, calls=1),
        full_cost=None if full is None else Cost(amount=full, calls=1),
    )
    return PageResult(width=10, height=10, trace=trace)


def test_a_summary_says_what_was_paid_and_what_everything_would_cost() -> None:
    sample = Sample(id="a", name="a", file=Path("a.png"), text="text", category="print")
    pages = (page(0.5, 0.5), page(None, 0.5))
    score = score_page("cascade", sample, Outcome(Document(page_count=2, pages=pages)), Rules(), None)
    assert (score.cost, score.full_cost) == (0.5, 1.0)
    summary = summarize([score])
    assert (summary.cost_per_page, summary.full_cost_per_page) == (0.25, 0.5)
    plain = score_page("x", sample, Outcome(Document(page_count=1, pages=(page(0.5, None),))), Rules(), None)
    assert (plain.cost, plain.full_cost) == (0.5, None)
