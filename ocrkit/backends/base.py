"""The backend protocol: `recognize`, `close`, a name and capabilities. Nothing else.

Backends never retry, never start threads, never read configuration or environment, never print: the layers
around them do. The base of backends for remote services is `ocrkit.backends.remote`.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from ocrkit.errors import OcrkitError
from ocrkit.harmless import Harmless
from ocrkit.page import Page
from ocrkit.request import Capabilities, Request
from ocrkit.result import Cost, Model, PageResult


class BackendOptions(BaseModel):
    """The base of every backend's options: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class IsolatedOptions(BackendOptions):
    """The base of the options of a backend with `Capabilities.isolated`."""

    timeout_seconds: Harmless[float] = Field(300, gt=0)
    """The time for one page. The worker process is ended after it, and the page tried once more."""


@runtime_checkable
class OcrBackend(Protocol):
    """Reads one page at a time.

    A class with options (`Options`, a `BackendOptions`) is created with its options; a class without
    is created with no argument. A class that reads with other backends has a second parameter, `create`, and
    gets a `BackendFactory`.
    """

    name: str
    """Its name in the registry, in configuration and in results."""
    capabilities: Capabilities

    def recognize(self, page: Page, request: Request) -> PageResult:
        """Read a page.

        Polygons are in pixels of `page`; a blank page is a result without blocks. Every failure is raised as
        a `ocrkit.errors.BackendError`, never as the engine's own exception.
        """
        ...

    def close(self) -> None:
        """Free all resources. Closing twice is allowed; a closed backend loads again when it is used."""
        ...


class BackendFactory(Protocol):
    """Creates another backend: with its options of the settings, and within the rule for remote backends.

    Threads may share what it creates. The result of a page has its lines in reading order, and its words have
    probabilities where the backend is calibrated.
    """

    def __call__(
        self,
        spec: str | type[OcrBackend] | OcrBackend,
        *,
        find_tables: bool = True,
        check_scripts: bool = True,
    ) -> OcrBackend:
        """The backend with this name, dotted path or class. The caller closes it.

        Args:
            spec: a name, a dotted path, a class or a backend.
            find_tables: look for tables on every page. False: only where the request is for tables.
            check_scripts: take lines out of the text that are in a script that the backend does not read.
        """
        ...


class Requirement(Model):
    """A module or program that a backend needs."""

    kind: Literal["module", "program"]
    name: str
    install: str
    """The exact command that installs it."""
    optional: bool = False
    unless: str | None = None
    """An alternative module: if it is installed, this one is not needed."""

    @property
    def is_installed(self) -> bool:
        """Whether it, or its alternative, is installed. Imports neither."""
        if self.unless and _can_import(self.unless):
            return True
        return shutil.which(self.name) is not None if self.kind == "program" else _can_import(self.name)


class Finding(Model):
    """One line of `ocrkit doctor`."""

    ok: bool
    text: str
    advice: str | None = None


@runtime_checkable
class SupportsDiagnosis(Protocol):
    """A backend that checks its own installation, for `ocrkit doctor`. It must not download anything."""

    def diagnose(self) -> list[Finding]: ...


@runtime_checkable
class SupportsLiveCheck(Protocol):
    """A remote backend that makes one cheap call with its credentials, for `ocrkit doctor --live`."""

    def check_live(self) -> Finding:
        """The outcome. Raising a `BackendError` means the same as a finding that is not ok."""
        ...


@runtime_checkable
class SupportsCost(Protocol):
    """A backend that charges for pages, and knows its prices."""

    def expected_cost(self, request: Request) -> Cost | None:
        """The cost of reading one page; None if it is not known."""
        ...


@runtime_checkable
class SupportsScripts(Protocol):
    """A backend that reads further scripts if models or language packs for them are installed."""

    def languages_for(self, script: str) -> tuple[str, ...]:
        """The languages to request for text in a script, of those that are installed; empty if none is.

        Args:
            script: an ISO 15924 code; `Latn-VN` is Latin script with the letters of Vietnamese.
        """
        ...


@runtime_checkable
class SupportsModels(Protocol):
    """A backend that reads with model files which can be fetched. It does not fetch them itself."""

    def missing_models(self, request: Request) -> tuple[str, ...]:
        """The names of the models, as in `ocrkit models list`, that a request needs and that are not here."""
        ...


@runtime_checkable
class SupportsFingerprint(Protocol):
    """A backend whose results depend on more than its options and its code."""

    def fingerprint(self) -> str:
        """Changes when the same page may be read differently: another program, another model file."""
        ...


@runtime_checkable
class SupportsIsolation(Protocol):
    """A backend with `Capabilities.isolated` whose worker process needs more than a new folder.

    Both methods are called in the program, which must not load the engine.
    """

    def prepare_process(self, folder: Path) -> Mapping[str, str]:
        """Prepare the current folder of the process, and return its environment variables."""
        ...

    def explain_crash(self, output: str) -> OcrkitError | None:
        """The error for a crash whose cause is known by the last lines that the process printed."""
        ...


def _can_import(name: str) -> bool:
    """Whether a module can be found, without importing the package around it."""
    top, *rest = name.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except ValueError:  # a module without a spec in sys.modules
        return True
    for length, _ in enumerate(rest, start=2):
        if spec is None or spec.submodule_search_locations is None:
            return False
        full = ".".join([top, *rest][:length])
        spec = importlib.machinery.PathFinder.find_spec(full, spec.submodule_search_locations)
    return spec is not None
