"""Limits on the cost of a run, for all threads and, with a ledger, for all processes and later runs."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from ocrkit.backends.base import SupportsCost
from ocrkit.errors import (
    AuthenticationError,
    BackendUnavailableError,
    CapabilityError,
    ConfigError,
    OcrkitError,
    QuotaError,
    RateLimitError,
)
from ocrkit.request import Request
from ocrkit.result import PageResult
from ocrkit.strategies.base import Reader, StrategyOptions

_NOT_CHARGED = (
    AuthenticationError, BackendUnavailableError, CapabilityError, ConfigError, QuotaError, RateLimitError,
)  # fmt: skip
"""Errors of calls that no service charges for. After any other one, such as a timeout, it may have read."""


class BudgetOptions(StrategyOptions):
    """The limits of a run. They count the calls of remote readers."""

    max_cost: float | None = Field(None, ge=0)
    """The most that all calls together may cost, in `currency`. It needs the prices of all remote readers."""
    max_calls: int | None = Field(None, ge=0)
    """The most paid calls."""
    currency: str = Field("USD", pattern=r"^[A-Z]{3}$")
    """The currency of `max_cost`."""
    ledger: Path | None = None
    """A file that counts calls and costs, so that the limits hold for several processes and for a run that is
    resumed. Delete it to begin a new count."""


class BudgetSpentError(OcrkitError):
    """A call was not made, because it would exceed `max_cost` or `max_calls`."""


class Amount(NamedTuple):
    """Money and calls."""

    cost: Decimal = Decimal(0)
    calls: int = 0

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.cost - other.cost, self.calls - other.calls)


class Budget:
    """The budget of a run: its limits, and the amount paid. Threads share it."""

    def __init__(self, options: BudgetOptions) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._ledger = _Ledger(options.ledger) if options.ledger else None
        self._spent = Amount()

    @property
    def is_private(self) -> bool:
        """Whether there is a limit that other processes do not know."""
        limited = self._options.max_cost is not None or self._options.max_calls is not None
        return limited and self._ledger is None

    @property
    def spent(self) -> Amount:
        """The amount paid or reserved so far; with a ledger, by all processes."""
        with self._lock:
            if self._ledger:
                with self._ledger.locked() as file:
                    return self._ledger.total(file)
            return self._spent

    @contextlib.contextmanager
    def paying(self, reader: Reader, request: Request) -> Iterator[list[PageResult]]:
        """Reserve the price of one page, then count the actual costs: those of the results in the list.

        Raises:
            BudgetSpentError: the page would exceed a limit; nothing is to be sent.
            ConfigError: `max_cost` is set, but the price of the reader is unknown.
        """
        if not reader.backend.capabilities.remote:
            yield []
            return
        reserved = self._price(reader, request)
        self._add(reserved, limited=True)
        results: list[PageResult] = []
        try:
            yield results
        except _NOT_CHARGED:
            self._add(Amount() - reserved)
            raise
        paid = [result.trace.cost for result in results]
        if paid and all(cost is not None for cost in paid):
            known = [cost for cost in paid if cost is not None]
            actual = Amount(
                sum((_exact(cost.amount) for cost in known), Decimal(0)), sum(cost.calls for cost in known)
            )
            if actual != reserved:
                self._add(actual - reserved)

    def _price(self, reader: Reader, request: Request) -> Amount:
        cost = reader.backend.expected_cost(request) if isinstance(reader.backend, SupportsCost) else None
        if self._options.max_cost is None:
            return Amount(_exact(cost.amount), cost.calls) if cost else Amount(calls=1)
        if cost is None or cost.currency != self._options.currency:
            known = "is unknown" if cost is None else f"is in {cost.currency}"
            raise ConfigError(
                f"max_cost is in {self._options.currency}, but the price of '{reader.name}' {known}; set "
                f"`prices` and `currency` in [backends.{reader.name}], or limit the calls with max_calls"
            )
        return Amount(_exact(cost.amount), cost.calls)

    def _add(self, amount: Amount, *, limited: bool = False) -> None:
        with self._lock:
            if self._ledger is None:
                if limited:
                    self._check(self._spent, amount)
                self._spent = Amount(self._spent.cost + amount.cost, self._spent.calls + amount.calls)
                return
            with self._ledger.locked() as file:
                if limited:
                    self._check(self._ledger.total(file), amount)
                self._ledger.append(file, amount)

    def _check(self, spent: Amount, amount: Amount) -> None:
        options = self._options
        if options.max_calls is not None and spent.calls + amount.calls > options.max_calls:
            raise BudgetSpentError(f"max_calls = {options.max_calls} is reached")
        if options.max_cost is not None and spent.cost + amount.cost > _exact(options.max_cost):
            raise BudgetSpentError(
                f"max_cost = {options.max_cost:g} {options.currency} is reached: {spent.cost:f} is spent, "
                f"and the next page costs {amount.cost:f}"
            )


class _Ledger:
    """A file with one line for each reservation and correction. A killed process leaves its reservations."""

    def __init__(self, path: Path) -> None:
        self._path = path.expanduser()
        self._read = 0
        self._total = Amount()

    @contextlib.contextmanager
    def locked(self) -> Iterator[int]:
        """The open file, locked against other processes. The lock ends with the process, too."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise ConfigError(f"the ledger {self._path} cannot be opened: {error.strerror}") from error
        try:
            _lock_file(file)
            yield file
        finally:
            os.close(file)

    def total(self, file: int) -> Amount:
        """The amount that all processes paid and reserved."""
        new = os.pread(file, os.fstat(file).st_size - self._read, self._read)
        complete = new[: new.rfind(b"\n") + 1]
        for line in complete.decode(errors="replace").splitlines():
            cost, _, calls = line.partition(" ")
            try:
                self._total = Amount(self._total.cost + Decimal(cost), self._total.calls + int(calls))
            except (ArithmeticError, ValueError):
                raise ConfigError(f"{self._path} is not a ledger; name another file") from None
        self._read += len(complete)
        return self._total

    def append(self, file: int, amount: Amount) -> None:
        """Write an amount to the disk."""
        os.write(file, f"{amount.cost:f} {amount.calls}\n".encode())
        os.fsync(file)


def _lock_file(file: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        raise ConfigError("a ledger needs POSIX file locks, which this system does not have") from None
    fcntl.flock(file, fcntl.LOCK_EX)


def _exact(amount: float) -> Decimal:
    return Decimal(repr(amount))
