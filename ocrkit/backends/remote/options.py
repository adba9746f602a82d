"""The options and requirements of remote backends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from ocrkit.backends.base import BackendOptions, Requirement
from ocrkit.http import Connection


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


def remote_requirements(extra: str, *modules: str) -> tuple[Requirement, ...]:
    """The `requires` of a backend: the modules of its SDK and those of the transport.

    Args:
        extra: the extra of ocrkit that installs all of them.
        *modules: the top modules of the SDK.
    """
    install = f"pip install 'ocrkit[{extra}]'"
    return tuple(Requirement(kind="module", name=name, install=install) for name in (*modules, "httpcore"))
