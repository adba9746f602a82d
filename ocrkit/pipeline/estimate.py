"""What documents would cost, without sending a page.

Pages go through the pipeline with stand-ins for the backends that would be paid. A stand-in counts the call
and reads nothing. Local backends read only where the calls depend on what they read, as in a cascade.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ocrkit import registry
from ocrkit.backends.base import OcrBackend, SupportsCost
from ocrkit.errors import ConfigError
from ocrkit.ledger import Amount, exact
from ocrkit.ledger import Counter as Count
from ocrkit.page import Page
from ocrkit.pipeline.config import PipelineConfig
from ocrkit.pipeline.page_pipeline import PagePipeline
from ocrkit.pipeline.planned_documents import Plan, PlannedDocument, spread
from ocrkit.pipeline.postprocessing import create_postprocess
from ocrkit.request import Request
from ocrkit.result import Cost, PageResult, Trace
from ocrkit.strategies.base import StrategyBackend
from ocrkit.strategies.budget import Budget, BudgetOptions

EXAMINED = 200
"""The most pages that are examined; the rest is extrapolated."""
EXAMINED_BY_ENGINES = 24
"""The most pages that are examined if local engines have to read them."""


@dataclass(frozen=True)
class ReaderEstimate:
    """The expected calls of one paid backend."""

    name: str
    calls: int
    cost: float | None
    """None if the price is unknown."""
    currency: str | None


@dataclass(frozen=True)
class Estimate:
    """The expected calls and costs of a run."""

    documents: int
    pages: int
    """The pages to read."""
    finished: int
    """Pages that an earlier run read."""
    examined: int
    """The pages that the estimate is made from: all of them, or some that are spread evenly."""
    sent: int
    """The pages of which anything is sent."""
    cached: int
    """The pages that the cache has."""
    readers: tuple[ReaderEstimate, ...] = ()
    full_costs: tuple[Cost, ...] = ()
    """What all pages would cost if the paid reader read all of them, by currency."""
    assumptions: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    """Limits that the run would reach."""
    downloads: tuple[str, ...] = ()
    """Models that the run would download first."""
    unreadable: tuple[str, ...] = ()
    """Documents that cannot be opened, with the reason."""


def estimate(
    config: PipelineConfig, documents: Iterable[PlannedDocument], *, examined: int | None = None
) -> Estimate:
    """The expected calls and costs of reading these documents.

    Args:
        config: how they would be read.
        documents: the documents.
        examined: the most pages to examine. None: `EXAMINED`, or `EXAMINED_BY_ENGINES` if engines have to
            read.

    Raises:
        ConfigError: the backend is an object that already has readers, or a setting is wrong, or the calls
            depend on what engines read whose models are not here.
    """
    with contextlib.closing(config.build(config.settings.threads, fetch=False)) as pipeline:
        downloads = config.downloads(pipeline.backend)
        rehearsal = _Rehearsal(config, pipeline)
        try:
            if downloads and rehearsal.needs_engines:
                raise ConfigError(
                    "the calls depend on what local engines read, and an estimate downloads no model; fetch "
                    f"the models first, with `ocrkit models fetch {' '.join(downloads)}`"
                )
            limit = examined or (EXAMINED_BY_ENGINES if rehearsal.needs_engines else EXAMINED)
            plan = Plan(documents)
            chosen = spread(plan.pages, limit if pipeline.backend.capabilities.remote else 0)
            for page in plan.opened(chosen):
                rehearsal.read(page)
            return dataclasses.replace(rehearsal.result(plan, len(chosen)), downloads=downloads)
        finally:
            if config.owns_backend:
                rehearsal.original.close()


class _StandIn:
    """In place of a backend: counts the calls of a paid one, and reads nothing."""

    def __init__(self, backend: OcrBackend, calls: list[tuple[str, Cost | None]]) -> None:
        self.name, self.capabilities = backend.name, backend.capabilities
        self.original = backend
        self._calls = calls

    def expected_cost(self, request: Request) -> Cost | None:
        """See `ocrkit.backends.base.SupportsCost`."""
        return self.original.expected_cost(request) if isinstance(self.original, SupportsCost) else None

    def recognize(self, page: Page, request: Request) -> PageResult:
        """An empty page, with the cost."""
        cost = self.expected_cost(request)
        if self.capabilities.remote:
            self._calls.append((self.name, cost))
        trace = Trace(backend=self.name, cost=cost)
        return PageResult(index=page.index, width=page.width, height=page.height, dpi=page.dpi, trace=trace)

    def close(self) -> None:
        """Close the backend."""
        self.original.close()


class _Rehearsal:
    """A pipeline with stand-ins, and what they count."""

    def __init__(self, config: PipelineConfig, pipeline: PagePipeline) -> None:
        self.original = pipeline.backend
        self._calls: list[tuple[str, Cost | None]] = []
        self._full: list[Cost] = []
        self._sent = self._cached = 0
        self._strategies = list(_strategies(self.original, owned=config.owns_backend))
        self.needs_engines = any(each.depends_on_text for each in self._strategies)
        self._counters = [each.budget.counter for each in self._strategies[:1]]
        self._rewrites = any(
            getattr(each.step, "remote", False) for each in create_postprocess(config.postprocess)
        )
        for each in self._strategies:
            each.budget = Budget(BudgetOptions())
            for reader in each.readers:
                self._replace(reader.backend)
        if not self._strategies and isinstance(account := getattr(self.original, "account", None), Count):
            self._counters.append(account)
        backend = self.original if self._strategies else _StandIn(self.original, self._calls)
        self._pipeline = pipeline.rehearsal(backend)

    def read(self, page: Page) -> None:
        """Take a page through the pipeline."""
        before = len(self._calls)
        trace = self._pipeline.read(page).trace
        is_cached = "cache" in trace.timings
        self._cached += is_cached
        self._sent += not is_cached and len(self._calls) > before
        full = trace.full_cost or trace.cost
        if full is not None:
            self._full.append(full)

    def result(self, plan: Plan, examined: int) -> Estimate:
        pages = len(plan.pages)
        scale = Decimal(pages) / examined if examined else Decimal(0)
        readers = tuple(self._readers(scale))
        return Estimate(
            documents=plan.documents,
            pages=pages,
            finished=plan.finished,
            examined=examined,
            sent=round(self._sent * scale),
            cached=round(self._cached * scale),
            readers=readers,
            full_costs=tuple(_sums(self._full, scale)),
            assumptions=tuple(self._assumptions(pages, examined)),
            limits=tuple(self._reached(readers)),
            unreadable=tuple(plan.unreadable),
        )

    def _replace(self, reader: OcrBackend) -> None:
        if not isinstance(reader, registry.Reader) or isinstance(reader.backend, StrategyBackend):
            return
        if reader.backend.capabilities.remote or not self.needs_engines:
            reader.backend = _StandIn(reader.backend, self._calls)

    def _readers(self, scale: Decimal) -> Iterator[ReaderEstimate]:
        counts = Counter(name for name, _ in self._calls)
        for name in counts:
            costs = [cost for other, cost in self._calls if other == name]
            known = [cost for cost in costs if cost is not None]
            # A vision model without a price of its own counts as one call a page.
            calls = sum(cost.calls if cost else 1 for cost in costs)
            total = next(_sums(known, scale), None) if len(known) == len(costs) else None
            yield ReaderEstimate(
                name, round(calls * scale), total.amount if total else None, total.currency if total else None
            )

    def _assumptions(self, pages: int, examined: int) -> Iterator[str]:
        if not self.original.capabilities.remote:
            yield "all pages are read on this machine, so nothing is paid"
            return
        if examined < pages:
            yield f"the other {pages - examined} pages are like the {examined} that were examined"
        kinds = {each.name for each in self._strategies}
        if "fallback" in kinds:
            yield "the first reader that supports a page answers"
        if "cascade" in kinds:
            yield "a paid reader leaves every doubtful line doubtful, so that the next one is asked, too"
        yield "no request has to be repeated"
        if self._rewrites:
            yield "the language model of the post-processing is not counted"

    def _reached(self, readers: Sequence[ReaderEstimate]) -> Iterator[str]:
        expected = Amount(
            sum((exact(each.cost) for each in readers if each.cost is not None), Decimal(0)),
            sum(each.calls for each in readers),
        )
        for counter in self._counters:
            limits = counter.limits
            if not limits.exist:
                continue
            money, calls = limits.left(counter.spent)
            where = f"in {limits.table}" if limits.table else ""
            if calls is not None and expected.calls > calls:
                yield f"max_calls = {limits.max_calls} {where} allows {max(0, calls)} of these calls"
            if money is not None and expected.cost > money:
                yield (
                    f"max_cost = {limits.max_cost:f} {limits.currency} {where} allows "
                    f"{max(Decimal(0), money):f} {limits.currency} of this cost"
                )


def _strategies(backend: OcrBackend, *, owned: bool) -> Iterator[StrategyBackend]:
    """The strategies in a backend, the outer ones first."""
    inner = backend.backend if isinstance(backend, registry.Reader) else backend
    if not isinstance(inner, StrategyBackend):
        return
    if not owned:
        raise ConfigError(
            f"the costs of a ready-made '{inner.name}' cannot be estimated, because it has its readers "
            f"already; pass a description such as `{inner.name.title()}(…)`, or its name"
        )
    yield inner
    for spec, reader in inner.readers:
        yield from _strategies(reader, owned=not isinstance(spec, StrategyBackend))


def _sums(costs: Iterable[Cost], scale: Decimal) -> Iterator[Cost]:
    """The sums of costs by currency, extrapolated."""
    by_currency: dict[str, list[Cost]] = {}
    for cost in costs:
        by_currency.setdefault(cost.currency, []).append(cost)
    for currency, each in sorted(by_currency.items()):
        amount = sum((exact(cost.amount) for cost in each), Decimal(0)) * scale
        yield Cost(
            amount=float(round(amount, 9)),
            currency=currency,
            calls=round(sum(cost.calls for cost in each) * scale),
        )
