"""Every file of examples/ runs and does what it says, and stays short enough to be read at a glance."""

from __future__ import annotations

import difflib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import ocrkit
from ocrkit.backends.base import OcrBackend
from ocrkit.testing import BackendConformance

EXAMPLES = Path(__file__).parents[1] / "examples"
LETTER = EXAMPLES / "letter.png"
MOST_LINES = 30
WANTS_TESSERACT = {"own_backend.py", "swap_backends.py"}

SAYS = {
    "read_a_folder.py": [
        "3 of 3 documents, 3 pages read",
        "3 documents complete; 3 pages read",
        "in texts\n",
    ],
    "languages.py": ["[fr] Bonjour le monde\n[en] Hello world\n[ja] こんにちは世界\n"],
    "read_many_documents.py": [
        "characters on 1 page(s)",
        "failed: ",
        "read_many_documents.py: this file type is not supported",
    ],
    "own_backend.py": ["Your seeds left our house this", "With kind regards"],
    "own_step.py": ["Käthe Böhm", "of 1240 × 1754", "['grayscale', 'without_header']"],
    "stream_a_pdf.py": ["page 2: ", "page 3: "],
    "read_a_page.py": ["Dear Mrs Böhm,", "the least confident:", "quality: mean=0.9"],
    "preview_preprocessing.py": ["page 1: text height 1", "auto: the page needs no step -> <Page 1"],
    "compare_engines.py": ["ppocr none: 0.", "null none: 100.0% of the characters wrong", "words, of which"],
    "swap_backends.py": ["ppocr read 19", "tesseract read 19", "dry-run: null read 0 words"],
}
NO_EXAMPLES = {"make_letter.py", "make_languages.py"}  # they draw what the others read


def run(script: str, folder: Path, *arguments: str) -> str:
    """What a script prints, run as a user runs it, away from the repository and its settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OCRKIT_")}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / script), *arguments],
        cwd=folder,
        env={**environment, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_all_examples_are_run() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} - NO_EXAMPLES == set(SAYS)


@pytest.mark.long
@pytest.mark.parametrize("script", sorted(SAYS))
def test_an_example_prints_its_documented_output(
    script: str, tmp_path: Path, require_program: Callable[[str], str]
) -> None:
    if script in WANTS_TESSERACT:
        require_program("tesseract")
    printed = run(script, tmp_path)
    for part in SAYS[script]:
        assert part in printed


@pytest.mark.parametrize("script", sorted(SAYS))
def test_an_example_is_short(script: str) -> None:
    assert len((EXAMPLES / script).read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_the_letter_is_small_and_read_in_order_without_errors() -> None:
    assert LETTER.stat().st_size < 60 * 1024
    wanted = LETTER.with_suffix(".txt").read_text(encoding="utf-8").split()
    document = ocrkit.recognize(LETTER, settings=ocrkit.Settings())
    read = document.text.split()
    # A processor without bfloat16 may round a letter differently; more than one word in a hundred is a fault.
    assert difflib.SequenceMatcher(None, wanted, read, autojunk=False).ratio() >= 0.99
    assert document.warnings == ()


def test_the_letter_is_what_its_script_draws(tmp_path: Path, latin_font: str) -> None:
    run("make_letter.py", tmp_path, "drawn.png")
    drawn, shipped = (
        np.asarray(Image.open(path).convert("L"), np.float32) for path in (tmp_path / "drawn.png", LETTER)
    )
    assert drawn.shape == shipped.shape
    assert np.abs(drawn - shipped).mean() < 2.0  # versions of FreeType smooth edges differently


def _module(script: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(script.removesuffix(".py"), EXAMPLES / script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestOwnBackend(BackendConformance):
    """The example keeps what every backend has to keep, shown with the kit that ocrkit ships."""

    @pytest.fixture(autouse=True)
    def _tesseract(self, require_program: Callable[[str], str]) -> None:
        require_program("tesseract")

    def make(self) -> OcrBackend:
        backend: OcrBackend = _module("own_backend.py").PlainBackend()
        return backend
