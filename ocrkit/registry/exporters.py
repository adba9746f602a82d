"""Exporters by name."""

from __future__ import annotations

from collections.abc import Callable

from ocrkit.errors import ConfigError
from ocrkit.registry import parts
from ocrkit.result import Document

FAMILY = parts.Family("format", "ocrkit.exporters", lambda _: "export")


def exporter_names() -> tuple[str, ...]:
    """All formats there are, built-in and plugged in. Imports none."""
    return parts.names(FAMILY)


def exporter(name: str) -> Callable[[Document], bytes]:
    """The function that turns a result into a file of this format."""
    found = parts.load(FAMILY, name)
    if not callable(found):
        raise ConfigError(f"the format '{name}' is not a function but a {type(found).__name__}")
    export: Callable[[Document], bytes] = found
    return export
