"""Score one page read by one system, and summarize the scores of many pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ocrkit.document import Document
from ocrkit.evaluate import rates
from ocrkit.evaluate.box_scoring import score_boxes
from ocrkit.evaluate.flexible_cer import match_flexibly
from ocrkit.evaluate.ground_truth import Sample
from ocrkit.evaluate.model import Score, Summary
from ocrkit.evaluate.normalization import Rules
from ocrkit.evaluate.readings import Outcome
from ocrkit.evaluate.statistics import bootstrap_interval
from ocrkit.evaluate.table_scoring import TableScore, score_tables
from ocrkit.result import Cost

_UNTIMED_STAGES = frozenset({"source"})
"""Opening the file, which is the same for all engines."""


def score_page(system: str, sample: Sample, outcome: Outcome, rules: Rules, price: float | None) -> Score:
    """Score a sample. If it failed, all of it counts as wrong."""
    has_failed = outcome.failure is not None
    document = None if has_failed else outcome.document
    found = document.text if document else ""
    rules = rules.with_hints(sample.hints)
    cer = rates.character_error_rate(found, sample.text, rules)
    matching = match_flexibly(found, sample.text, rules)
    error = matching.error_rate if "order_free" in sample.hints else cer
    has_lines = "paragraph_line_breaks" not in sample.hints
    boxes = score_boxes(document, sample) if document else None
    tables = _score_tables(document, sample, rules)
    page_count = document.page_count if document else 1
    pages = document.pages if document else ()
    costs = [page.trace.cost for page in pages]
    is_strategy = any(page.trace.full_cost for page in pages)
    return Score(
        system=system,
        sample=sample.id,
        category=sample.category,
        language=sample.language,
        pages=page_count,
        error=1.0 if has_failed else min(1.0, error),
        cer=1.0 if has_failed else cer,
        wer=1.0 if has_failed else rates.word_error_rate(found, sample.text, rules),
        bag_of_words=1.0 if has_failed else rates.bag_of_words_error(found, sample.text, rules),
        flexible_cer=1.0 if has_failed else matching.error_rate,
        characters=matching.length,
        lines=matching.truth_lines if has_lines else None,
        missing_lines=matching.missing_lines if has_lines else None,
        extra_lines=matching.extra_lines if has_lines else None,
        word_boxes=boxes.f1 if boxes else 0.0 if has_failed and sample.words else None,
        box_overlap=boxes.overlap if boxes else None,
        cells=tables.cells if tables else None,
        cell_neighbors=tables.neighbors if tables else None,
        seconds=_seconds(document),
        cost=_sum(costs) if price is None else price * page_count,
        full_cost=_sum([page.trace.full_cost or page.trace.cost for page in pages]) if is_strategy else None,
        failure=outcome.failure,
    )


def _score_tables(document: Document | None, sample: Sample, rules: Rules) -> TableScore | None:
    if sample.tables is None:
        return None
    found = [table for page in document.pages for table in page.tables] if document else []
    return score_tables(found, sample.tables, rules)


def _sum(costs: Sequence[Cost | None]) -> float | None:
    """The sum of the costs of pages; None where nothing was paid, or in several currencies."""
    known = [cost for cost in costs if cost is not None]
    return sum(cost.amount for cost in known) if len({cost.currency for cost in known}) == 1 else None


def _seconds(document: Document | None) -> float | None:
    if document is None:
        return None
    timings = [
        seconds
        for page in document.pages
        for stage, seconds in page.timings.items()
        if stage not in _UNTIMED_STAGES
    ]
    return sum(timings) if timings else None


def summarize(scores: Sequence[Score], group: str | None = None) -> Summary:
    """Summarize the scores of one system."""
    errors = [score.error for score in scores]
    characters = sum(score.characters for score in scores)
    lines = sum(score.lines or 0 for score in scores)
    pages = sum(score.pages for score in scores)
    timed = [score for score in scores if score.seconds is not None]
    return Summary(
        system=scores[0].system,
        group=group,
        samples=len(scores),
        failures=sum(score.failure is not None for score in scores),
        error=float(np.mean(errors)),
        interval=bootstrap_interval(errors),
        cer=_mean(min(1.0, score.cer) for score in scores),
        wer=_mean(min(1.0, score.wer) for score in scores),
        bag_of_words=_mean(score.bag_of_words for score in scores),
        flexible_cer=_mean(min(1.0, score.flexible_cer) for score in scores),
        of_all_characters=sum(score.error * score.characters for score in scores) / max(1, characters),
        missing_lines=sum(score.missing_lines or 0 for score in scores) / lines if lines else None,
        extra_lines=sum(score.extra_lines or 0 for score in scores) / lines if lines else None,
        word_boxes=_mean_known(score.word_boxes for score in scores),
        box_overlap=_mean_known(score.box_overlap for score in scores),
        cells=_mean_known(score.cells for score in scores),
        cell_neighbors=_mean_known(score.cell_neighbors for score in scores),
        seconds_per_page=sum(score.seconds or 0 for score in timed) / sum(score.pages for score in timed)
        if timed
        else None,
        cost_per_page=_per_page([score.cost for score in scores], pages),
        full_cost_per_page=_per_page([score.full_cost for score in scores], pages),
    )


def _per_page(costs: Sequence[float | None], pages: int) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known) / pages if known else None


def summarize_by(scores: Iterable[Score], key: str) -> tuple[Summary, ...]:
    """Summaries by `category` or `language` and by system, in the order of the scores."""
    groups: dict[tuple[str, str], list[Score]] = {}
    for score in scores:
        groups.setdefault((getattr(score, key) or "unknown", score.system), []).append(score)
    return tuple(summarize(each, group) for (group, _), each in groups.items())


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def _mean_known(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
