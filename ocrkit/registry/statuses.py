"""What is installed and what is missing, found out without starting an engine."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import shutil

from ocrkit import plugins
from ocrkit.backends.base import Requirement
from ocrkit.errors import MissingDependencyError, OcrkitError
from ocrkit.registry.backends import FAMILY, backend_class
from ocrkit.request import Capabilities
from ocrkit.result import Model


class BackendStatus(Model):
    """One row of `ocrkit backends`."""

    name: str
    origin: str
    """`built-in`, or the distribution with its version."""
    missing: tuple[Requirement, ...] = ()
    """What is not there, also what it could do without (`optional`)."""
    capabilities: Capabilities | None = None
    error: str | None = None
    """Why its class cannot be had, if it cannot."""

    @property
    def installed(self) -> bool:
        """It can be used; credentials are another matter."""
        return self.error is None and all(item.optional for item in self.missing)


def backend_statuses() -> list[BackendStatus]:
    """All backends, sorted by name."""
    statuses: dict[str, BackendStatus] = {}
    for part in plugins.plugins(FAMILY):
        same = statuses.get(part.name)
        if same is None:
            statuses[part.name] = _status(part.name, part.origin)
        else:
            statuses[part.name] = same.model_copy(update={"origin": f"{same.origin}, {part.origin}"})
    return list(statuses.values())


def backend_status(spec: str) -> BackendStatus:
    """The status of one backend, by name or dotted path."""
    origin = "dotted path" if ":" in spec else plugins.find(FAMILY, spec).origin
    return _status(spec, origin)


def _status(spec: str, origin: str) -> BackendStatus:
    try:
        kind = backend_class(spec)
    except MissingDependencyError as error:
        missing: tuple[Requirement, ...] = ()
        if error.install:
            missing = (Requirement(kind="module", name=error.name or spec, install=error.install),)
        return BackendStatus(name=spec, origin=origin, missing=missing, error=error.message)
    except OcrkitError as error:
        return BackendStatus(name=spec, origin=origin, error=error.message)
    capabilities = getattr(kind, "capabilities", None)
    return BackendStatus(
        name=spec,
        origin=origin,
        missing=tuple(item for item in requirements(kind) if not _is_there(item)),
        capabilities=capabilities if isinstance(capabilities, Capabilities) else None,
    )


def requirements(kind: type) -> tuple[Requirement, ...]:
    """What a backend says it needs, in its class attribute `requires`."""
    return tuple(getattr(kind, "requires", ()))


def _is_there(item: Requirement) -> bool:
    if item.unless and _module_is_there(item.unless):
        return True
    return shutil.which(item.name) is not None if item.kind == "program" else _module_is_there(item.name)


def _module_is_there(name: str) -> bool:
    """Whether a module could be imported; not even the package around it is."""
    top, *rest = name.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except ValueError:  # a module that was put into sys.modules by hand
        return True
    for length, _ in enumerate(rest, start=2):
        if spec is None or spec.submodule_search_locations is None:
            return False
        full = ".".join([top, *rest][:length])
        spec = importlib.machinery.PathFinder.find_spec(full, spec.submodule_search_locations)
    return spec is not None
