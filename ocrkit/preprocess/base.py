"""What a preprocessing step is: a pure function from page to page.

A step with nothing to do returns the very page it was given; any other page it makes with `Page.derive`,
which carries the way back. Parameters are fixed when the step is made: a chain is plain data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict

from ocrkit.page import Page, Pixels

Step: TypeAlias = Callable[[Page], Page]


class StepOptions(BaseModel):
    """The base of every built-in step: a frozen model whose fields are its parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def repainted(page: Page, pixels: Pixels) -> Page:
    """The page with these pixels; the very page where they are the same."""
    return page if np.array_equal(pixels, page.pixels) else page.derive(pixels)
