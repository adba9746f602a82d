"""Profiles: named chains of preprocessing steps."""

from __future__ import annotations

from typing import Any, TypeAlias

ChainSpec: TypeAlias = tuple[str | dict[str, dict[str, Any]], ...]

AUTO = "auto"
"""The profile that has no fixed chain: it measures each page and chooses the steps for it."""

PROFILES: dict[str, ChainSpec] = {
    "none": (),
    # The recipe of many tutorials, included because users ask for it. It is not the default, because it
    # costs more characters than it saves on almost every kind of page.
    "basic": ("grayscale", {"denoise": {"method": "gaussian", "size": 5}}, {"binarize": {"method": "fixed"}}),
    # Each of these steps leaves a page unchanged that does not need it.
    "document": ("invert", "illumination", "deskew"),
    "photo": ("dewarp", "invert", "illumination", "deskew", {"upscale": {"text_height": 12}}),
    "handwritten": ("grayscale", "invert", "illumination", {"contrast": {"method": "stretch"}}, "deskew"),
}
