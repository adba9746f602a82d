"""Preprocessing steps by name, and chains of them from plain data."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from pydantic import BaseModel, ValidationError

from ocrkit.config.messages import problems, unknown
from ocrkit.errors import ConfigError
from ocrkit.preprocess.base import Step
from ocrkit.preprocess.profiles import PROFILES
from ocrkit.registry import parts

FAMILY = parts.Family(
    "preprocessing step",
    "ocrkit.preprocess",
    parts.camel,
    skip=frozenset({"base", "profiles", "auto", "measure"}),
    also=frozenset({*PROFILES, "auto"}),
)

StepSpec: TypeAlias = str | Mapping[str, Mapping[str, Any]] | Step
"""A name, a name with parameters, or the step itself."""


class ChainStep(NamedTuple):
    """A step with what a result says about it."""

    name: str
    parameters: dict[str, Any]
    step: Step
    reason: str | None = None
    """Why it was chosen, where ocrkit did."""


def step_names() -> tuple[str, ...]:
    """All steps there are, built-in and plugged in. Imports none."""
    return parts.names(FAMILY)


def create_step(name: str, parameters: Mapping[str, Any] | None = None) -> Step:
    """The step with this name or dotted path.

    A class is made with the parameters. A plain function *is* the step: it is called with the page and, as
    keywords, the parameters.
    """
    found = parts.load(FAMILY, name)
    parameters = dict(parameters or {})
    if isinstance(found, type):
        return _made(found, name, parameters)
    if not callable(found):
        raise ConfigError(f"the preprocessing step '{name}' is not callable but a {type(found).__name__}")
    _check_parameters(found, name, parameters, None)
    return partial(found, **parameters) if parameters else found


def create_chain(spec: StepSpec | Iterable[StepSpec]) -> list[ChainStep]:
    """The steps of a chain, in order: `["grayscale", {"denoise": {"size": 3}}, my_step]`."""
    if isinstance(spec, str):
        items: list[Any] = [name.strip() for name in spec.split(",") if name.strip()]
    elif isinstance(spec, Mapping) or callable(spec):
        items = [spec]
    else:
        items = list(spec)
    return [_chain_step(item) for item in items]


def _chain_step(item: object) -> ChainStep:
    if isinstance(item, str):
        return _named(item, {})
    if isinstance(item, Mapping):
        if len(item) != 1:
            raise ConfigError(
                f"a step with parameters is a table with one name, not with {len(item)}: {list(item)}"
            )
        (name, parameters), *_ = item.items()
        if not isinstance(parameters, Mapping):
            raise ConfigError(f"the parameters of the preprocessing step '{name}' must be a table")
        return _named(str(name), parameters)
    if isinstance(item, type) or not callable(item):
        raise ConfigError(
            "a preprocessing step is a name, {name: parameters} or a function from page to page, "
            f"not {item!r}"
        )
    return ChainStep(_name_of(item), _parameters_of(item, {}), item)


def _named(name: str, parameters: Mapping[str, Any]) -> ChainStep:
    step = create_step(name, parameters)
    return ChainStep(name, _parameters_of(step, parameters), step)


def _parameters_of(step: object, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the step works with, defaults included where it is a model and can say so."""
    return step.model_dump(mode="json") if isinstance(step, BaseModel) else dict(given)


def _name_of(step: object) -> str:
    name = getattr(step, "__name__", None) or type(step).__name__
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _made(kind: type, name: str, parameters: dict[str, Any]) -> Step:
    step: Any
    if issubclass(kind, BaseModel):
        step = _validated(kind, name, parameters)
    else:
        _check_parameters(kind, name, parameters)
        step = kind(**parameters)
    if not callable(step):
        raise ConfigError(f"the preprocessing step '{name}' is not a step: {kind.__name__} has no __call__")
    made: Step = step
    return made


def _validated(kind: type[BaseModel], name: str, parameters: dict[str, Any]) -> BaseModel:
    try:
        return kind.model_validate(parameters)
    except ValidationError as error:
        texts = [text for _, text in problems(error, kind)]
    raise ConfigError(f"preprocessing step '{name}': {'; '.join(texts)}")


def _check_parameters(
    target: Callable[..., Any], name: str, parameters: Mapping[str, Any], *page: object
) -> None:
    """Before the first page: a wrong parameter would otherwise show as a TypeError inside the chain."""
    signature = inspect.signature(target)
    try:
        signature.bind(*page, **parameters)
    except TypeError as error:
        known = list(signature.parameters)[len(page) :]
        strangers = [key for key in parameters if key not in known]
        text = unknown("parameter", strangers[0], known) if strangers else str(error)
        raise ConfigError(f"preprocessing step '{name}': {text}") from error
