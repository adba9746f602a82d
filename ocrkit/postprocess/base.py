"""What a post-processing step is: a pure function from result to result, from text and boxes alone.

The result says everything a step may want to know: what was read, where and how sure the engine was, and, in
its trace, which languages were asked for. A step with nothing to do returns the very result it was given. It
never writes over what the engine has read: a copy of a word with other text keeps its `raw_text`, and
`ocrkit.postprocess.edits` changes words so that all around them stays true.

Threads share a step. One that needs a model or a dictionary loads it with the first page that wants it; if it
has a method `close`, that is called at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias, runtime_checkable

from pydantic import BaseModel, ConfigDict

from ocrkit.result import PageResult

Step: TypeAlias = Callable[[PageResult], PageResult]

_DOUBTFUL_BELOW = 0.8


@runtime_checkable
class SupportsClose(Protocol):
    """A step that holds something which can be freed."""

    def close(self) -> None: ...


@runtime_checkable
class SupportsCheck(Protocol):
    """A step that needs what may not be installed, and can say so before the first page."""

    def check(self) -> None:
        """Raise `MissingDependencyError` for what is not there. Nothing is loaded for it."""
        ...


def doubtful_below(page: PageResult) -> float:
    """The confidence below which words of this page are doubtful: as the backend states it, or 0.8."""
    stated = page.trace.doubtful_below
    return _DOUBTFUL_BELOW if stated is None else stated


class StepOptions(BaseModel):
    """The base of every built-in step: a frozen model whose fields are its parameters.

    Files it works with are fields of the type `Path`: a result that was kept is read anew when they change.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
