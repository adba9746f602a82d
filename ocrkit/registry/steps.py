"""The steps of both chains by name, and chains of them from plain data."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from pydantic import BaseModel, ValidationError

from ocrkit import plugins
from ocrkit.errors import ConfigError
from ocrkit.preprocess.profiles import PROFILES
from ocrkit.validation import problems, unknown

PREPROCESS = plugins.PluginGroup(
    "preprocessing step",
    "ocrkit.preprocess",
    plugins.camel,
    skip=frozenset({"base", "profiles", "auto", "measure"}),
    also=frozenset({*PROFILES, "auto"}),
)
POSTPROCESS = plugins.PluginGroup(
    "post-processing step",
    "ocrkit.postprocess",
    plugins.camel,
    skip=frozenset({"base", "block_kinds", "doubts", "edits", "reading_order"}),
    also=frozenset({"none"}),
)

AnyStep: TypeAlias = Callable[[Any], Any]
"""From page to page, or from result to result."""
StepSpec: TypeAlias = str | Mapping[str, Mapping[str, Any]] | AnyStep
"""A name, a name with parameters, or the step itself."""


class ChainStep(NamedTuple):
    """A step with what a result says about it."""

    name: str
    parameters: dict[str, Any]
    step: AnyStep
    reason: str | None = None
    """Why it was chosen, where ocrkit did."""
    is_owned: bool = True
    """It was made here; one that was handed in belongs to whoever made it."""


def step_names(family: plugins.PluginGroup = PREPROCESS) -> tuple[str, ...]:
    """All steps there are, built-in and plugged in. Imports none."""
    return plugins.names(family)


def create_step(
    name: str, parameters: Mapping[str, Any] | None = None, family: plugins.PluginGroup = PREPROCESS
) -> AnyStep:
    """The step with this name or dotted path.

    A class is made with the parameters. A plain function *is* the step: it is called with the page and, as
    keywords, the parameters.
    """
    found = plugins.load(family, name)
    parameters = dict(parameters or {})
    title = f"{family.what} '{name}'"
    if isinstance(found, type):
        return _made(found, title, parameters)
    if not callable(found):
        raise ConfigError(f"the {title} is not callable but a {type(found).__name__}")
    _check_parameters(found, title, parameters, None)
    return partial(found, **parameters) if parameters else found


def create_chain(
    spec: StepSpec | Iterable[StepSpec], family: plugins.PluginGroup = PREPROCESS
) -> list[ChainStep]:
    """The steps of a chain, in order: `["grayscale", {"denoise": {"size": 3}}, my_step]`."""
    if isinstance(spec, str):
        items: list[Any] = [name.strip() for name in spec.split(",") if name.strip()]
    elif isinstance(spec, Mapping) or callable(spec):
        items = [spec]
    else:
        items = list(spec)
    return [_chain_step(item, family) for item in items]


def _chain_step(item: object, family: plugins.PluginGroup) -> ChainStep:
    if isinstance(item, str):
        return _named(item, {}, family)
    if isinstance(item, Mapping):
        if len(item) != 1:
            raise ConfigError(
                f"a step with parameters is a table with one name, not with {len(item)}: {list(item)}"
            )
        (name, parameters), *_ = item.items()
        if not isinstance(parameters, Mapping):
            raise ConfigError(f"the parameters of the {family.what} '{name}' must be a table")
        return _named(str(name), parameters, family)
    if isinstance(item, type) or not callable(item):
        raise ConfigError(
            f"a {family.what} is a name, {{name: parameters}} or a function from page to page, not {item!r}"
        )
    return ChainStep(_name_of(item), _parameters_of(item, {}), item, is_owned=False)


def _named(name: str, parameters: Mapping[str, Any], family: plugins.PluginGroup) -> ChainStep:
    step = create_step(name, parameters, family)
    return ChainStep(name, _parameters_of(step, parameters), step)


def _parameters_of(step: object, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the step works with, defaults included where it is a model and can say so."""
    return step.model_dump(mode="json") if isinstance(step, BaseModel) else dict(given)


def _name_of(step: object) -> str:
    name = getattr(step, "__name__", None) or type(step).__name__
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _made(kind: type, title: str, parameters: dict[str, Any]) -> AnyStep:
    step: Any
    if issubclass(kind, BaseModel):
        step = _validated(kind, title, parameters)
    else:
        _check_parameters(kind, title, parameters)
        step = kind(**parameters)
    if not callable(step):
        raise ConfigError(f"the {title} is not a step: {kind.__name__} has no __call__")
    made: AnyStep = step
    return made


def _validated(kind: type[BaseModel], title: str, parameters: dict[str, Any]) -> BaseModel:
    try:
        return kind.model_validate(parameters)
    except ValidationError as error:
        texts = [text for _, text in problems(error, kind)]
    raise ConfigError(f"{title}: {'; '.join(texts)}")


def _check_parameters(
    target: Callable[..., Any], title: str, parameters: Mapping[str, Any], *page: object
) -> None:
    """Before the first page: a wrong parameter would otherwise show as a TypeError inside the chain."""
    signature = inspect.signature(target)
    try:
        signature.bind(*page, **parameters)
    except TypeError as error:
        known = list(signature.parameters)[len(page) :]
        strangers = [key for key in parameters if key not in known]
        text = unknown("parameter", strangers[0], known) if strangers else str(error)
        raise ConfigError(f"{title}: {text}") from error
