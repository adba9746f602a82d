"""What many stations may do together.

A limit of requests to a paid service is one of the account and not of a process. It is divided among the
stations, so that whatever they do they keep it together, and no station has to ask another.
"""

from __future__ import annotations

from pydantic import BaseModel

from ocrkit import registry
from ocrkit.backends.base import OcrBackend
from ocrkit.config.environment import vendor_values
from ocrkit.config.settings import Settings

RATE = "requests_per_second"
AT_ONCE = "max_concurrency"


def most_stations(backend: OcrBackend) -> int | None:
    """How many stations there may be, each with one request at a time; None where nothing limits it."""
    if not backend.capabilities.remote:
        return None
    limit = getattr(getattr(backend, "options", None), AT_ONCE, None)
    return int(limit) if limit else None


def shared_out(settings: Settings, backend: OcrBackend, stations: int) -> Settings:
    """The settings of one of so many stations.

    They hold what the environment says of the account here: on a node it may say nothing, or something else.
    """
    options = getattr(backend, "options", None)
    if not isinstance(options, BaseModel):
        return settings
    given = registry.options_for(settings.backend, settings.backends)
    table = {**given, **{name: value for name, (value, _) in vendor_values(type(options), given).items()}}
    if backend.capabilities.remote:
        if (rate := getattr(options, RATE, None)) is not None:
            table[RATE] = rate / stations
        if (at_once := getattr(options, AT_ONCE, None)) is not None:
            table[AT_ONCE] = max(1, at_once // stations)
    name = (
        settings.backend if settings.backend in settings.backends else registry.table_name(settings.backend)
    )
    return settings.model_copy(update={"backends": {**settings.backends, name: table}})
