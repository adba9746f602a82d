"""Where the settings come from: one rule of precedence, and a record of who set what.

Later wins, table by table: defaults, the file, the chosen profile of that file, the environment, keywords.
The file is `ocrkit.toml`, or `[tool.ocrkit]` of `pyproject.toml`: the nearest one from the start folder
upwards, `ocrkit.toml` first. Nothing is kept between two calls and the environment is only read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource

from ocrkit.config.files import FoundFile, find_file
from ocrkit.config.settings import Settings
from ocrkit.errors import ConfigError
from ocrkit.request import canonical_language
from ocrkit.validation import nested_model, problems, unknown

PREFIX = "OCRKIT_"
CONFIG_VARIABLE = "OCRKIT_CONFIG"
PROFILE_VARIABLE = "OCRKIT_PROFILE"
DEFAULT = "default"
KEYWORD = "keyword"

Table: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class LoadedSettings:
    """The settings in force and where each of them was set.

    Attributes:
        settings: the value everything works with.
        origins: for each single setting (`source.dpi`, `backends.ppocr.device`) who had the last word:
            `default`, a file, a file with its profile, `environment OCRKIT_…` or `keyword`.
        file: the file that was read, if any.
        profile: the profile in force, if any.
        profiles: the profiles the file offers.
    """

    settings: Settings = field(repr=False)  # a backend's options may hold secrets in plain text
    origins: Mapping[str, str]
    file: Path | None = None
    profile: str | None = None
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Layer:
    """One origin's values.

    `names` says of single keys where they stand, where that is finer; `choices` are keys it may have besides
    the settings.
    """

    values: Table
    origin: str
    names: Mapping[Key, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()

    def where(self, key: Key) -> str:
        """Who set this key: the longest name that leads to it."""
        for length in range(len(key), 0, -1):
            if key[:length] in self.names:
                return self.names[key[:length]]
        return self.origin


def load_settings(
    *,
    overrides: Mapping[str, Any] | None = None,
    profile: str | None = None,
    config_file: str | os.PathLike[str] | None = None,
    start: Path | None = None,
    environ: Mapping[str, str] | None = None,
    override_names: Mapping[str, str] | None = None,
) -> LoadedSettings:
    """Put the settings together.

    Args:
        overrides: the last word, as nested tables: `{"source": {"dpi": 200}}`.
        profile: a section of the file; without it `OCRKIT_PROFILE` chooses one.
        config_file: a TOML file to read instead of searching; without it `OCRKIT_CONFIG` names one.
        start: the folder where the search begins; the current one if not given.
        environ: the environment; the process's own if not given.
        override_names: what the origin of an override is called, by dotted key; `keyword` if not given.
            The command line names its options here.

    Raises:
        ConfigError: unknown keys, profiles and variables, and values that are not allowed. It names the
            place and the choices, and never the value.
    """
    if overrides is not None and not isinstance(overrides, Mapping):
        raise ConfigError(
            f"settings are a `Settings` or a table of values, not {type(overrides).__name__}; a file is "
            "named with `load_settings(config_file=…)` or OCRKIT_CONFIG"
        )
    environ = os.environ if environ is None else environ
    chosen = environ.get(CONFIG_VARIABLE) or None if config_file is None else config_file
    found = find_file(start or _here(), chosen)
    profile = profile or environ.get(PROFILE_VARIABLE) or None
    profiles = _profiles(found)
    names = {tuple(key.split(".")): name for key, name in (override_names or {}).items()}

    layers = []
    if found:
        base = {key: value for key, value in found.table.items() if key != "profiles"}
        layers.append(_Layer(base, str(found.path), choices=("profiles",)))
    if profile is not None and profile not in profiles:
        raise ConfigError(_unknown_profile(profile, profiles, found))
    for name, section in profiles.items():
        layer = _Layer(section, f"{found and found.path} [profiles.{name}]")
        _check_keys(layer, Settings)  # a slip in a profile shows before the day it is needed
        if name == profile:
            layers.append(layer)
    layers.append(_environment(environ))
    layers.append(_Layer(_plain(overrides or {}), KEYWORD, names))
    for layer in layers:
        _check_keys(layer, Settings)
    settings, origins = _merge(layers)
    return LoadedSettings(
        settings=settings,
        origins=origins,
        file=found.path if found else None,
        profile=profile,
        profiles=tuple(profiles),
    )


def _here() -> Path:
    """The working folder; the root where it was deleted, so that nothing is found on the way up."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path("/")


def _profiles(found: FoundFile | None) -> dict[str, Table]:
    profiles = found.table.get("profiles", {}) if found else {}
    if not isinstance(profiles, dict) or not all(isinstance(section, dict) for section in profiles.values()):
        where = found.path if found else ""
        raise ConfigError(f"{where}: 'profiles' must be tables, for example [profiles.production]")
    return profiles


def _unknown_profile(profile: str, profiles: Mapping[str, Table], found: FoundFile | None) -> str:
    if found is None:
        return f"profile '{profile}' was asked for, but no ocrkit.toml was found that could define it"
    if not profiles:
        return f"profile '{profile}' was asked for, but {found.path} defines none: add [profiles.{profile}]"
    return f"{found.path}: {unknown('profile', profile, profiles)}"


class _EnvironmentModel(Settings, BaseSettings):  # type: ignore[misc]  # pydantic merges both `model_config`
    """The settings in the shape that pydantic-settings reads from an environment."""


class _EnvironmentSource(EnvSettingsSource):
    """pydantic-settings' reader of variables, for an environment that is handed in.

    It decodes whatever looks like JSON, which turns an application number such as `10234567` into an
    integer that is no longer a valid secret. Here only lists and tables are JSON.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = {name.lower(): value for name, value in environ.items() if value}
        super().__init__(
            _EnvironmentModel, case_sensitive=False, env_prefix=PREFIX, env_nested_delimiter="__"
        )

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return dict(self._environ)

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:  # noqa: ARG002
        return _decoded(value)


def _environment(environ: Mapping[str, str]) -> _Layer:
    names = {}
    for name, value in environ.items():
        upper = name.upper()
        if value and upper.startswith(PREFIX) and upper not in (CONFIG_VARIABLE, PROFILE_VARIABLE):
            key = tuple(upper.removeprefix(PREFIX).lower().split("__"))
            if key[0] not in Settings.model_fields:
                known = (PREFIX + field.upper() for field in (*Settings.model_fields, "config", "profile"))
                raise ConfigError(f"environment {name}: {unknown('variable', upper.split('__')[0], known)}")
            names[key] = f"environment {name}"
    values = _EnvironmentSource(environ)()
    if "backends" in values:
        values["backends"] = _decoded_leaves(values["backends"])
    return _Layer(_plain(values), "environment", names)


def _decoded(value: Any) -> Any:
    """JSON where it is a list or a table; every other text stays what it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _decoded_leaves(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _decoded_leaves(item) for key, item in value.items()}
    return _decoded(value)


def _plain(values: Mapping[str, Any]) -> Table:
    """A deep copy of the tables, so that merging touches nobody's own dict."""
    return {key: _plain(value) if isinstance(value, Mapping) else value for key, value in values.items()}


def _check_keys(layer: _Layer, model: type[BaseModel], key: Key = (), table: Table | None = None) -> None:
    for name, value in (layer.values if table is None else table).items():
        known = model.model_fields.get(name)
        if known is None:
            section = f" in [{'.'.join(key)}]" if key else ""
            choices = (*model.model_fields, *(() if key else layer.choices))
            raise ConfigError(f"{layer.where((*key, name))}{section}: {unknown('key', str(name), choices)}")
        nested = nested_model(known.annotation)
        if nested is not None and isinstance(value, dict):
            _check_keys(layer, nested, (*key, name), value)


def _merge(layers: list[_Layer]) -> tuple[Settings, dict[str, str]]:
    merged: Table = {}
    set_by: dict[Key, str] = {}
    for layer in layers:
        for key, value in _leaves(_normalized(layer.values)):
            replaced = [known for known in set_by if _same_place(known, key)]
            if value == {} and replaced:
                continue  # an empty table adds nothing to a full one
            for known in replaced:
                del set_by[known]
            _put(merged, key, value)
            set_by[key] = layer.where(key)
    settings = _validated(merged, set_by)
    origins = {".".join(key): DEFAULT for key, _ in _leaves(settings.model_dump(exclude={"backends"}))}
    origins |= {".".join(key): origin for key, origin in set_by.items()}
    return settings, dict(sorted(origins.items()))


def _validated(merged: Table, set_by: Mapping[Key, str]) -> Settings:
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        found = list(problems(error, Settings))
    else:
        found = []
    # Raised outside of the handler: pydantic's own error holds the values, and some are secrets.
    if found:
        raise ConfigError("; ".join(f"{_where(set_by, key)}: {text}" for key, text in found))
    try:
        for tag in settings.languages:
            canonical_language(tag)
    except ConfigError as error:
        raise ConfigError(f"{_where(set_by, ('languages',))}: languages: {error.message}") from None
    return settings


def _where(set_by: Mapping[Key, str], key: Key) -> str:
    return next((origin for known, origin in set_by.items() if _same_place(known, key)), "settings")


def _same_place(one: Key, other: Key) -> bool:
    """One key is the other, or a table around it."""
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _normalized(values: Table) -> Table:
    """`languages` may be written `en,de`, and so may a list of steps without parameters."""
    values = dict(values)
    languages = values.get("languages")
    if isinstance(languages, str):
        values["languages"] = [tag.strip() for tag in languages.split(",") if tag.strip()]
    for chain in ("preprocess", "postprocess"):
        steps = values.get(chain)
        if isinstance(steps, str) and "," in steps:
            values[chain] = [step.strip() for step in steps.split(",") if step.strip()]
    return values


def _leaves(table: Table, key: Key = ()) -> list[tuple[Key, Any]]:
    """The values of nested tables with their keys. An empty nested table is a value: `[backends.x]`."""
    leaves: list[tuple[Key, Any]] = []
    for name, value in table.items():
        if isinstance(value, dict) and value:
            leaves += _leaves(value, (*key, name))
        elif key or not isinstance(value, dict):
            leaves.append(((*key, name), value))
    return leaves


def _put(table: Table, key: Key, value: Any) -> None:
    for part in key[:-1]:
        inner = table.get(part)
        if not isinstance(inner, dict):
            inner = table[part] = {}
        table = inner
    table[key[-1]] = value
