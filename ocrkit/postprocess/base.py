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


class StepOptions(BaseModel):
    """Base class of the built-in steps: a frozen model whose fields are the step's parameters.

    Declare files as fields of type `Path`: cached results are then invalidated when a file changes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
