"""The steps that a page goes through before the backend."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from ocrkit import registry
from ocrkit.errors import ConfigError, OcrkitError, PreprocessError
from ocrkit.page import Page
from ocrkit.preprocess.auto import choose_steps
from ocrkit.preprocess.base import Step
from ocrkit.preprocess.measure import measure
from ocrkit.preprocess.profiles import AUTO, PROFILES
from ocrkit.registry import ChainStep
from ocrkit.request import Capabilities
from ocrkit.result import AppliedStep

PreprocessLike: TypeAlias = str | Sequence[str | Mapping[str, Mapping[str, Any]] | Step]
"""A profile (`"none"`, `"basic"`, `"auto"`) or a list of steps: names, names with parameters, functions."""


class Stage(NamedTuple):
    """The change that a step made, and the page after it."""

    step: AppliedStep
    page: Page


def create_preprocess(spec: PreprocessLike) -> list[ChainStep] | str:
    """The steps of a chain; for the profile `auto`, which chooses them page by page, its name."""
    if not isinstance(spec, Iterable):
        raise ConfigError(f"preprocess must be the name of a profile or a list of steps, not {spec!r}")
    if spec == AUTO:
        return AUTO
    profile = PROFILES.get(spec) if isinstance(spec, str) else None
    return registry.create_chain(spec if profile is None else profile)


class PreprocessChain:
    """The steps that pages go through before the backend."""

    def __init__(self, spec: PreprocessLike) -> None:
        """Create the steps, so that wrong ones are reported before the first page."""
        self._steps = create_preprocess(spec)

    def apply(self, page: Page, capabilities: Capabilities) -> tuple[Page, tuple[AppliedStep, ...]]:
        """The page after all steps, for a backend with these capabilities, and what each step did."""
        applied = []
        last = page
        for stage in self.stages(page, capabilities):
            applied.append(stage.step)
            last = stage.page
        return last, tuple(applied)

    def stages(self, page: Page, capabilities: Capabilities) -> Iterator[Stage]:
        """Apply one step after the other."""
        steps = self._steps
        if isinstance(steps, str):
            choice, steps = _choose(page, capabilities)
            yield Stage(choice, page)
        for name, parameters, step, reason, _ in steps:
            started = time.perf_counter()
            following = _apply(page, name, step)
            applied = AppliedStep(
                name=name,
                changed=following is not page,
                parameters=parameters,
                seconds=time.perf_counter() - started,
                reason=reason,
            )
            page = following
            yield Stage(applied, page)


def _choose(page: Page, capabilities: Capabilities) -> tuple[AppliedStep, list[ChainStep]]:
    """The steps that `auto` chooses for a page, with its measurements."""
    started = time.perf_counter()
    measured = measure(page)
    chosen = choose_steps(measured, capabilities)
    choice = AppliedStep(
        name=AUTO,
        changed=False,
        seconds=time.perf_counter() - started,
        reason=f"chooses {', '.join(each.step for each in chosen)}" if chosen else "the page needs no step",
        measurements=measured,
    )
    steps = (registry.create_chain({each.step: each.parameters})[0] for each in chosen)
    return choice, [step._replace(reason=each.reason) for step, each in zip(steps, chosen, strict=True)]


def _apply(page: Page, name: str, step: Step) -> Page:
    """The page after one step. Any exception of a step becomes a `PreprocessError`."""
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
