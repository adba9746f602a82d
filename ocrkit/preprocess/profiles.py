"""Chains that have a name."""

from __future__ import annotations

from typing import Any, TypeAlias

ChainSpec: TypeAlias = tuple[str | dict[str, dict[str, Any]], ...]

AUTO = "auto"
"""The profile that is no chain: it looks at each page, and takes the steps it needs."""

PROFILES: dict[str, ChainSpec] = {
    "none": (),
    # The recipe of countless tutorials. It is here because people ask for it; it is not the default because
    # it loses more characters than it saves on almost every kind of page.
    "basic": ("grayscale", {"denoise": {"method": "gaussian", "size": 5}}, {"binarize": {"method": "fixed"}}),
    # Each of these steps leaves a page alone on which it has nothing to do.
    "document": ("invert", "illumination", "deskew"),
    "photo": ("dewarp", "invert", "illumination", "deskew", {"upscale": {"text_height": 12}}),
    "handwritten": ("grayscale", "invert", "illumination", {"contrast": {"method": "stretch"}}, "deskew"),
}
