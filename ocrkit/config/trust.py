"""Which settings of a found configuration file need the approval of the user.

Documents are often read in folders that came from elsewhere. A file that lies there may choose languages,
modes and steps. A setting that runs programs or code, reaches other files, or decides where pages and keys
go needs a file that the user named, wrote for all folders, or approved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel

from ocrkit import plugins
from ocrkit.config.files import trust_command
from ocrkit.config.settings import Settings
from ocrkit.errors import ConfigError, OcrkitError
from ocrkit.harmless import harmful
from ocrkit.request import Capabilities

Key: TypeAlias = tuple[str, ...]

_CODE = "is a dotted path, which imports and runs code"
_REMOTE = "sends pages to a remote service"
_UNREADABLE = "cannot be checked, because its plug-in cannot be loaded"
_CHAINS = {"preprocess": plugins.PREPROCESS, "postprocess": plugins.POSTPROCESS}
_OPTION_TABLES = ("backends", "strategies")
_MOST_LISTED = 3


def keys_to_approve(table: Mapping[str, Any]) -> list[tuple[Key, str]]:
    """The keys of a file or profile that need approval, each with the reason."""
    return [*_keys_to_approve(table)]


def check_found(path: Path, table: Mapping[str, Any], section: str = "") -> None:
    """Raise `ConfigError` if a found file sets a key that needs approval.

    Args:
        path: the file.
        table: its settings, or those of one of its profiles.
        section: the name of the profile, for the message.
    """
    found = keys_to_approve(table)
    if not found:
        return
    where = f"{path} [profiles.{section}]" if section else str(path)
    listed = "; ".join(f"'{'.'.join(key)}' {reason}" for key, reason in found[:_MOST_LISTED])
    more = f"; and {len(found) - _MOST_LISTED} more" if len(found) > _MOST_LISTED else ""
    raise ConfigError(
        f"{where}: {listed}{more}. This file was found in the working folder or above it, and may set "
        f"only harmless options. Read it, then approve it with `{trust_command(path)}`, or name it with "
        "--config or OCRKIT_CONFIG"
    )


def _keys_to_approve(table: Mapping[str, Any]) -> Iterator[tuple[Key, str]]:
    by_field = {
        key: value for key, value in table.items() if key not in (*_CHAINS, "backend", *_OPTION_TABLES)
    }
    yield from harmful(Settings, by_field)
    backend = table.get("backend")
    if isinstance(backend, str) and (reason := _backend_reason(backend)):
        yield ("backend",), reason
    for chain, group in _CHAINS.items():
        yield from _chain_keys(chain, group, table.get(chain))
    for section in _OPTION_TABLES:
        tables = table.get(section)
        for name, options in tables.items() if isinstance(tables, Mapping) else ():
            if isinstance(options, Mapping):
                yield from _option_keys((section, str(name)), plugins.BACKENDS, str(name), options)


def _backend_reason(name: str) -> str | None:
    if ":" in name:
        return _CODE
    try:
        kind = plugins.load(plugins.BACKENDS, name)
    except OcrkitError:
        return None  # an unknown name is refused when the backend is created
    capabilities = getattr(kind, "capabilities", None)
    return _REMOTE if not isinstance(capabilities, Capabilities) or capabilities.remote is not False else None


def _chain_keys(chain: str, group: plugins.PluginGroup, spec: object) -> Iterator[tuple[Key, str]]:
    steps = spec if isinstance(spec, list | tuple) else str(spec).split(",") if spec else ()
    for step in steps:
        parameters = step if isinstance(step, Mapping) else {str(step).strip(): {}}
        for name, options in parameters.items():
            key = (chain, str(name))
            if ":" in str(name):
                yield key, _CODE
            elif isinstance(options, Mapping) and options:
                yield from _option_keys(key, group, str(name), options)


def _option_keys(
    key: Key, group: plugins.PluginGroup, name: str, options: Mapping[str, Any]
) -> Iterator[tuple[Key, str]]:
    """The options of a plug-in that need approval; all of them if the plug-in is not installed."""
    if not options:
        return
    try:
        kind = plugins.load(group, name) if ":" not in name else None
    except OcrkitError:
        kind = None
    if group is plugins.BACKENDS:
        kind = getattr(kind, "Options", None)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from harmful(kind, options, key)
    else:
        yield from (((*key, str(option)), _UNREADABLE) for option in options)
