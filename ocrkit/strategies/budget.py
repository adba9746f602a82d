"""The budget of a strategy: limits of a run and of each page, for threads and, with a ledger, processes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from pydantic import Field

from ocrkit.backends.base import SupportsCost
from ocrkit.errors import CapabilityError, ConfigError
from ocrkit.ledger import Amount, Counter, Limits, exact, paying
from ocrkit.request import Request
from ocrkit.result import Cost, PageResult
from ocrkit.strategies.base import Reader, StrategyBackend, StrategyOptions, total_cost


class BudgetOptions(StrategyOptions):
    """The limits of a run and of each page. They count the calls of remote readers."""

    max_cost: float | None = Field(None, ge=0)
    """The most that all calls together may cost, in `currency`. It needs the prices of all remote readers."""
    max_calls: int | None = Field(None, ge=0)
    """The most paid calls."""
    max_cost_per_page: float | None = Field(None, ge=0)
    """The most that the calls for one page may cost."""
    max_calls_per_page: int | None = Field(None, ge=0)
    """The most paid calls for one page."""
    currency: str = Field("USD", pattern=r"^[A-Z]{3}$")
    """The currency of the limits."""
    ledger: Path | None = None
    """A file that counts calls and costs, so that the limits hold for several processes and for a run that is
    resumed. Delete it to begin a new count."""


class Budget:
    """The budget of a run: its limits, and the amount paid. Threads share it."""

    def __init__(self, options: BudgetOptions, name: str = "") -> None:
        """Set up. `name` is that of the strategy."""
        table = f"[strategies.{name}]"
        run = Limits(_money(options.max_cost), options.max_calls, options.currency, table=table)
        self._of_page = Limits(
            _money(options.max_cost_per_page),
            options.max_calls_per_page,
            options.currency,
            "_per_page",
            table,
        )
        self.counter = Counter(run, options.ledger)

    @property
    def limits(self) -> Limits:
        """The limits of the run."""
        return self.counter.limits

    @property
    def is_private(self) -> bool:
        """Whether there is a limit that other processes do not know."""
        return self.limits.exist and self.counter.path is None

    @property
    def spent(self) -> Amount:
        """The amount paid or reserved so far; with a ledger, by all processes."""
        return self.counter.spent

    def for_page(self) -> PageBudget:
        """The budget for one page."""
        return PageBudget(Counter(self._of_page), self.counter)


class PageBudget:
    """The budget for one page, within that of the run. One thread uses it."""

    def __init__(self, page: Counter, run: Counter) -> None:
        self._page, self._run = page, run

    @contextlib.contextmanager
    def paying(self, reader: Reader, request: Request) -> Iterator[list[PageResult]]:
        """Reserve the price of one page, then count the actual costs: those of the results in the list.

        Raises:
            BudgetSpentError: the page would exceed a limit; nothing is to be sent.
            ConfigError: a cost is limited, but the price of the reader is unknown.
        """
        if not reader.backend.capabilities.remote:
            yield []
            return
        results: list[PageResult] = []
        is_strategy = isinstance(getattr(reader.backend, "backend", None), StrategyBackend)
        price = self._price(reader, request)
        with paying((self._page, self._run), price, may_be_free=not is_strategy) as actual:
            yield results
            paid = [_paid(result) for result in results]
            known = [Amount(exact(cost.amount), cost.calls) for cost in paid if cost is not None]
            actual.extend(known if len(known) == len(paid) else ())

    def _price(self, reader: Reader, request: Request) -> Amount:
        cost = price_of(reader, request)
        limits = self._run.limits
        if limits.max_cost is None and self._page.limits.max_cost is None:
            return Amount(exact(cost.amount), cost.calls) if cost else Amount(calls=1)
        if cost is None or cost.currency != limits.currency:
            known = "is unknown" if cost is None else f"is in {cost.currency}"
            raise ConfigError(
                f"max_cost is in {limits.currency}, but the price of '{reader.name}' {known}; set "
                f"`prices` and `currency` in [backends.{reader.name}], or limit the calls with max_calls"
            )
        return Amount(exact(cost.amount), cost.calls)


def price_of(reader: Reader, request: Request) -> Cost | None:
    """The most that a reader costs for one page; None if it costs nothing, or if its price is unknown."""
    if not reader.backend.capabilities.remote or not isinstance(reader.backend, SupportsCost):
        return None
    return reader.backend.expected_cost(request)


def price_of_all(readers: Sequence[Reader], request: Request) -> Cost | None:
    """The most that all readers cost for one page; None if a price is unknown, or if all are free."""
    paid = [reader for reader in readers if reader.backend.capabilities.remote and not reader.gaps(request)]
    prices = [price_of(reader, request) for reader in paid]
    return None if None in prices else total_cost(prices)


def full_price(readers: Sequence[Reader], request: Request) -> Cost | None:
    """The price of a page that the first paid one of these readers reads as a whole, if it is known."""
    for reader in readers:
        if reader.backend.capabilities.remote and not reader.gaps(request):
            with contextlib.suppress(CapabilityError):  # the combination of what was asked for
                return price_of(reader, request)
    return None


def _paid(result: PageResult) -> Cost | None:
    """The cost of a page; nothing for one that a strategy with known prices read for free."""
    trace = result.trace
    return trace.cost or (trace.full_cost and trace.full_cost.model_copy(update={"amount": 0.0, "calls": 0}))


def _money(amount: float | None) -> Decimal | None:
    return None if amount is None else exact(amount)
