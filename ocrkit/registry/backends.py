"""Backends by name, by dotted path, or as they are; and whether they can do what is asked."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from ocrkit import cpu, plugins
from ocrkit.backends.base import OcrBackend
from ocrkit.config.environment import vendor_values, vendor_variables
from ocrkit.errors import CapabilityError, ConfigError, OcrkitError
from ocrkit.request import Capabilities, Request
from ocrkit.validation import problems, unknown

FAMILY = plugins.PluginGroup(
    "backend",
    "ocrkit.backends",
    lambda name: plugins.camel(name) + "Backend",
    skip=frozenset({"base", "remote"}),
)


def backend_names() -> tuple[str, ...]:
    """All backends there are, built-in and plugged in, installed or not. Imports none."""
    return plugins.names(FAMILY)


def backend_class(spec: str | type[OcrBackend]) -> type[OcrBackend]:
    """The class for a name or a dotted path `package.module:Class`; a class is checked and returned."""
    if isinstance(spec, str):
        found = plugins.load(FAMILY, spec)
    else:
        found, spec = spec, spec.__name__
    if not isinstance(found, type):
        raise ConfigError(f"the backend '{spec}' is not a class but a {type(found).__name__}")
    lacking = [name for name in ("recognize", "close") if not callable(getattr(found, name, None))]
    if lacking:
        raise ConfigError(
            f"the backend '{spec}' is not an OcrBackend: {found.__name__} lacks {_listed(lacking)}"
        )
    return found


def create_backend(
    spec: str | type[OcrBackend] | OcrBackend,
    options: Mapping[str, Any] | None = None,
    *,
    threads: int | None = None,
) -> OcrBackend:
    """A backend, ready to be asked. What was chosen is what one gets: there is no second choice.

    Args:
        spec: a name, a dotted path, a class, or a backend, which is returned as it is.
        options: checked by the backend's own `Options`.
        threads: for a backend that has an option of this name and was not given it; as many as this process
            may use if not given here either.
    """
    if not isinstance(spec, str | type):
        _check_instance(spec, repr(type(spec).__name__))
        return spec
    kind = backend_class(spec)
    section = table_name(spec)
    spec = spec if isinstance(spec, str) else kind.__name__
    options = dict(options or {})
    model = options_model(kind)
    if model is None:
        if options:
            raise ConfigError(
                f"[backends.{section}]: the backend '{spec}' has no options; remove {_listed(options)}"
            )
        arguments: tuple[object, ...] = ()
    else:
        if "threads" in model.model_fields:
            options.setdefault("threads", threads or cpu.available())
        options |= {key: value for key, (value, _) in vendor_values(model, options).items()}
        arguments = (_checked(model, options, section),)
    try:
        inspect.signature(kind).bind(*arguments)
    except TypeError as error:
        expected = "one value of its Options" if arguments else "no argument"
        raise ConfigError(f"the backend '{spec}' cannot be made with {expected}: {error}") from error
    try:
        backend = kind(*arguments)
    except OcrkitError:
        raise
    except Exception as error:  # noqa: BLE001 – somebody else's constructor may raise anything
        # Without the error's own text, which may repeat an option, and that may be a secret.
        raise ConfigError(
            f"the backend '{spec}' cannot be made: {type(error).__name__} in its constructor"
        ) from (None if model else error)
    _check_instance(backend, f"'{spec}'")
    return backend


def options_model(kind: type[OcrBackend]) -> type[BaseModel] | None:
    """The model of a backend's options, if it has any."""
    model = getattr(kind, "Options", None)
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None


def options_for(
    spec: str | type[OcrBackend] | OcrBackend, tables: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Any]:
    """The table of options that belongs to a backend.

    A backend given by its dotted path finds its table under that path or, better to write, under its name.
    An instance has its options already.
    """
    if not isinstance(spec, str | type):
        return {}
    if isinstance(spec, str) and (spec in tables or ":" not in spec):
        return tables.get(spec, {})
    return tables.get(table_name(spec), {})


def check_tables(tables: Iterable[str], chosen: str | type[OcrBackend] | OcrBackend) -> None:
    """Refuse a table whose name is nearly that of a backend: it is a slip that would go unnoticed.

    Others are left alone: they may belong to a backend that another profile names by its dotted path, or
    that is not installed here.
    """
    known = {*backend_names()}
    if isinstance(chosen, type) or (isinstance(chosen, str) and ":" in chosen):
        known.add(table_name(chosen))
    for table in tables:
        # Stricter than for a hint, or `myocr` would be taken for a slip of `ppocr`.
        if table not in known and difflib.get_close_matches(table.lower(), known, n=1, cutoff=0.75):
            raise ConfigError(f"[backends.{table}]: {unknown('backend', table, known)}")


def check_request(backend: OcrBackend, request: Request) -> None:
    """Raise `CapabilityError` if the backend does not offer what is asked of it, naming those that do."""
    request = backend.capabilities.as_asked(request)
    gaps = backend.capabilities.missing(request)
    if not gaps:
        return
    text = f"does not offer {_listed(gaps)}. It offers: {_offer(backend.capabilities, request)}."
    others = [name for name in backend_names() if name != backend.name and _offers(name, request)]
    if others:
        text += (
            f" Choose another backend for it: {', '.join(others)} (`ocrkit backends` says what is installed)."
        )
    else:
        text += " No other backend offers it either."
    raise CapabilityError(text, backend=backend.name)


def check_remote(
    backend: str | type[OcrBackend] | OcrBackend, *, allow_remote: bool | None, named: bool = True
) -> None:
    """Raise `ConfigError` where pages would leave this machine and may not. Nothing is loaded for it.

    Args:
        backend: what would read.
        allow_remote: as in the settings: False forbids every remote backend, None those nobody named.
        named: the user wrote this name. Whoever brings in a backend by itself, as a fallback does, says no.
    """
    if allow_remote or (allow_remote is None and named):
        return
    found = backend_class(backend) if isinstance(backend, (str, type)) else backend
    capabilities = getattr(found, "capabilities", None)
    if not (isinstance(capabilities, Capabilities) and capabilities.remote):
        return
    why = "allow_remote = false forbids it" if allow_remote is False else "nobody named it"
    local = [status for status in backend_names() if status != "null" and not _is_remote(status)]
    raise ConfigError(
        f"the backend '{getattr(found, 'name', backend)}' sends pages to a remote service, and {why}. Choose "
        f"one that reads on this machine ({_listed(local)}), or set allow_remote = true"
    )


def _is_remote(name: str) -> bool:
    try:
        capabilities = getattr(backend_class(name), "capabilities", None)
    except OcrkitError:
        return True  # broken or not installed: nothing to recommend
    return not isinstance(capabilities, Capabilities) or capabilities.remote


def _offers(name: str, request: Request) -> bool:
    if name == "null":
        return False  # it takes every request and reads nothing
    try:
        capabilities = getattr(backend_class(name), "capabilities", None)
    except OcrkitError:
        return False  # broken or not installed: nothing to recommend
    return isinstance(capabilities, Capabilities) and not capabilities.missing(capabilities.as_asked(request))


def _offer(capabilities: Capabilities, request: Request) -> str:
    """The choices, of the kinds that were asked for in vain."""
    choices = []
    if any(capabilities.language(tag) is None for tag in request.languages):
        choices.append("languages " + ", ".join(sorted(capabilities.languages)))
    if request.mode not in capabilities.modes:
        choices.append("modes " + ", ".join(sorted(capabilities.modes)))
    if request.scene not in capabilities.scenes:
        choices.append("scenes " + ", ".join(sorted(capabilities.scenes)))
    return "; ".join(choices)


def _checked(model: type[BaseModel], options: Mapping[str, Any], section: str) -> BaseModel:
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        found = list(problems(error, model))
    # Raised outside of the handler: pydantic's own error holds the values, and some are secrets.
    texts = []
    for key, text in found:
        variable = "__".join(("OCRKIT_BACKENDS", section.upper(), *(part.upper() for part in key)))
        names = [variable, *vendor_variables(model).get(".".join(key), ())]
        advice = f" (set it there or as {' or '.join(names)})" if text.endswith(" is missing") else ""
        texts.append(f"[backends.{section}]: {text}{advice}")
    raise ConfigError("; ".join(texts))


def table_name(spec: str | type[OcrBackend]) -> str:
    """What its table of options is called: `[backends.NAME]`."""
    if isinstance(spec, str) and ":" not in spec:
        return spec
    kind = backend_class(spec)
    name = getattr(kind, "name", None)
    return name if isinstance(name, str) else kind.__name__


def _check_instance(backend: object, title: str) -> None:
    wanted = ("name", "capabilities", "recognize", "close")
    lacking = [name for name in wanted if not hasattr(backend, name)]
    if lacking:
        raise ConfigError(f"{title} is not a backend: it lacks {_listed(lacking)}")
    if not isinstance(getattr(backend, "capabilities", None), Capabilities):
        raise ConfigError(f"{title} is not a backend: 'capabilities' must be a Capabilities value")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
