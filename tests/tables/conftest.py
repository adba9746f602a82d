"""One ppocr engine for all tests of this folder, and the module `drawn_tables` on the import path."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocrkit import Ocr, OcrBackend

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def ppocr_backend() -> Iterator[OcrBackend]:
    """Loaded once: an `Ocr` does not close a backend that it did not create."""
    with Ocr(backend="ppocr") as ocr:
        yield ocr.backend
