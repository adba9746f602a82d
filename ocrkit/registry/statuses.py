"""Which backends are installed and what they lack, found without starting an engine."""

from __future__ import annotations

from ocrkit import plugins
from ocrkit.backends.base import Requirement
from ocrkit.errors import MissingDependencyError, OcrkitError
from ocrkit.registry.backends import BACKENDS, backend_class
from ocrkit.request import Capabilities
from ocrkit.result import Model


class BackendStatus(Model):
    """One row of `ocrkit backends`."""

    name: str
    origin: str
    """`built-in`, or the distribution with its version."""
    missing: tuple[Requirement, ...] = ()
    """The requirements that are not installed, optional ones included."""
    capabilities: Capabilities | None = None
    error: str | None = None
    """Why its class cannot be loaded, if it cannot."""

    @property
    def installed(self) -> bool:
        """Whether it can be used, apart from credentials."""
        return self.error is None and all(item.optional for item in self.missing)


def backend_statuses() -> list[BackendStatus]:
    """All backends, sorted by name."""
    statuses: dict[str, BackendStatus] = {}
    for plugin in plugins.plugins(BACKENDS):
        same = statuses.get(plugin.name)
        if same is None:
            statuses[plugin.name] = _status(plugin.name, plugin.origin)
        else:
            statuses[plugin.name] = same.model_copy(update={"origin": f"{same.origin}, {plugin.origin}"})
    return list(statuses.values())


def backend_status(spec: str) -> BackendStatus:
    """The status of one backend, by name or dotted path."""
    return _status(spec, plugins.find(BACKENDS, spec).origin)


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
        missing=tuple(item for item in requirements(kind) if not item.is_installed),
        capabilities=capabilities if isinstance(capabilities, Capabilities) else None,
    )


def requirements(kind: type) -> tuple[Requirement, ...]:
    """The class attribute `requires` of a backend: what it needs to be installed."""
    return tuple(getattr(kind, "requires", ()))
