"""What a post-processing step is: a pure function from result to result, from text and boxes alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ocrkit.result import PageResult

Step: TypeAlias = Callable[[PageResult], PageResult]
