"""The protocol of post-processing steps: pure functions from `PageResult` to `PageResult`.

A step works from the result alone: its text, positions and confidences, and the requested languages in
`trace.languages`. It returns the same object when it has nothing to do. It never overwrites what the engine
read: a copy of a word with new text keeps its `raw_text`, and `ocrkit.postprocess.edits` keeps lines, words
and table cells consistent.

Threads share a step. A step that needs a model or a dictionary loads it with the first page that requires it.
If a step has a method `close`, it is called at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias, runtime_checkable

from pydantic import BaseModel, ConfigDict

from ocrkit.result import PageResult

Step: TypeAlias = Callable[[PageResult], PageResult]

_DOUBTFUL_BELOW = 0.8
_UNKNOWN_BELOW = 0.75
"""The probability below which a word of no dictionary is doubtful. Others are, below 0.5."""


@runtime_checkable
class SupportsClose(Protocol):
    """A step that holds resources."""

    def close(self) -> None: ...


@runtime_checkable
class SupportsCheck(Protocol):
    """A step that can report missing dependencies before the first page."""

    def check(self) -> None:
        """Raise `MissingDependencyError` if something is not installed, without loading anything."""
        ...


def doubtful_below(page: PageResult) -> float:
    """The confidence below which words of this page are doubtful: as the backend states it, or 0.8."""
    stated = page.trace.doubtful_below
    return _DOUBTFUL_BELOW if stated is None else stated


def is_doubtful_unknown(confidence: float | None, probability: float | None, threshold: float) -> bool:
    """Whether a word of no dictionary is doubtful.

    It is more often misread than other words of the same confidence: where the engine is calibrated, a higher
    probability is still not enough.
    """
    if confidence is None:
        return False
    return confidence < threshold or (probability is not None and probability < _UNKNOWN_BELOW)


class StepOptions(BaseModel):
    """Base class of the built-in steps: a frozen model whose fields are the step's parameters.

    Declare files as fields of type `Path`: cached results are then invalidated when a file changes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def requires(self) -> tuple[str, ...]:
        """The names of the steps whose work this one builds on. A chain that lacks them gets them."""
        return ()
