"""What many stations may do together.

A limit of requests to a paid service is one of the account and not of a process. It is divided among the
stations, so that whatever they do they keep it together, and no station has to ask another.
"""

from __future__ import annotations

from ocrkit import registry
from ocrkit.backends.base import Backend
from ocrkit.config.settings import Settings

RATE = "requests_per_second"
AT_ONCE = "max_concurrency"


def most_stations(backend: Backend) -> int | None:
    """How many stations there may be, each with one request at a time; None where nothing limits it."""
    if not backend.capabilities.remote:
        return None
    limit = getattr(getattr(backend, "options", None), AT_ONCE, None)
    return int(limit) if limit else None


def shared_out(settings: Settings, backend: Backend, stations: int) -> Settings:
    """The settings of one of so many stations."""
    if not backend.capabilities.remote:
        return settings
    options = getattr(backend, "options", None)
    share: dict[str, float | int] = {}
    if (rate := getattr(options, RATE, None)) is not None:
        share[RATE] = rate / stations
    if (at_once := getattr(options, AT_ONCE, None)) is not None:
        share[AT_ONCE] = max(1, at_once // stations)
    table = registry.table_name(settings.backend)
    name = settings.backend if settings.backend in settings.backends else table
    tables = {**settings.backends, name: {**settings.backends.get(name, {}), **share}}
    return settings.model_copy(update={"backends": tables})
