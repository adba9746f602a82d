"""Counts of money and calls against a limit, for threads and, in a file, for processes and later runs."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from ocrkit.errors import (
    AuthenticationError,
    BackendUnavailableError,
    BudgetSpentError,
    CapabilityError,
    ConfigError,
    QuotaError,
    RateLimitError,
)

NOT_CHARGED = (
    AuthenticationError, BackendUnavailableError, CapabilityError, ConfigError, QuotaError, RateLimitError,
)  # fmt: skip
"""Errors of calls that no service charges for. After any other one, such as a timeout, it may have read."""


class Amount(NamedTuple):
    """Money and calls."""

    cost: Decimal = Decimal(0)
    calls: int = 0

    def plus(self, other: Amount) -> Amount:
        return Amount(self.cost + other.cost, self.calls + other.calls)

    def minus(self, other: Amount) -> Amount:
        return Amount(self.cost - other.cost, self.calls - other.calls)


@dataclass(frozen=True)
class Limits:
    """The most that may be paid."""

    max_cost: Decimal | None = None
    max_calls: int | None = None
    currency: str = "USD"
    suffix: str = ""
    """What the names of the settings end with, in messages: `_per_page`."""
    table: str = ""
    """The table of the settings that has the limits, such as `[strategies.cascade]`."""

    @property
    def exist(self) -> bool:
        """Whether anything is limited."""
        return self.max_cost is not None or self.max_calls is not None

    def left(self, spent: Amount) -> tuple[Decimal | None, int | None]:
        """What may still be paid: money and calls, each None without a limit."""
        money = None if self.max_cost is None else self.max_cost - spent.cost
        return money, None if self.max_calls is None else self.max_calls - spent.calls

    def check(self, spent: Amount, amount: Amount, advice: str = "") -> None:
        """Raise `BudgetSpentError` if this amount, too, would exceed a limit."""
        money, calls = self.left(spent)
        name = problem = ""
        if calls is not None and amount.calls > calls:
            name = f"max_calls{self.suffix}"
            problem = f"{name} = {self.max_calls} is reached: {spent.calls} calls are counted"
        elif money is not None and amount.cost > money:
            name = f"max_cost{self.suffix}"
            problem = (
                f"{name} = {self.max_cost:f} {self.currency} is reached: {spent.cost:f} is spent, and the "
                f"next page costs up to {amount.cost:f}"
            )
        if problem:
            where = f" in {self.table}" if self.table else ""
            raise BudgetSpentError(f"{problem}; raise {name}{where}{advice}")


class Counter:
    """What was paid, and what is reserved. Threads share it."""

    def __init__(self, limits: Limits, ledger: Path | None = None) -> None:
        """Set up; no file is opened.

        Args:
            limits: what may be paid.
            ledger: a file that counts, also for other processes and later runs.
        """
        self.limits = limits
        self.path = ledger
        self._lock = threading.Lock()
        self._ledger = _Ledger(ledger) if ledger else None
        self._spent = Amount()

    @property
    def spent(self) -> Amount:
        """The amount paid or reserved so far; with a ledger, by all processes."""
        with self._locked() as spent:
            return spent

    def reserve(self, amount: Amount) -> None:
        """Count an amount before it is paid. Raises `BudgetSpentError` if it would exceed a limit."""
        with self._locked() as spent:
            self.limits.check(spent, amount, self._ledger.advice if self._ledger else "")
            self._append(amount)

    def add(self, amount: Amount) -> None:
        """Count an amount whatever the limits are: a correction of what was reserved."""
        if amount != Amount():
            with self._locked():
                self._append(amount)

    def lend(self, most: Amount) -> Amount:
        """Reserve an amount, or what is left if that is less: nothing of what is not limited."""
        with self._locked() as spent:
            money, calls = self.limits.left(spent)
            lent = Amount(
                Decimal(0) if money is None else max(Decimal(0), min(most.cost, money)),
                0 if calls is None else max(0, min(most.calls, calls)),
            )
            self._append(lent)
        return lent

    @contextlib.contextmanager
    def _locked(self) -> Iterator[Amount]:
        with self._lock:
            if self._ledger is None:
                yield self._spent
                return
            with self._ledger.locked():
                yield self._ledger.total()

    def _append(self, amount: Amount) -> None:
        if self._ledger is None:
            self._spent = self._spent.plus(amount)
        else:
            self._ledger.append(amount)


@contextlib.contextmanager
def paying(counters: Sequence[Counter], price: Amount, *, may_be_free: bool = True) -> Iterator[list[Amount]]:
    """Reserve the price of a page, then count the actual amounts instead: those in the list, if any.

    Args:
        counters: they all count the page.
        price: what is reserved.
        may_be_free: nothing is counted after an error for which services do not charge. False for several
            calls, of which the first ones may have been charged.

    Raises:
        BudgetSpentError: a limit would be exceeded; nothing is to be sent.
    """
    reserved: list[Counter] = []
    actual: list[Amount] = []
    try:
        for counter in counters:
            counter.reserve(price)
            reserved.append(counter)
        yield actual
    except NOT_CHARGED:
        if may_be_free or len(reserved) < len(counters):
            for counter in reserved:
                counter.add(Amount().minus(price))
        raise
    if actual:
        paid = Amount(sum((each.cost for each in actual), Decimal(0)), sum(each.calls for each in actual))
        for counter in counters:
            counter.add(paid.minus(price))


class _Ledger:
    """A file with one line for each reservation and correction. A killed process leaves its reservations."""

    def __init__(self, path: Path) -> None:
        self._path = path.expanduser()
        self._file = -1
        self._read = 0
        self._total = Amount()

    @property
    def advice(self) -> str:
        return f", or delete {self._path} to begin a new count"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """The open file, locked against other processes. The lock ends with the process, too."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise ConfigError(
                f"the ledger {self._path} cannot be opened: {error.strerror}; choose a file that can be "
                "written"
            ) from error
        try:
            _lock_file(self._file)
            yield
        finally:
            os.close(self._file)

    def total(self) -> Amount:
        """The amount that all processes paid and reserved."""
        size = os.fstat(self._file).st_size
        if size < self._read:  # deleted, to begin a new count
            self._read, self._total = 0, Amount()
        new = os.pread(self._file, size - self._read, self._read)
        complete = new[: new.rfind(b"\n") + 1]
        for line in complete.decode(errors="replace").splitlines():
            cost, _, calls = line.partition(" ")
            try:
                self._total = self._total.plus(Amount(Decimal(cost), int(calls)))
            except (ArithmeticError, ValueError):
                raise ConfigError(f"{self._path} is not a ledger; name another file") from None
        self._read += len(complete)
        return self._total

    def append(self, amount: Amount) -> None:
        """Write an amount to the disk."""
        os.write(self._file, f"{amount.cost:f} {amount.calls}\n".encode())
        os.fsync(self._file)


def _lock_file(file: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        raise ConfigError(
            "a ledger needs POSIX file locks, which this system does not have; remove `ledger`"
        ) from None
    fcntl.flock(file, fcntl.LOCK_EX)


def exact(amount: float) -> Decimal:
    """An amount as it is written in the settings, without the error of binary fractions."""
    return Decimal(repr(amount))
