"""Find the order and the bar of a cascade on pages with ground truth.

Each backend reads each page once, as a whole. All cascades are computed from these readings, so a curve costs
no further call.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from ocrkit import registry
from ocrkit.calibration import Calibration, calibration_of
from ocrkit.config.settings import Settings
from ocrkit.document import Document
from ocrkit.errors import ConfigError
from ocrkit.evaluate.evaluation import system_config
from ocrkit.evaluate.ground_truth import READINGS, Sample, Samples
from ocrkit.evaluate.normalization import Rules
from ocrkit.evaluate.page_scoring import score_page
from ocrkit.evaluate.readings import Outcome, ProgressCallback, Readings, read_all
from ocrkit.evaluate.tuning import MIN_PAGES
from ocrkit.result import Model, PageResult
from ocrkit.strategies.simulation import cascaded

BARS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.01)
"""The bars that are tried: from no line to all lines."""
_ENOUGH = 0.9
"""The share of the possible gain that the recommended bar reaches."""
_RULES = Rules()


class CurvePoint(Model):
    """What a cascade with one bar does on some pages."""

    below: float
    share: float
    """The share of the letters that the second reader reads."""
    pages: float
    """The share of the pages of which the second reader gets anything."""
    error: float
    """The mean error."""
    cost: float | None = None
    """The mean cost of a page; None if no price is known."""


class CascadeCurve(Model):
    """Error, work and cost of a cascade, by its bar."""

    first: str
    then: str
    points: tuple[CurvePoint, ...]
    """On the first half of the pages: from the first reader alone to a second reading of everything."""
    chosen: CurvePoint
    """The least work that reaches 90 % of the gain."""
    checked: CurvePoint
    """The chosen bar on the other half of the pages."""
    alone: tuple[float, float]
    """The errors of both readers alone on the other half."""


class CascadeTuning(Model):
    """The curves of all orders, the best one first."""

    curves: tuple[CascadeCurve, ...]

    @property
    def changes(self) -> dict[str, Any]:
        """The settings of the best cascade, by dotted key."""
        best = self.curves[0]
        table = {"first": best.first, "then": best.then, "below": best.chosen.below}
        return {"backend": "cascade", **{f"strategies.cascade.{key}": value for key, value in table.items()}}

    @property
    def is_better(self) -> bool:
        """Whether the best cascade has fewer errors on the held-out pages than its first reader."""
        best = self.curves[0]
        return best.checked.error < best.alone[0]


class _Read(NamedTuple):
    """A sample, with the reading of each backend."""

    sample: Sample
    documents: dict[str, Document]


def tune_cascade(
    found: Samples, backends: Sequence[str], settings: Settings, *,
    languages: Sequence[str] = (), rules: Rules = _RULES, readings: Path | None = None,
    progress: ProgressCallback | None = None,
) -> CascadeTuning:  # fmt: skip
    """The curves of cascades of two of these backends, in both orders.

    Args:
        found: pages with ground truth.
        backends: two or more backends.
        settings: the current settings.
        languages: as for `evaluate`.
        rules: which differences between texts count.
        readings: the folder for recognition results.
        progress: called while pages are read.

    Raises:
        ConfigError: there are too few pages or backends.
    """
    if len(set(backends)) < 2:
        raise ConfigError("a cascade needs two backends; name them with --backend NAME --backend NAME")
    configs = [system_config(each, settings.preprocess, settings) for each in dict.fromkeys(backends)]
    folder = readings if readings is not None else found.folder / READINGS
    kept = read_all(
        configs, found.samples, folder, languages=languages, progress=progress, retry_failed=False
    )
    names = {config.system.backend: config.system.name for config in configs}
    tables = {name: calibration_of(registry.table_name(name), settings.calibration) for name in names}
    pages = [page for sample in found.samples if (page := _read(sample, names, tables, kept))]
    if len(pages) < MIN_PAGES:
        raise ConfigError(
            f"tuning needs at least {MIN_PAGES} pages with ground truth that all backends read, and "
            f"{found.folder} has {len(pages)}; add pages"
        )
    pages.sort(key=lambda page: hashlib.sha256(page.sample.id.encode()).digest())
    half = len(pages) // 2
    curves = [
        _curve(pages[:half], pages[half:], first, then, rules)
        for first, then in itertools.permutations(names, 2)
    ]
    return CascadeTuning(curves=tuple(sorted(curves, key=_rank)))


def _read(
    sample: Sample, names: dict[str, str], tables: dict[str, Calibration | None], kept: Readings
) -> _Read | None:
    documents = {}
    for backend, system in names.items():
        outcome = kept.outcome(system, sample)
        if outcome.document is None or outcome.failure is not None:
            return None
        table = tables[backend]
        pages = tuple(table.apply(page) if table else page for page in outcome.document.pages)
        documents[backend] = Document(
            source=outcome.document.source, page_count=outcome.document.page_count, pages=pages
        )
    return _Read(sample, documents)


def _curve(
    chosen_on: Sequence[_Read], checked_on: Sequence[_Read], first: str, then: str, rules: Rules
) -> CascadeCurve:
    points = [_point(chosen_on, first, then, below, rules) for below in BARS]
    gain = points[0].error - min(point.error for point in points)
    enough = points[0].error - _ENOUGH * gain
    chosen = next(point for point in points if point.error <= enough)
    return CascadeCurve(
        first=first,
        then=then,
        points=tuple(points),
        chosen=chosen,
        checked=_point(checked_on, first, then, chosen.below, rules),
        alone=(_alone(checked_on, first, rules), _alone(checked_on, then, rules)),
    )


def _rank(curve: CascadeCurve) -> tuple[float, float, float]:
    """The least money first, then errors, then work: a paid backend does not come first where none has to."""
    cost = curve.chosen.cost or 0.0
    return (round(curve.points[0].cost or 0.0, 9), round(curve.chosen.error, 4), cost + curve.chosen.share)


def _point(pages: Sequence[_Read], first: str, then: str, below: float, rules: Rules) -> CurvePoint:
    errors, letters, again, sent, costs = [], 0, 0.0, 0, []
    count = 0
    for sample, documents in pages:
        read = []
        for one, other in zip(documents[first].pages, documents[then].pages, strict=True):
            made = cascaded(one, other, below)
            read.append(made.page)
            length = sum(len(line.text) for line in one.lines)
            letters, again = letters + length, again + made.share * length
            sent, count = sent + (made.share > 0), count + 1
            costs += [*_costs(one), *(_costs(other) if made.share else ())]
        errors.append(_error(sample, documents[first], read, rules))
    return CurvePoint(
        below=below,
        share=again / letters if letters else 0.0,
        pages=sent / count,
        error=fmean(errors),
        cost=sum(costs) / count if costs or _has_prices(pages, then) else None,
    )


def _alone(pages: Sequence[_Read], backend: str, rules: Rules) -> float:
    return fmean(_error(each.sample, each.documents[backend], None, rules) for each in pages)


def _error(sample: Sample, document: Document, pages: Sequence[PageResult] | None, rules: Rules) -> float:
    if pages is not None:
        document = Document(source=document.source, page_count=document.page_count, pages=tuple(pages))
    return score_page("", sample, Outcome(document), rules, None).error


def _costs(page: PageResult) -> Iterator[float]:
    if page.trace.cost is not None:
        yield page.trace.cost.amount


def _has_prices(pages: Sequence[_Read], backend: str) -> bool:
    return any(page.trace.cost for each in pages for page in each.documents[backend].pages)
