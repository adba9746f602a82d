"""Make the helper modules of these tests importable, also in worker processes, and keep memory flat."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocrkit.postprocess.spelling import dictionaries

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))  # for drawn layouts


@pytest.fixture(scope="module", autouse=True)
def _word_lists_are_freed() -> Iterator[None]:
    """Each takes up to 70 MB, and a process keeps those that it has loaded."""
    yield
    dictionaries._load.cache_clear()
    if wordfreq := sys.modules.get("wordfreq"):
        wordfreq.get_frequency_dict.cache_clear()
