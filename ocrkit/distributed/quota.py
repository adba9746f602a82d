"""Rate and concurrency limits of paid services, divided among the actors of a run.

The limits belong to the account, not to a process. Each actor gets its share, so that all of them together
keep the limits without communication.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from ocrkit import registry
from ocrkit.backends.base import OcrBackend
from ocrkit.config.environment import vendor_values
from ocrkit.config.settings import Settings
from ocrkit.strategies.base import StrategyBackend

RATE = "requests_per_second"
CONCURRENCY = "max_concurrency"


def max_actors(backend: OcrBackend) -> int | None:
    """The largest number of actors, each with one request at a time; None without a limit.

    The readers of a strategy set none: they get only some of the pages.
    """
    if not backend.capabilities.remote:
        return None
    limit = getattr(getattr(backend, "options", None), CONCURRENCY, None)
    return int(limit) if limit else None


def settings_for_actor(settings: Settings, backend: OcrBackend, actors: int) -> Settings:
    """The settings of one of these actors, with its share of the limits of each backend.

    They include the credentials from the environment of this machine, which a node may not have.
    """
    tables = dict(settings.backends)
    for spec, each in _backends(settings.backend, backend):
        if isinstance(options := getattr(each, "options", None), BaseModel):
            name = spec if spec in tables else registry.table_name(spec)
            tables[name] = _share(settings, spec, each, options, actors)
    return settings.model_copy(update={"backends": tables})


def _share(
    settings: Settings, spec: str, backend: OcrBackend, options: BaseModel, actors: int
) -> dict[str, Any]:
    given = registry.options_for(spec, settings.options)
    table = {**given, **{name: value for name, (value, _) in vendor_values(type(options), given).items()}}
    if backend.capabilities.remote:
        if (rate := getattr(options, RATE, None)) is not None:
            table[RATE] = rate / actors
        if (concurrency := getattr(options, CONCURRENCY, None)) is not None:
            table[CONCURRENCY] = max(1, concurrency // actors)
    return table


def _backends(spec: Any, backend: OcrBackend) -> Iterator[tuple[str, OcrBackend]]:
    """The backend, or the readers of a strategy, with their names or dotted paths."""
    inner = backend.backend if isinstance(backend, registry.Reader) else backend
    if isinstance(inner, StrategyBackend):
        for each, reader in inner.readers:
            yield from _backends(each, reader)
    elif isinstance(spec, str):
        yield spec, inner
