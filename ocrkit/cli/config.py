"""`ocrkit config`: the settings in force and where each came from, with secrets masked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, get_args

import typer
from pydantic import BaseModel, SecretStr

from ocrkit.cli._console import table
from ocrkit.cli._options import AsJson, ConfigFile, Profile
from ocrkit.cli._terminal import show, show_json
from ocrkit.cli.trust import trust, trusted, untrust
from ocrkit.errors import OcrkitError

MASK = "********"
_SECRET_NAME = re.compile(
    r"secret|password|passwd|token|credential|api_?key|access_?key|private_?key", re.IGNORECASE
)
_IN_URL = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_IN_QUERY = re.compile(r"(?<==)[^&;\s#]+")


config = typer.Typer(rich_markup_mode=None)


@config.callback(invoke_without_command=True)
def config_in_force(
    context: typer.Context, profile: Profile = None, config_file: ConfigFile = None, as_json: AsJson = False
) -> None:
    """Show the settings in force and the origin of each value. Secrets are masked.

    The commands manage the approval of configuration files that the search found.
    """
    if context.invoked_subcommand is None:
        _show(profile, config_file, as_json)


for _command in (trust, untrust, trusted):
    config.command()(_command)


def _show(profile: str | None, config_file: str | None, as_json: bool) -> None:
    from ocrkit import cpu, registry
    from ocrkit.config.loading import DEFAULT, load_settings

    loaded = load_settings(profile=profile, config_file=config_file)
    settings = loaded.settings
    shown = {key: value for key, value in dict(settings).items() if key not in ("backends", "strategies")}
    for chain in ("preprocess", "postprocess"):  # parameters of steps may be secrets
        shown[chain] = _masked(chain, shown[chain], None)
    values = _flattened(shown)
    origins = dict(loaded.origins)
    chosen, problem = _chosen_table(settings)
    in_use = _tables_in_use(chosen, settings)
    for name, options in {**in_use, **settings.options}.items():
        try:
            spec = settings.backend if name == chosen else name
            table_values = _backend_options(spec, options, in_use=name in in_use)
            threads = f"backends.{name}.threads"
            if "threads" in table_values and "threads" not in options:
                table_values["threads"] = settings.threads or cpu.available()
                origins[threads] = origins["threads"] if settings.threads else "usable processors"
        except OcrkitError as error:
            table_values, problem = dict.fromkeys(options, MASK), problem or error
        values |= _flattened({registry.table_group(name): {name: table_values}})
    entries = {
        key: {"value": value, "origin": _origin(key, origins, DEFAULT)}
        for key, value in sorted(values.items())
    }
    if as_json:
        facts = {
            "file": str(loaded.file) if loaded.file else None,
            "trust": loaded.trust,
            "user_file": str(loaded.user_file) if loaded.user_file else None,
            "profile": loaded.profile,
            "profiles": list(loaded.profiles),
            "settings": entries,
        }
        show_json(facts)
    else:
        show(f"file: {loaded.file or 'none found'}")
        if loaded.user_file:
            show(f"user file: {loaded.user_file}")
        if loaded.profiles:
            show(f"profile: {loaded.profile or 'none'} (of {', '.join(loaded.profiles)})")
        show()
        show(
            table(
                [[key, "=", _text_of(item["value"]), f"# {item['origin']}"] for key, item in entries.items()]
            )
        )
    if problem is not None:
        raise problem
    _check(settings)


def _tables_in_use(chosen: str, settings: Any) -> dict[str, Mapping[str, Any]]:
    """The options tables of the chosen backend and of its readers, without values."""
    from ocrkit import registry

    try:
        readers = registry.reader_tables(settings.backend, settings.options)
    except OcrkitError:
        readers = ()  # what is wrong with the backend is reported with its own table
    return {name: {} for name in (chosen, *readers)}


def _chosen_table(settings: Any) -> tuple[str, OcrkitError | None]:
    """The options table of the chosen backend, which may be named by its dotted path."""
    from ocrkit import registry

    if settings.backend in settings.options:
        return settings.backend, None
    try:
        return registry.table_name(settings.backend), None
    except OcrkitError as error:
        return settings.backend, error


def _check(settings: Any) -> None:
    """Check what would otherwise fail at the first page."""
    from ocrkit import registry

    registry.check_tables(settings.backends, settings.backend, settings.strategies)


def _backend_options(name: str, options: Mapping[str, Any], *, in_use: bool) -> dict[str, Any]:
    """The options of a backend, masked; for a backend in use its defaults as well."""
    from ocrkit import registry

    model = registry.options_model(registry.backend_class(name))
    fields = model.model_fields if model else {}
    defaults = {
        key: field.get_default(call_default_factory=True)
        for key, field in fields.items()
        if in_use and not field.is_required()
    }
    return {
        key: _masked(key, value, fields[key].annotation) if key in fields else MASK
        for key, value in {**defaults, **options}.items()
    }


def _masked(key: str, value: Any, annotation: Any) -> Any:
    if value is None:
        return None
    if _SECRET_NAME.search(key) or _holds_secret(annotation):
        return MASK
    if isinstance(value, str):
        address, mark, query = _IN_URL.sub(MASK, value).partition("?")
        return address + mark + (_IN_QUERY.sub(MASK, query) if "://" in address else query)
    if isinstance(value, Mapping):
        return {name: _masked(name, item, None) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked("", item, None) for item in value]
    return value


def _holds_secret(annotation: Any) -> bool:
    """Whether the type contains `SecretStr`."""
    if isinstance(annotation, type) and issubclass(annotation, SecretStr):
        return True
    return any(_holds_secret(part) for part in get_args(annotation))


def _flattened(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """The values by dotted key, as JSON can hold them."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, BaseModel):
            flat |= _flattened(dict(value), f"{prefix}{key}.")
        elif isinstance(value, Mapping) and value:
            flat |= _flattened(value, f"{prefix}{key}.")
        elif not isinstance(value, Mapping):
            flat[f"{prefix}{key}"] = _json_value(value)
    return flat


def _json_value(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, tuple | list | set | frozenset):
        return [_json_value(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool | dict):
        return value
    return str(value)


def _text_of(value: Any) -> str:
    return "not set" if value is None else json.dumps(value, ensure_ascii=False)


def _origin(key: str, origins: Mapping[str, str], default: str) -> str:
    """The origin of a key, or of the table that contains it."""
    while key not in origins and "." in key:
        key = key.rpartition(".")[0]
    return origins.get(key, default)
