"""Load the settings, and record where each of them was set.

Later sources override earlier ones, table by table: defaults, the user's own file, the file of the folder, a
profile of these files, the environment, keywords. The file of the folder is `ocrkit.toml`, or `[tool.ocrkit]`
in `pyproject.toml`: the nearest one in the start folder or its parents, `ocrkit.toml` first. Unless it was
named or approved, it may set harmless options only. Nothing is cached, and the environment is only read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource

from ocrkit.config.files import FoundFile, Trust, find_file, user_file
from ocrkit.config.settings import Settings
from ocrkit.config.trust import check_found
from ocrkit.errors import ConfigError
from ocrkit.languages import canonical_language
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
    """The settings, and where each of them was set.

    Attributes:
        settings: the settings.
        origins: where each setting (`source.dpi`, `backends.ppocr.device`) was set: `default`, a file, a file
            with its profile, `environment OCRKIT_…` or `keyword`.
        file: the configuration file, or None.
        trust: why this file is in force: `named`, `approved`, or only `found`. A found file sets harmless
            options only.
        user_file: the user's own file for all folders, or None.
        profile: the profile in use, or None.
        profiles: the profiles in these files.
    """

    settings: Settings = field(repr=False)  # the options of a backend may hold secrets in plain text
    origins: Mapping[str, str]
    file: Path | None = None
    trust: Trust | None = None
    user_file: Path | None = None
    profile: str | None = None
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Layer:
    """The values of one source.

    `names` gives a more precise origin for single keys; `choices` are allowed keys besides the settings.
    """

    values: Table
    origin: str
    names: Mapping[Key, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()

    def where(self, key: Key) -> str:
        """The origin of a key: the name of the key or of the nearest table around it."""
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
    """Load the settings from all sources.

    Args:
        overrides: values that override all others, as nested tables: `{"source": {"dpi": 200}}`.
        profile: a profile of the file. None: the one in `OCRKIT_PROFILE`, or no profile.
        config_file: a TOML file. None: the one in `OCRKIT_CONFIG`, or the nearest one, which may set harmless
            options only unless it is approved.
        start: the folder where the search begins. None: the current folder.
        environ: the environment. None: that of the process.
        override_names: the origins of overrides by dotted key, such as options of the command line.
            `keyword` if not given.

    Raises:
        ConfigError: an unknown key, profile or variable, an invalid value, or a setting that needs a file
            that is named or approved. The message says where it was set and what is allowed, and never shows
            the value.
    """
    if overrides is not None and not isinstance(overrides, Mapping):
        raise ConfigError(
            f"settings must be `Settings` or a table of values, not {type(overrides).__name__}; name a file "
            "with `load_settings(config_file=…)` or OCRKIT_CONFIG"
        )
    environ = os.environ if environ is None else environ
    chosen = environ.get(CONFIG_VARIABLE) or None if config_file is None else config_file
    own = user_file(environ)
    found = find_file(start or _current_folder(), chosen, environ)
    files = [file for file in (own, found) if file]
    profile = profile or environ.get(PROFILE_VARIABLE) or None
    profiles = dict.fromkeys(name for file in files for name in _profiles(file))
    names = {tuple(key.split(".")): name for key, name in (override_names or {}).items()}

    if profile is not None and profile not in profiles:
        raise ConfigError(_unknown_profile(profile, profiles, found or own))
    layers = [
        *(_base_layer(file) for file in files),
        *(layer for file in files for layer in _profile_layers(file, profile)),
        _environment(environ),
        _Layer(_plain(overrides or {}), KEYWORD, names),
    ]
    for layer in layers:
        _check_keys(layer, Settings)
    settings, origins = _merge(layers)
    return LoadedSettings(
        settings=settings,
        origins=origins,
        file=found.path if found else None,
        trust=found.trust if found else None,
        user_file=own.path if own else None,
        profile=profile,
        profiles=tuple(profiles),
    )


def _current_folder() -> Path:
    """The current folder, or the root if it was deleted."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path("/")


def _base_layer(file: FoundFile) -> _Layer:
    """The settings of a file outside of its profiles."""
    table = {key: value for key, value in file.table.items() if key != "profiles"}
    layer = _Layer(table, str(file.path), choices=("profiles",))
    _check_keys(layer, Settings)
    if file.trust == "found":
        check_found(file.path, table)
    return layer


def _profile_layers(file: FoundFile, profile: str | None) -> list[_Layer]:
    """The settings of the profile in this file, if it has them. The keys of all its profiles are checked."""
    sections = _profiles(file)
    layers = {name: _Layer(table, f"{file.path} [profiles.{name}]") for name, table in sections.items()}
    for layer in layers.values():
        _check_keys(layer, Settings)
    if profile is None or profile not in layers:
        return []
    if file.trust == "found":
        check_found(file.path, sections[profile], profile)
    return [layers[profile]]


def _profiles(file: FoundFile) -> dict[str, Table]:
    profiles = file.table.get("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(section, dict) for section in profiles.values()):
        raise ConfigError(f"{file.path}: 'profiles' must contain tables, for example [profiles.production]")
    return profiles


def _unknown_profile(profile: str, profiles: Collection[str], found: FoundFile | None) -> str:
    if found is None:
        return f"there is no profile '{profile}': no ocrkit.toml was found"
    if not profiles:
        return f"there is no profile '{profile}': {found.path} defines none; add [profiles.{profile}]"
    return f"{found.path}: {unknown('profile', profile, profiles)}"


class _EnvironmentModel(Settings, BaseSettings):  # type: ignore[misc]  # pydantic merges both `model_config`
    """The settings as a class that pydantic-settings reads from an environment."""


class _EnvironmentSource(EnvSettingsSource):
    """The environment source of pydantic-settings, for a given environment.

    pydantic-settings decodes every value that is valid JSON, so an application number such as `10234567`
    would become an integer, which is not a valid secret. Here only lists and tables are decoded.
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
    for section in {"backends", "strategies"} & values.keys():
        values[section] = _decoded_leaves(values[section])
    return _Layer(_plain(values), "environment", names)


def _decoded(value: Any) -> Any:
    """Decode a JSON list or table; any other text is unchanged."""
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
    """A deep copy of the tables, so that merging does not change those of the caller."""
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
            overridden = [known for known in set_by if _overlap(known, key)]
            if value == {} and overridden:
                continue  # an empty table does not replace a full one
            for known in overridden:
                del set_by[known]
            _put(merged, key, value)
            set_by[key] = layer.where(key)
    settings = _validated(merged, set_by)
    origins = {
        ".".join(key): DEFAULT for key, _ in _leaves(settings.model_dump(exclude={"backends", "strategies"}))
    }
    origins |= {".".join(key): origin for key, origin in set_by.items()}
    return settings, dict(sorted(origins.items()))


def _validated(merged: Table, set_by: Mapping[Key, str]) -> Settings:
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        found = list(problems(error, Settings))
    else:
        found = []
    # Raised outside of the handler: the error of pydantic holds the values, some of which are secrets.
    if found:
        raise ConfigError("; ".join(f"{_where(set_by, key)}: {text}" for key, text in found))
    try:
        for tag in settings.languages:
            canonical_language(tag)
    except ConfigError as error:
        raise ConfigError(f"{_where(set_by, ('languages',))}: languages: {error.message}") from None
    return settings


def _where(set_by: Mapping[Key, str], key: Key) -> str:
    return next((origin for known, origin in set_by.items() if _overlap(known, key)), "settings")


def _overlap(one: Key, other: Key) -> bool:
    """Whether one key is equal to the other or to a table around it."""
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _normalized(values: Table) -> Table:
    """Split lists that are written as text: `en,de`."""
    values = dict(values)
    for name in ("languages", "without"):
        listed = values.get(name)
        if isinstance(listed, str):
            values[name] = [each.strip() for each in listed.split(",") if each.strip()]
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
