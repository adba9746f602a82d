"""One page by one system, and what follows for many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ocrkit.document import Document
from ocrkit.evaluate import boxes, rates, tables
from ocrkit.evaluate.flexible import flexible
from ocrkit.evaluate.ground_truth import Sample
from ocrkit.evaluate.model import Score, Summary
from ocrkit.evaluate.readings import Outcome
from ocrkit.evaluate.statistics import interval
from ocrkit.evaluate.text import Rules

_NOT_READING = frozenset({"source"})
"""Stages that every engine has alike: opening the file."""


def scored(system: str, sample: Sample, outcome: Outcome, rules: Rules, price: float | None) -> Score:
    """How well a page was read. One that failed counts as if nothing of it had been."""
    document = outcome.document if outcome.failure is None else None
    found = document.text if document else ""
    rules = rules.hinted(sample.hints)
    cer = rates.character_error_rate(found, sample.text, rules)
    free = flexible(found, sample.text, rules)
    error = free.error_rate if "order_free" in sample.hints else cer
    has_lines = "paragraph_line_breaks" not in sample.hints
    placed = boxes.score(document, sample) if document else None
    cells = None
    if sample.tables is not None:
        read = [table for page in document.pages for table in page.tables] if document else []
        cells = tables.score(read, sample.tables, rules)
    page_count = document.page_count if document else 1
    return Score(
        system=system,
        sample=sample.id,
        category=sample.category,
        language=sample.language,
        pages=page_count,
        error=1.0 if outcome.failure else min(1.0, error),
        cer=1.0 if outcome.failure else cer,
        wer=1.0 if outcome.failure else rates.word_error_rate(found, sample.text, rules),
        bag_of_words=1.0 if outcome.failure else rates.bag_of_words_error(found, sample.text, rules),
        flexible_cer=1.0 if outcome.failure else free.error_rate,
        characters=free.length,
        lines=free.truth_lines if has_lines else None,
        missing_lines=free.missing_lines if has_lines else None,
        extra_lines=free.extra_lines if has_lines else None,
        word_boxes=placed.f1 if placed else 0.0 if outcome.failure and sample.words else None,
        box_overlap=placed.overlap if placed else None,
        cells=cells.cells if cells else None,
        cell_neighbours=cells.neighbours if cells else None,
        seconds=_seconds(document),
        cost=None if price is None else price * page_count,
        failure=outcome.failure,
    )


def _seconds(document: Document | None) -> float | None:
    if document is None:
        return None
    laps = [
        seconds
        for page in document.pages
        for stage, seconds in page.timings.items()
        if stage not in _NOT_READING
    ]
    return sum(laps) if laps else None


def summary(scores: Sequence[Score], group: str | None = None) -> Summary:
    """Of one system's pages."""
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
        interval=interval(errors),
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
        cell_neighbours=_mean_known(score.cell_neighbours for score in scores),
        seconds_per_page=sum(score.seconds or 0 for score in timed) / sum(score.pages for score in timed)
        if timed
        else None,
        cost_per_page=sum(score.cost for score in scores if score.cost is not None) / pages
        if any(score.cost is not None for score in scores)
        else None,
    )


def grouped(scores: Iterable[Score], key: str) -> tuple[Summary, ...]:
    """By system and by `category` or `language`, in the order in which they come."""
    found: dict[tuple[str, str], list[Score]] = {}
    for score in scores:
        found.setdefault((getattr(score, key) or "unknown", score.system), []).append(score)
    return tuple(summary(each, group) for (group, _), each in found.items())


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def _mean_known(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
