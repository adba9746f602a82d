"""The steps that the result of a page goes through after the backend."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from ocrkit import registry
from ocrkit.errors import ConfigError, OcrkitError, PostprocessError
from ocrkit.postprocess.base import Step, SupportsCheck, SupportsClose
from ocrkit.registry import ChainStep
from ocrkit.result import AppliedStep, PageResult

PostprocessLike: TypeAlias = str | Sequence[str | Mapping[str, Mapping[str, Any]] | Step]
"""`"none"`, or a list of steps: names, names with parameters, or functions."""

NONE = "none"


def create_postprocess(spec: PostprocessLike) -> list[ChainStep]:
    """The steps of a chain, and before each one the steps that it requires."""
    if not isinstance(spec, Iterable):
        raise ConfigError(f"postprocess must be a list of steps or '{NONE}', not {spec!r}")
    steps: list[ChainStep] = []
    for chained in [] if spec == NONE else registry.create_chain(spec, registry.POSTPROCESS):
        required = getattr(chained.step, "requires", ())
        missing = [name for name in required if name not in [each.name for each in steps]]
        steps += [*registry.create_chain(missing, registry.POSTPROCESS), chained]
    return steps


class PostprocessChain:
    """The steps that results go through. Threads share the chain and its steps."""

    def __init__(self, spec: PostprocessLike, *, allow_remote: bool | None = None) -> None:
        """Create the steps, so that wrong ones are reported before the first page."""
        self._steps = create_postprocess(spec)
        for each in self._steps:
            if isinstance(each.step, SupportsCheck):
                each.step.check()
        remote = next((each.name for each in self._steps if getattr(each.step, "remote", False)), None)
        if remote is not None and allow_remote is False:
            raise ConfigError(
                f"the post-processing step '{remote}' sends text to a remote service, and allow_remote = "
                "false forbids it. Remove the step, or use a server on this machine"
            )

    @property
    def planned(self) -> tuple[AppliedStep, ...]:
        """The steps, before any page."""
        return tuple(
            AppliedStep(name=step.name, changed=False, parameters=step.parameters) for step in self._steps
        )

    def apply(self, result: PageResult) -> PageResult:
        """The result after all steps. Its trace says what each step did."""
        applied = []
        for name, parameters, step, *_ in self._steps:
            started = time.perf_counter()
            following = _apply(result, name, step)
            kept = following.raw_text == result.raw_text
            applied.append(
                AppliedStep(
                    name=name,
                    changed=following is not result,
                    parameters=parameters,
                    seconds=time.perf_counter() - started,
                    reason=None if kept else "the step changed or removed text that the engine has read",
                )
            )
            result = following
        trace = result.trace.model_copy(update={"postprocess": tuple(applied)})
        return result.model_copy(update={"trace": trace})

    def close(self) -> None:
        """Close the steps that were created here."""
        for chained in self._steps:
            if chained.is_owned and isinstance(chained.step, SupportsClose):
                chained.step.close()


def _apply(result: PageResult, name: str, step: Step) -> PageResult:
    """The result after one step. Any exception of a step becomes a `PostprocessError`."""
    try:
        following = step(result)
    except PostprocessError as error:
        error.step, error.page = error.step or name, error.page or result.number
        raise
    except OcrkitError:
        raise
    except Exception as error:
        raise PostprocessError(
            f"the post-processing step '{name}' failed with {type(error).__name__}: {error}",
            step=name,
            page=result.number,
        ) from error
    if not isinstance(following, PageResult):
        raise PostprocessError(
            f"the post-processing step '{name}' returned {type(following).__name__}, not a PageResult",
            step=name,
            page=result.number,
        )
    return following
