"""Rate and concurrency limits of a paid service, divided among the actors of a run.

The limits belong to the account, not to a process. Each actor gets its share, so that all of them together
keep the limits without communication.
"""

from __future__ import annotations

from pydantic import BaseModel

from ocrkit import registry
from ocrkit.backends.base import OcrBackend
from ocrkit.config.environment import vendor_values
from ocrkit.config.settings import Settings

RATE = "requests_per_second"
CONCURRENCY = "max_concurrency"


def max_actors(backend: OcrBackend) -> int | None:
    """The largest number of actors, each with one request at a time; None without a limit."""
    if not backend.capabilities.remote:
        return None
    limit = getattr(getattr(backend, "options", None), CONCURRENCY, None)
    return int(limit) if limit else None


def settings_for_actor(settings: Settings, backend: OcrBackend, actors: int) -> Settings:
    """The settings of one of these actors, with its share of the limits.

    They include the credentials from the environment of this machine, which a node may not have.
    """
    options = getattr(backend, "options", None)
    if not isinstance(options, BaseModel):
        return settings
    given = registry.options_for(settings.backend, settings.options)
    table = {**given, **{name: value for name, (value, _) in vendor_values(type(options), given).items()}}
    if backend.capabilities.remote:
        if (rate := getattr(options, RATE, None)) is not None:
            table[RATE] = rate / actors
        if (concurrency := getattr(options, CONCURRENCY, None)) is not None:
            table[CONCURRENCY] = max(1, concurrency // actors)
    name = (
        settings.backend if settings.backend in settings.backends else registry.table_name(settings.backend)
    )
    return settings.model_copy(update={"backends": {**settings.backends, name: table}})
