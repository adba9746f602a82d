"""The options and requirements of remote backends."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator
from typing_extensions import Self

from ocrkit.backends.base import BackendOptions, Requirement
from ocrkit.http import Connection
from ocrkit.ledger import Counter, Limits, exact


class RemoteOptions(Connection, BackendOptions):
    """The base of a remote backend's options: those of a connection; add the credentials as `SecretStr`.

    A subclass gives `endpoint` a default, and names in `vendor_variables` the environment variables of the
    vendor's own tools: `{"secret_id": ("TENCENTCLOUD_SECRET_ID",)}`.
    """

    prices: Mapping[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    """The price per call of each endpoint, for `Trace.cost`; `*` stands for all others. They replace the
    list prices that ocrkit knows."""
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$")
    """The currency of `prices`, such as `EUR`. None: that of the service's list prices."""
    max_cost: float | None = Field(None, ge=0)
    """The most that all calls of this account may cost, in the currency of the prices. It needs `ledger`."""
    max_calls: int | None = Field(None, ge=0)
    """The most paid calls of this account. It needs `ledger`."""
    ledger: Path | None = None
    """A file that counts the calls and costs of the account, for all runs. Delete it to begin a new count."""

    @model_validator(mode="after")
    def _check_ledger(self) -> Self:
        if (self.max_cost is not None or self.max_calls is not None) and self.ledger is None:
            raise ValueError(
                "max_cost and max_calls of an account need `ledger`, a file that counts for all runs"
            )
        return self


def account_counter(options: RemoteOptions, name: str, currency: str) -> Counter:
    """The count of what the account pays.

    Args:
        options: with the limits.
        name: the name of the backend, for messages.
        currency: that of the prices.
    """
    money = None if options.max_cost is None else exact(options.max_cost)
    limits = Limits(money, options.max_calls, options.currency or currency, table=f"[backends.{name}]")
    return Counter(limits, options.ledger)


def remote_requirements(extra: str, *modules: str) -> tuple[Requirement, ...]:
    """The `requires` of a backend: the modules of its SDK and those of the transport.

    Args:
        extra: the extra of ocrkit that installs all of them.
        *modules: the top modules of the SDK.
    """
    install = f"pip install 'ocrkit[{extra}]'"
    return tuple(Requirement(kind="module", name=name, install=install) for name in (*modules, "httpcore"))
