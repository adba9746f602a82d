"""The chain of steps a page goes through before it is read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from ocrkit import registry
from ocrkit.backends.base import Backend
from ocrkit.errors import ConfigError, OcrkitError, PreprocessError
from ocrkit.page import Page
from ocrkit.preprocess.base import Step
from ocrkit.preprocess.profiles import PROFILES, automatic
from ocrkit.registry import ChainStep
from ocrkit.result import AppliedStep

PreprocessLike: TypeAlias = str | Sequence[str | Mapping[str, Mapping[str, Any]] | Step]
"""A profile (`"none"`, `"basic"`, `"auto"`) or a list of steps, by name, by name and parameters, or as is."""

Chain: TypeAlias = Callable[[Page, Backend], list[ChainStep]]
"""The steps for a page and the backend that will read it."""


def chain_for(spec: PreprocessLike) -> Chain:
    """What makes the chain for a page. Only `auto` looks at it."""
    if not isinstance(spec, Iterable):
        raise ConfigError(f"preprocess is the name of a profile or a list of steps, not {spec!r}")
    if spec == "auto":
        return lambda page, backend: registry.create_chain(automatic(page, backend.capabilities))
    profile = PROFILES.get(spec) if isinstance(spec, str) else None
    steps = registry.create_chain(spec if profile is None else profile)
    return lambda page, backend: steps  # noqa: ARG005 – a fixed chain is the same for every page


def prepared(page: Page, steps: Iterable[ChainStep]) -> tuple[Page, tuple[AppliedStep, ...]]:
    """The page at the end of the chain, and what each step did."""
    applied = []
    for name, parameters, step in steps:
        started = time.perf_counter()
        following = _stepped(page, name, step)
        applied.append(
            AppliedStep(
                name=name,
                changed=following is not page,
                parameters=parameters,
                seconds=time.perf_counter() - started,
            )
        )
        page = following
    return page, tuple(applied)


def _stepped(page: Page, name: str, step: Step) -> Page:
    """The page after one step; whatever a stranger's step does, callers get one kind of error."""
    try:
        following = step(page)
    except OcrkitError:
        raise
    except Exception as error:
        raise PreprocessError(
            f"the preprocessing step '{name}' failed with {type(error).__name__}: {error}", page=page.number
        ) from error
    if not isinstance(following, Page):
        raise PreprocessError(
            f"the preprocessing step '{name}' returned {type(following).__name__}, not a Page",
            page=page.number,
        )
    return following
