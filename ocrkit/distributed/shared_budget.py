"""The budget of a run on a cluster: one process counts, and workers borrow from it page by page.

Before a page, a worker borrows what the page may cost at most. Its process spends from a ledger on its node
that holds only what was borrowed. Afterwards, what was not spent is returned. So the limits hold without
storage that the nodes share. What a lost worker had borrowed counts as spent.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from ocrkit import registry
from ocrkit.backends.base import OcrBackend, SupportsCost
from ocrkit.config.settings import Settings
from ocrkit.errors import BackendUnavailableError, CapabilityError
from ocrkit.ledger import Amount, Counter, Limits, exact
from ocrkit.pipeline.config import request_of
from ocrkit.strategies.base import StrategyBackend


class SharedLimit(NamedTuple):
    """The limits in one table of the settings."""

    group: str
    """`strategies` or `backends`."""
    table: str
    limits: Limits
    ledger: Path | None
    most: Amount
    """What one page may cost at most."""

    @property
    def key(self) -> str:
        return f"{self.group}.{self.table}"


class BudgetKeeper:
    """Counts for all workers of a run. It is an actor on the node of the program that started the run."""

    def __init__(self, limits: tuple[SharedLimit, ...]) -> None:
        self._most = {each.key: each.most for each in limits}
        self._counters = {each.key: Counter(each.limits, each.ledger) for each in limits}

    def lend(self) -> dict[str, Amount]:
        """What one page may cost, or what is left, by table."""
        return {key: counter.lend(self._most[key]) for key, counter in self._counters.items()}

    def take_back(self, amounts: Mapping[str, Amount]) -> None:
        """Count what was lent and not spent."""
        for key, amount in amounts.items():
            self._counters[key].add(Amount().minus(amount))


def start_keeper(limits: tuple[SharedLimit, ...]) -> Any:
    """The actor that counts, on this node, where the ledgers are; None without limits."""
    if not limits:
        return None
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    return ray.remote(BudgetKeeper).options(num_cpus=0, scheduling_strategy=here).remote(limits)


def shared_limits(settings: Settings, backend: OcrBackend) -> tuple[SharedLimit, ...]:
    """The limits of a run, in the tables of the backend and of those that it reads with."""
    request = request_of(settings.languages, settings.mode, settings.scene)
    found = {}
    for each in _all_inside(backend):
        counter = each.budget.counter if isinstance(each, StrategyBackend) else getattr(each, "account", None)
        if not isinstance(counter, Counter) or not counter.limits.exist:
            continue
        table = registry.table_name(each.name)
        cost = None
        if isinstance(each, SupportsCost):
            with contextlib.suppress(CapabilityError):
                cost = each.expected_cost(request)
        services = sum(not isinstance(one, StrategyBackend) for one in _all_inside(each))
        most = Amount(exact(cost.amount), cost.calls) if cost else Amount(calls=services)
        group = registry.table_group(table)
        found[f"{group}.{table}"] = SharedLimit(group, table, counter.limits, counter.path, most)
    return tuple(found.values())


def asking(keeper: Any) -> Callable[..., Any]:
    """A function that calls a method of this actor, by name."""

    def ask(method: str, *arguments: object) -> Any:
        try:
            return ray.get(getattr(keeper, method).remote(*arguments))
        except RayError as error:
            raise BackendUnavailableError(
                "the process that counts the costs of the run has ended, so nothing more is sent; start the "
                "same run again to resume it"
            ) from error

    return ask


class Purse:
    """What a worker has borrowed: a ledger for each table, in a folder of its node."""

    def __init__(self, ask: Callable[..., Any], limits: tuple[SharedLimit, ...]) -> None:
        """Set up with nothing. `ask` calls a method of the keeper, by name; see `asking`."""
        self._ask = ask
        self._folder = tempfile.TemporaryDirectory(prefix="ocrkit-budget-")
        self._limits = {each.key: each for each in limits}
        self._counters: dict[str, Counter] = {}
        for key, each in self._limits.items():
            counter = self._counters[key] = Counter(Limits(), self.ledger(key))
            counter.add(_all_of(each.limits))

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()

    def ledger(self, key: str) -> Path:
        """The ledger of a table on this node."""
        return Path(self._folder.name) / key

    def settings(self, settings: Settings) -> Settings:
        """The settings with these ledgers."""
        groups: dict[str, dict[str, Any]] = {
            "backends": {**settings.backends},
            "strategies": {**settings.strategies},
        }
        for key, each in self._limits.items():
            table = groups[each.group].get(each.table, {})
            groups[each.group][each.table] = {**table, "ledger": str(self.ledger(key))}
        return settings.model_copy(update=groups)

    @contextlib.contextmanager
    def for_page(self) -> Iterator[None]:
        """Borrow for one page, and return what was not spent."""
        lent = self._ask("lend")
        for key, amount in lent.items():
            self._counters[key].add(Amount().minus(amount))
        before = {key: counter.spent for key, counter in self._counters.items()}
        try:
            yield
        finally:
            unspent = {}
            for key, counter in self._counters.items():
                spent = counter.spent
                unspent[key] = lent[key].minus(spent.minus(before[key]))
                counter.add(_all_of(self._limits[key].limits).minus(spent))
            self._ask("take_back", unspent)


def _all_of(limits: Limits) -> Amount:
    """What leaves nothing of these limits."""
    return Amount(limits.max_cost or Decimal(0), limits.max_calls or 0)


def _all_inside(backend: OcrBackend) -> Iterator[Any]:
    """A backend, and all that it reads with."""
    inner = backend.backend if isinstance(backend, registry.Reader) else backend
    yield inner
    if isinstance(inner, StrategyBackend):
        for reader in inner.readers:
            yield from _all_inside(reader.backend)
