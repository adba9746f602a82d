"""The chain of steps a page goes through before it is read."""

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
"""A profile (`"none"`, `"basic"`, `"auto"`) or a list of steps, by name, by name and parameters, or as is."""


class Stage(NamedTuple):
    """A step as it went, and the page after it."""

    step: AppliedStep
    page: Page


class PreprocessChain:
    """The steps that pages are to go through. Only `auto` looks at a page before it knows them."""

    def __init__(self, spec: PreprocessLike) -> None:
        """Make the steps, so that whatever is wrong with them is said before the first page."""
        if not isinstance(spec, Iterable):
            raise ConfigError(f"preprocess is the name of a profile or a list of steps, not {spec!r}")
        self._is_auto = spec == AUTO
        profile = PROFILES.get(spec) if isinstance(spec, str) else None
        self._steps = [] if self._is_auto else registry.create_chain(spec if profile is None else profile)

    def prepared(self, page: Page, capabilities: Capabilities) -> tuple[Page, tuple[AppliedStep, ...]]:
        """The page at their end, for a backend with these capabilities, and what each of them did."""
        applied = []
        for stage in self.stages(page, capabilities):
            page = stage.page
            applied.append(stage.step)
        return page, tuple(applied)

    def stages(self, page: Page, capabilities: Capabilities) -> Iterator[Stage]:
        """One step after the other."""
        steps = self._steps
        if self._is_auto:
            look, steps = _chosen(page, capabilities)
            yield Stage(look, page)
        for name, parameters, step, reason, _ in steps:
            started = time.perf_counter()
            following = _stepped(page, name, step)
            applied = AppliedStep(
                name=name,
                changed=following is not page,
                parameters=parameters,
                seconds=time.perf_counter() - started,
                reason=reason,
            )
            page = following
            yield Stage(applied, page)


def _chosen(page: Page, capabilities: Capabilities) -> tuple[AppliedStep, list[ChainStep]]:
    """What `auto` saw, and the steps it takes."""
    started = time.perf_counter()
    measured = measure(page)
    needed = choose_steps(measured, capabilities)
    look = AppliedStep(
        name=AUTO,
        changed=False,
        seconds=time.perf_counter() - started,
        reason=f"takes {', '.join(need.step for need in needed)}" if needed else "the page is best as it is",
        measurements=measured,
    )
    steps = (registry.create_chain({need.step: need.parameters})[0] for need in needed)
    return look, [step._replace(reason=need.reason) for step, need in zip(steps, needed, strict=True)]


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
