"""Make the helper modules of these tests importable, also in worker processes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ocrkit

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def default_engine() -> Iterator[ocrkit.OcrBackend]:
    """The embedded engine, loaded once."""
    with ocrkit.Ocr(settings=ocrkit.Settings(threads=2)) as ocr:
        yield ocr.backend
