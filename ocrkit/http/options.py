"""The options of a connection to a remote service."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from typing_extensions import Self

from ocrkit.harmless import Harmless


class Connection(BaseModel):
    """Endpoint, deadlines, retries, limits, proxy and certificates."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """The environment variables that a vendor's own tools use, by option. They are read only if none of these
    options is set otherwise, so that the halves of a key pair never come from two accounts."""

    endpoint: str
    """The address of the service."""
    region: str | None = None
    timeout_seconds: Harmless[float] = Field(120, gt=0)
    """Deadline of a page, retries included. Waiting for the limits below is not counted."""
    connect_timeout_seconds: Harmless[float] = Field(10, gt=0)
    retries: Harmless[int] = Field(4, ge=0)
    """How often a call is repeated after an error that may pass."""
    retry_wait_seconds: Harmless[float] = Field(0.5, ge=0)
    """The longest wait before the first retry; it doubles with each further one."""
    requests_per_second: Harmless[float | None] = Field(None, gt=0)
    """Rate limit, shared by all threads."""
    max_concurrency: Harmless[int] = Field(4, ge=1)
    """The most requests at once, shared by all threads."""
    outages_before_pause: Harmless[int] = Field(10, ge=1)
    """The circuit breaker opens after this many outages in a row: nothing is sent for `pause_seconds`."""
    pause_seconds: Harmless[float] = Field(30, gt=0)
    proxy: SecretStr | None = None
    """The address of a proxy, or `none`. Default: the environment's (`HTTPS_PROXY`, `NO_PROXY`)."""
    ca_bundle: Path | None = None
    """A PEM file of certificates to trust instead of the system's."""
    allow_http: bool = False
    """Allow an `http://` address on another machine, to which everything is sent unencrypted."""

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        check_address(self.endpoint, allow_http=self.allow_http, name="endpoint")
        for name, value in self:
            if isinstance(value, SecretStr) and not value.get_secret_value().strip():
                raise ValueError(f"{name} is empty")
        return self


def check_address(url: str, *, allow_http: bool, name: str = "address") -> None:
    """Raise ValueError for an address to which nothing must be sent; the message does not quote it."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        raise ValueError(f"{name} is not a URL") from None
    if parts.scheme not in ("https", "http") or not host:
        raise ValueError(f"{name} must begin with https:// and name a host")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"{name} must contain neither credentials nor a query")
    if parts.scheme == "http" and not (allow_http or is_loopback(host)):
        raise ValueError(f"{name} must begin with https://; http:// needs allow_http = true")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
