"""Backends by name, dotted path or class, their options, and the check of a request."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from ocrkit import cpu, plugins
from ocrkit.backends.base import BackendFactory, OcrBackend, SupportsModels
from ocrkit.calibration import calibration_of
from ocrkit.config.environment import vendor_values, vendor_variables
from ocrkit.errors import CapabilityError, ConfigError, OcrkitError
from ocrkit.registry.isolated import IsolatedBackend
from ocrkit.registry.reader import Reader
from ocrkit.request import Capabilities, Request
from ocrkit.strategies.base import Strategy
from ocrkit.validation import problems, unknown

BACKENDS = plugins.BACKENDS


_READERS = ("readers", "first", "then")
"""The options of strategies that name their readers."""


def backend_names() -> tuple[str, ...]:
    """The names of all backends, built-in and installed. Imports none of them."""
    return plugins.names(BACKENDS)


def backend_class(spec: str | type[OcrBackend]) -> type[OcrBackend]:
    """The class with this name or dotted path `package.module:Class`; a class is checked and returned."""
    if isinstance(spec, str):
        found = plugins.load(BACKENDS, spec)
    else:
        found, spec = spec, spec.__name__
    if not isinstance(found, type):
        raise ConfigError(f"the backend '{spec}' is not a class but a {type(found).__name__}")
    missing = [name for name in ("recognize", "close") if not callable(getattr(found, name, None))]
    if missing:
        raise ConfigError(
            f"the backend '{spec}' is not an OcrBackend: {found.__name__} lacks {', '.join(missing)}"
        )
    return found


def create_backend(
    spec: str | type[OcrBackend] | OcrBackend,
    options: Mapping[str, Any] | None = None,
    *,
    threads: int | None = None,
    models: Path | None = None,
    create: BackendFactory | None = None,
) -> OcrBackend:
    """Create a backend. There is no fallback to another one.

    A backend with `Capabilities.isolated` is returned as an `IsolatedBackend` around it.

    A backend whose options have a `witness` gets that local backend as the keyword argument `witness`.

    Args:
        spec: a name, a dotted path, a class, or a backend, which is returned unchanged unless it is a
            `Strategy`.
        options: the options, which the `Options` of the backend validate.
        threads: the option `threads` of a backend that has it, unless `options` set it. None: all CPUs that
            this process may use.
        models: the option `models_folder` of a backend that has it, unless `options` set it. None: the folder
            of the user.
        create: creates the backends that this one reads with. None: without options, on this machine.
    """
    create = create or backend_factory({}, allow_remote=False, threads=threads, models=models)
    if not isinstance(spec, str | type):
        _check_instance(spec, repr(type(spec).__name__))
        return spec.create(create) if isinstance(spec, Strategy) else _isolated(spec)
    kind = backend_class(spec)
    section = table_name(spec)
    spec = spec if isinstance(spec, str) else kind.__name__
    options = dict(options or {})
    model = options_model(kind)
    if model is None:
        if options:
            raise ConfigError(
                f"[backends.{section}]: the backend '{spec}' has no options; remove {', '.join(options)}"
            )
        arguments: tuple[object, ...] = ()
    else:
        if "threads" in model.model_fields:
            options.setdefault("threads", threads or cpu.available())
        if models is not None and "models_folder" in model.model_fields:
            options.setdefault("models_folder", models)
        options |= {key: value for key, (value, _) in vendor_values(model, options).items()}
        arguments = (_validated(model, options, section),)
    others: dict[str, BackendFactory] = {}
    if "create" in inspect.signature(kind).parameters:
        others["create"] = create
    try:
        inspect.signature(kind).bind(*arguments, **others)
    except TypeError as error:
        expected = "one argument, its Options" if arguments else "no argument"
        raise ConfigError(f"the backend '{spec}' cannot be created with {expected}: {error}") from error
    try:
        backend = kind(*arguments, **others)
    except OcrkitError:
        raise
    except Exception as error:  # noqa: BLE001 – a constructor may raise anything
        # Without the text of the error: it may repeat an option, which may be a secret.
        raise ConfigError(
            f"the backend '{spec}' cannot be created: {type(error).__name__} in its constructor"
        ) from (None if model else error)
    _check_instance(backend, f"'{spec}'")
    return _isolated(backend)


def _isolated(backend: OcrBackend) -> OcrBackend:
    """The backend, in a worker process of its own if it has to be there."""
    if not backend.capabilities.isolated or isinstance(backend, IsolatedBackend):
        return backend
    return IsolatedBackend(backend)


def backend_factory(
    tables: Mapping[str, Mapping[str, Any]],
    *,
    allow_remote: bool | None,
    threads: int | None = None,
    models: Path | None = None,
    calibration: Mapping[str, Path | Literal[False]] = MappingProxyType({}),
    within: tuple[str, ...] = (),
) -> BackendFactory:
    """A factory for the backends that a backend reads with.

    Args:
        tables: the options of backends, by name.
        allow_remote: as in the settings.
        threads: as in `create_backend`.
        models: as in `create_backend`.
        calibration: the calibration tables of the settings, by backend.
        within: the names of the backends around the one that gets the factory; none of them may be inside.
    """

    def create(
        spec: str | type[OcrBackend] | OcrBackend, *, find_tables: bool = True, check_scripts: bool = True
    ) -> OcrBackend:
        name = table_name(spec) if isinstance(spec, str | type) else spec.name
        if name in within and isinstance(spec, str | type):  # an object cannot contain itself
            raise ConfigError(f"the backend '{name}' refers to itself: {' → '.join((*within, name))}")
        check_remote(spec, allow_remote=allow_remote)
        inner = backend_factory(
            tables,
            allow_remote=allow_remote,
            threads=threads,
            models=models,
            calibration=calibration,
            within=(*within, name),
        )
        backend = create_backend(
            spec, options_for(spec, tables), threads=threads, models=models, create=inner
        )
        check_remote(backend, allow_remote=allow_remote)  # again: its options may make it remote
        table = calibration_of(backend.name, calibration)
        return Reader(backend, table, find_tables=find_tables, check_scripts=check_scripts)

    return create


def options_model(kind: type[OcrBackend]) -> type[BaseModel] | None:
    """The model of a backend's options, or None for a backend without options."""
    model = getattr(kind, "Options", None)
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None


def options_for(
    spec: str | type[OcrBackend] | OcrBackend, tables: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Any]:
    """The table with the options of a backend.

    The table of a backend given by its dotted path is that of the path or of its name. A ready-made backend
    has its options already.
    """
    if not isinstance(spec, str | type):
        return {}
    if isinstance(spec, str) and (spec in tables or ":" not in spec):
        return tables.get(spec, {})
    return tables.get(table_name(spec), {})


def reader_tables(backend: str, tables: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """The names of the options tables of the readers of a strategy; none for any other backend."""
    if table_group(table_name(backend)) != "strategies":
        return ()
    model, given = options_model(backend_class(backend)), options_for(backend, tables)
    fields = model.model_fields if model else {}
    values = [given.get(name, fields[name].default) for name in _READERS if name in fields]
    specs = [spec for value in values for spec in ([value] if isinstance(value, str) else value or ())]
    return tuple(table_name(spec) for spec in specs if isinstance(spec, str))


def check_tables(
    tables: Collection[str],
    chosen: str | type[OcrBackend] | OcrBackend,
    strategies: Collection[str] = (),
) -> None:
    """Refuse a table whose name is a misspelled backend name: its options would have no effect.

    Other unknown tables are allowed: they may belong to a backend that another profile names by its dotted
    path, or that is not installed here.

    Args:
        tables: the names of the tables of backends.
        chosen: the backend in use.
        strategies: the names of the tables of strategies.
    """
    if not tables and not strategies:
        return
    known = {*backend_names()}
    if isinstance(chosen, type) or (isinstance(chosen, str) and ":" in chosen):
        known.add(table_name(chosen))
    for table in tables:
        # Stricter than a hint would be, or `myocr` would count as a misspelled `ppocr`.
        if table not in known and _is_misspelled(table, known):
            raise ConfigError(f"[backends.{table}]: {unknown('backend', table, known)}")
    own = {name for name in known if table_group(name) == "strategies"}
    for table in strategies:
        if plugins.is_built_in(BACKENDS, table, BACKENDS.package):
            raise ConfigError(
                f"[strategies.{table}]: '{table}' is no strategy; its options belong to [backends.{table}]"
            )
        if table not in known and _is_misspelled(table, own):
            raise ConfigError(f"[strategies.{table}]: {unknown('strategy', table, own)}")


def _is_misspelled(name: str, known: Collection[str]) -> bool:
    return bool(difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.75))


def check_request(backend: OcrBackend, request: Request) -> None:
    """Raise `CapabilityError` for a request that the backend does not support; the message names others."""
    request = backend.capabilities.as_asked(request)
    gaps = backend.capabilities.missing(request)
    if not gaps:
        return
    others = [name for name in backend_names() if name != backend.name and _offers(name, request)]
    remedy = (
        f"choose another backend ({', '.join(others)}; `ocrkit backends` lists what is installed)"
        if others
        else "no other backend supports it"
    )
    models = backend.missing_models(request) if isinstance(backend, SupportsModels) else ()
    if models:
        fetch = f"`ocrkit models fetch {' '.join(models)}`"
        remedy = f"fetch a model with {fetch} (or allow_download = true), or {remedy}"
    text = (
        f"does not support {', '.join(gaps)}: {remedy}. It supports {_choices(backend.capabilities, request)}"
    )
    raise CapabilityError(text, backend=backend.name)


def check_remote(
    backend: str | type[OcrBackend] | OcrBackend, *, allow_remote: bool | None, named: bool = True
) -> None:
    """Raise `ConfigError` if pages would leave this machine against the settings. Loads no engine.

    Args:
        backend: the backend that would read.
        allow_remote: as in the settings: False forbids every remote backend, None those that the user did not
            name.
        named: whether the user named this backend; False for a backend that ocrkit chose, as a fallback does.
    """
    if allow_remote or (allow_remote is None and named):
        return
    found = backend_class(backend) if isinstance(backend, (str, type)) else backend
    capabilities = getattr(found, "capabilities", None)
    if not (isinstance(capabilities, Capabilities) and capabilities.remote):
        return
    why = "allow_remote = false forbids it" if allow_remote is False else "the settings do not name it"
    local = [name for name in backend_names() if name != "null" and not _is_remote(name)]
    raise ConfigError(
        f"the backend '{getattr(found, 'name', backend)}' sends pages to a remote service, and {why}. Choose "
        f"one that reads on this machine ({', '.join(local)}), or set allow_remote = true"
    )


def _is_remote(name: str) -> bool:
    try:
        capabilities = getattr(backend_class(name), "capabilities", None)
    except OcrkitError:
        return True  # broken or not installed: not to be recommended
    return not isinstance(capabilities, Capabilities) or capabilities.remote is not False


def _offers(name: str, request: Request) -> bool:
    if name == "null" or table_group(name) == "strategies":
        return False  # it reads nothing, or with others
    try:
        capabilities = getattr(backend_class(name), "capabilities", None)
    except OcrkitError:
        return False  # broken or not installed: not to be recommended
    return isinstance(capabilities, Capabilities) and not capabilities.missing(capabilities.as_asked(request))


def _choices(capabilities: Capabilities, request: Request) -> str:
    """The values that the backend offers, of each kind that the request needs and it lacks."""
    choices = []
    if any(capabilities.language(tag) is None for tag in request.languages):
        choices.append("languages " + ", ".join(sorted(capabilities.languages)))
    if request.mode not in capabilities.modes:
        choices.append("modes " + ", ".join(sorted(capabilities.modes)))
    if request.scene not in capabilities.scenes:
        choices.append("scenes " + ", ".join(sorted(capabilities.scenes)))
    return "; ".join(choices)


def _validated(model: type[BaseModel], options: Mapping[str, Any], section: str) -> BaseModel:
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        found = list(problems(error, model))
    # Raised outside of the handler: the error of pydantic holds the values, some of which are secrets.
    group = table_group(section)
    texts = []
    for key, text in found:
        variable = "__".join((f"OCRKIT_{group}", section, *key)).upper()
        names = [variable, *vendor_variables(model).get(".".join(key), ())]
        advice = f" (set it there or as {' or '.join(names)})" if text.endswith(" is missing") else ""
        texts.append(f"[{group}.{section}]: {text}{advice}")
    raise ConfigError("; ".join(texts))


def table_group(name: str) -> Literal["backends", "strategies"]:
    """The table of the settings with the options of a backend: `[strategies.cascade]`."""
    return "strategies" if plugins.is_built_in(BACKENDS, name, plugins.STRATEGIES) else "backends"


def table_name(spec: str | type[OcrBackend]) -> str:
    """The name of its table of options: `[backends.NAME]`."""
    if isinstance(spec, str) and ":" not in spec:
        return spec
    kind = backend_class(spec)
    name = getattr(kind, "name", None)
    return name if isinstance(name, str) else kind.__name__


def _check_instance(backend: object, title: str) -> None:
    required = ("name", "capabilities", "recognize", "close")
    missing = [name for name in required if not hasattr(backend, name)]
    if missing:
        raise ConfigError(f"{title} is not a backend: it lacks {', '.join(missing)}")
    if not isinstance(getattr(backend, "capabilities", None), Capabilities):
        raise ConfigError(f"{title} is not a backend: 'capabilities' must be a Capabilities value")
