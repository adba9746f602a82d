"""The settings that a pipeline reports: those given, with objects by name and arguments applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from ocrkit.backends.base import OcrBackend
from ocrkit.config.settings import Settings
from ocrkit.errors import ConfigError
from ocrkit.validation import problems


def described(spec: Any) -> Any:
    """A backend or a chain of steps as settings can hold it: objects by their dotted path or name."""
    if isinstance(spec, (str, Mapping)):
        return spec
    if isinstance(spec, Iterable) and not callable(spec):  # a step that is a pydantic model is both
        return tuple(described(part) for part in spec)
    if isinstance(spec, OcrBackend) and not isinstance(spec, type):
        return spec.name
    name = getattr(spec, "__qualname__", None)
    return f"{spec.__module__}:{name}" if name else type(spec).__name__


def updated_settings(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """The settings with other values, which are checked like all others."""
    if not values:
        return settings
    try:
        checked = Settings.model_validate({**dict(settings), **values})
    except ValidationError as error:
        path, text = next(problems(error, Settings))
        raise ConfigError(f"{'.'.join(path)}: {text}") from None
    return checked
