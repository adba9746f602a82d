"""Preprocessing and post-processing steps by name, and chains of them from plain data."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

from pydantic import BaseModel, ValidationError

from ocrkit import plugins
from ocrkit.config.environment import vendor_values
from ocrkit.errors import ConfigError
from ocrkit.preprocess.profiles import PROFILES
from ocrkit.validation import problems, unknown

POSTPROCESS = plugins.POSTPROCESS
PREPROCESS = replace(plugins.PREPROCESS, other_choices=plugins.PREPROCESS.other_choices | {*PROFILES})

_POSITIONAL = frozenset(
    {
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
    }
)

AnyStep: TypeAlias = Callable[[Any], Any]
"""A function from page to page, or from result to result."""
StepSpec: TypeAlias = str | Mapping[str, Mapping[str, Any]] | AnyStep
"""A name, a name with parameters, or the step itself."""


class ChainStep(NamedTuple):
    """A step, and what the trace of a result says about it."""

    name: str
    parameters: dict[str, Any]
    step: AnyStep
    reason: str | None = None
    """Why `auto` chose it."""
    is_owned: bool = True
    """Whether ocrkit made it from a name, and closes it. Otherwise it belongs to the caller."""


def step_names(group: plugins.PluginGroup = PREPROCESS) -> tuple[str, ...]:
    """The names of all steps, built-in and installed. Imports none of them."""
    return plugins.names(group)


def create_step(
    name: str, parameters: Mapping[str, Any] | None = None, group: plugins.PluginGroup = PREPROCESS
) -> AnyStep:
    """The step with this name or dotted path.

    A class is called with the parameters. A function is the step itself: it is called with the page and, as
    keyword arguments, the parameters.
    """
    found = plugins.load(group, name)
    parameters = dict(parameters or {})
    title = f"{group.noun} '{name}'"
    if isinstance(found, type):
        return _create(found, title, parameters)
    if not callable(found):
        raise ConfigError(f"the {title} is not callable but a {type(found).__name__}")
    _check_page(found, title)
    _check_parameters(found, title, parameters, None)
    return functools.partial(found, **parameters) if parameters else found


def create_chain(
    spec: StepSpec | Iterable[StepSpec], group: plugins.PluginGroup = PREPROCESS
) -> list[ChainStep]:
    """The steps of a chain, in order: `["grayscale", {"denoise": {"size": 3}}, my_step]`."""
    if isinstance(spec, str):
        items: list[Any] = [name.strip() for name in spec.split(",") if name.strip()]
    elif isinstance(spec, Mapping) or callable(spec):
        items = [spec]
    else:
        items = list(spec)
    return [_chain_step(item, group) for item in items]


def _chain_step(item: object, group: plugins.PluginGroup) -> ChainStep:
    if isinstance(item, str):
        return _named(item, {}, group)
    if isinstance(item, Mapping):
        if len(item) != 1:
            raise ConfigError(
                f"a step with parameters must be a table with one name, not with {len(item)}: {list(item)}"
            )
        (name, parameters), *_ = item.items()
        if not isinstance(parameters, Mapping):
            raise ConfigError(f"the parameters of the {group.noun} '{name}' must be a table")
        return _named(str(name), parameters, group)
    if isinstance(item, type) or not callable(item):
        raise ConfigError(
            f"a {group.noun} must be a name, {{name: parameters}} or a function from page to page, "
            f"not {item!r}"
        )
    return ChainStep(_name_of(item), _parameters_of(item, {}), item, is_owned=False)


def _named(name: str, parameters: Mapping[str, Any], group: plugins.PluginGroup) -> ChainStep:
    step = create_step(name, parameters, group)
    return ChainStep(name, _parameters_of(step, parameters), step)


def _parameters_of(step: object, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a step, with the defaults if it is a model."""
    return step.model_dump(mode="json") if isinstance(step, BaseModel) else dict(given)


def _name_of(step: object) -> str:
    name = getattr(step, "__name__", None) or type(step).__name__
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _create(kind: type, title: str, parameters: dict[str, Any]) -> AnyStep:
    # Before it is created, because a constructor may do anything. `callable` is true of every class.
    call = next((vars(base)["__call__"] for base in kind.__mro__ if "__call__" in vars(base)), None)
    if not callable(call):
        raise ConfigError(f"the {title} is not a step: {kind.__name__} has no __call__")
    _check_page(functools.partial(call, None), f"{title}: __call__")
    step: Any
    if issubclass(kind, BaseModel):
        step = _validated(kind, title, parameters)
    else:
        _check_parameters(kind, title, parameters)
        step = kind(**parameters)
    created: AnyStep = step
    return created


def _check_page(step: Callable[..., Any], title: str) -> None:
    """Refuse a callable that cannot be called with a page as its one positional argument."""
    try:
        parameters = list(inspect.signature(step).parameters.values())
    except (TypeError, ValueError):  # a function without a signature, such as some of C extensions
        raise ConfigError(f"the {title} is not a step: its signature cannot be read") from None
    kinds = [parameter.kind for parameter in parameters]
    if not kinds or kinds[0] not in _POSITIONAL:
        raise ConfigError(f"the {title} is not a step: it does not take a page as its first argument")


def _validated(kind: type[BaseModel], title: str, parameters: dict[str, Any]) -> BaseModel:
    try:
        return kind.model_validate(
            parameters | {key: value for key, (value, _) in vendor_values(kind, parameters).items()}
        )
    except ValidationError as error:
        texts = [text for _, text in problems(error, kind)]
    raise ConfigError(f"{title}: {'; '.join(texts)}")


def _check_parameters(
    target: Callable[..., Any], title: str, parameters: Mapping[str, Any], *page: object
) -> None:
    """Refuse unknown parameters now: otherwise the first page would fail with a TypeError."""
    signature = inspect.signature(target)
    try:
        signature.bind(*page, **parameters)
    except TypeError as error:
        known = list(signature.parameters)[len(page) :]
        unexpected = [key for key in parameters if key not in known]
        text = unknown("parameter", unexpected[0], known) if unexpected else str(error)
        raise ConfigError(f"{title}: {text}") from error
