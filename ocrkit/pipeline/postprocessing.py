"""The chain of steps a result goes through after the page was read."""

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
"""`"none"`, or a list of steps, by name, by name and parameters, or as is."""

NONE = "none"


def chain_of(spec: PostprocessLike) -> list[ChainStep]:
    """The steps, made anew."""
    if not isinstance(spec, Iterable):
        raise ConfigError(f"postprocess is a list of steps or '{NONE}', not {spec!r}")
    return [] if spec == NONE else registry.create_chain(spec, registry.POSTPROCESS)


class PostprocessChain:
    """The steps that results are to go through. Threads may share it, and so its steps."""

    def __init__(self, spec: PostprocessLike, *, allow_remote: bool | None = None) -> None:
        """Make the steps, so that whatever is wrong with them is said before the first page."""
        self._steps = chain_of(spec)
        for each in self._steps:
            if isinstance(each.step, SupportsCheck):
                each.step.check()
        far = next((each.name for each in self._steps if getattr(each.step, "remote", False)), None)
        if far is not None and allow_remote is False:
            raise ConfigError(
                f"the post-processing step '{far}' sends text to a remote service, and allow_remote = false "
                "forbids it. Leave it out, or let it ask a server on this machine"
            )

    @property
    def planned(self) -> tuple[AppliedStep, ...]:
        """The steps, none of them taken yet."""
        return tuple(
            AppliedStep(name=step.name, changed=False, parameters=step.parameters) for step in self._steps
        )

    def finished(self, result: PageResult) -> PageResult:
        """The result at their end; its trace says what each of them did."""
        applied = []
        for name, parameters, step, *_ in self._steps:
            started = time.perf_counter()
            following = _stepped(result, name, step)
            kept = following.raw_text == result.raw_text
            applied.append(
                AppliedStep(
                    name=name,
                    changed=following is not result,
                    parameters=parameters,
                    seconds=time.perf_counter() - started,
                    # Nobody is kept from leaving out what is on a page; but it is said.
                    reason=None if kept else "what the engine had read is not all there any more",
                )
            )
            result = following
        trace = result.trace.model_copy(update={"postprocess": tuple(applied)})
        return result.model_copy(update={"trace": trace})

    def close(self) -> None:
        """Free what the steps hold that were made here."""
        for chained in self._steps:
            if chained.is_owned and isinstance(chained.step, SupportsClose):
                chained.step.close()


def _stepped(result: PageResult, name: str, step: Step) -> PageResult:
    """The result after one step; whatever a stranger's step does, callers get one kind of error."""
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
