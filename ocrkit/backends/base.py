"""What a backend is: `recognize`, `close`, and two facts about itself. Nothing else.

Backends never retry, never start threads, never read configuration or environment, never print: the layers
around them do. A file of this folder is always in the same order: docstring with the provider's reference,
`XOptions`, `XBackend`, request building, `parse`, table of errors.
"""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from ocrkit.http import Connection
from ocrkit.page import Page
from ocrkit.request import Capabilities, Request
from ocrkit.result import Model, PageResult


class BackendOptions(BaseModel):
    """The base of every backend's options: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class RemoteOptions(Connection, BackendOptions):
    """The base of a remote backend's options: all of a connection; add the credentials as `SecretStr`.

    A subclass gives `endpoint` its default, and names in `vendor_variables` the environment variables that
    the vendor's tools read: `{"secret_id": ("TENCENTCLOUD_SECRET_ID",)}`.
    """


@runtime_checkable
class OcrBackend(Protocol):
    """Reads one page at a time.

    A class that names its options (`Options`, a `BackendOptions`) is made with one value of them; a class
    without is made with nothing.
    """

    name: str
    """What the registry, the configuration and the results call it."""
    capabilities: Capabilities

    def recognize(self, page: Page, request: Request) -> PageResult:
        """Read a page.

        Polygons are pixels of `page`; a blank page is a result without blocks. Whatever goes wrong is raised
        as one of `ocrkit.errors.BackendError`, never as the engine's own exception.
        """
        ...

    def close(self) -> None:
        """Free what is held. Closing twice is allowed; a closed backend loads again when it is used."""
        ...


class Requirement(Model):
    """Something a backend needs that may be missing."""

    kind: Literal["module", "program"]
    name: str
    install: str
    """The exact command that installs it."""
    optional: bool = False
    unless: str | None = None
    """A module that does as well: where it is installed, this one is not missed."""


def remote_requirements(name: str) -> tuple[Requirement, ...]:
    """The packages of the transport, for `requires` of a backend whose extra is `ocrkit[name]`."""
    return tuple(
        Requirement(kind="module", name=module, install=f"pip install 'ocrkit[{name}]'")
        for module in ("httpcore", "tenacity", "pyrate_limiter")
    )


class Finding(Model):
    """One line of `ocrkit doctor`."""

    ok: bool
    text: str
    advice: str | None = None


@runtime_checkable
class SupportsDiagnosis(Protocol):
    """A backend that can look at its own installation, for `ocrkit doctor`. Nothing may be downloaded."""

    def diagnose(self) -> list[Finding]: ...


@runtime_checkable
class SupportsLiveCheck(Protocol):
    """A remote backend that can make one cheap call with its credentials, for `ocrkit doctor --live`."""

    def check_live(self) -> Finding:
        """What came of it. Raising a `BackendError` is as good as a finding that is not ok."""
        ...


@runtime_checkable
class SupportsFingerprint(Protocol):
    """A backend that knows more than its options and its package about what its results depend on."""

    def fingerprint(self) -> str:
        """Changes when the same page could be read differently: another program, another model file."""
        ...
