"""Chains that have a name."""

from __future__ import annotations

from typing import Any, TypeAlias

from ocrkit.page import Page
from ocrkit.request import Capabilities

ChainSpec: TypeAlias = tuple[str | dict[str, dict[str, Any]], ...]

PROFILES: dict[str, ChainSpec] = {
    "none": (),
    # The recipe of countless tutorials. It is here because people ask for it; it is not the default because
    # it loses more characters than it saves on almost every kind of page.
    "basic": ("grayscale", {"denoise": {"method": "gaussian", "size": 5}}, {"binarize": {"method": "fixed"}}),
}


def automatic(page: Page, capabilities: Capabilities) -> ChainSpec:  # noqa: ARG001 – the seam is here
    """The chain a page needs. Engines read pages best as they are unless a measurement speaks against it."""
    return ()
