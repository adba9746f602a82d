"""Preprocessing step: a pure function from page to page.

A step that has nothing to do returns the same page object. Otherwise it creates a new page with
`Page.derive`, which keeps the transform to the original. Parameters are fixed when the step is created, so a
chain of steps is plain data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict

from ocrkit.page import Page, Pixels

Step: TypeAlias = Callable[[Page], Page]


class StepOptions(BaseModel):
    """Base class of the built-in steps: a frozen model whose fields are the parameters of the step."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def with_pixels(page: Page, pixels: Pixels) -> Page:
    """The page with these pixels; the same page object if they are equal."""
    return page if np.array_equal(pixels, page.pixels) else page.derive(pixels)
