"""A PDF of two pages, a blank photo, and a backend that returns known text."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

import ocrkit
from ocrkit.testing import ScriptedBackend, draw_image

PAGES = (["The first page", "of two"], ["And the second"])


@pytest.fixture
def letters(tmp_path: Path) -> str:
    """A PDF whose two pages show the text that `scripted` returns."""
    first, second = (draw_image(lines, color=False, size=(600, 300)) for lines in PAGES)
    first.save(tmp_path / "letters.pdf", save_all=True, append_images=[second], resolution=150)
    return str(tmp_path / "letters.pdf")


@pytest.fixture
def photo(tmp_path: Path) -> str:
    Image.new("L", (300, 200), 255).save(tmp_path / "photo.png")
    return str(tmp_path / "photo.png")


@pytest.fixture
def backend() -> ScriptedBackend:
    return ScriptedBackend(*PAGES, confidence=0.75)


@pytest.fixture
def scripted(backend: ScriptedBackend) -> ocrkit.Ocr:
    return ocrkit.Ocr(backend, preprocess="none", workers=1)
