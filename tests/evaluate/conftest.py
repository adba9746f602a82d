from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ocrkit import load_settings
from ocrkit.config.approvals import approve
from ocrkit.config.settings import Settings
from ocrkit.testing import draw_page

sys.path.append(str(Path(__file__).parent))  # for the dotted paths of `evaluated_engines`

LINES = ("The harbour was quiet", "before sunrise and only", "two boats had returned")


class Corpus:
    """A folder of drawn pages with their ground truth, and the output of the engines for each page."""

    def __init__(self, path: Path) -> None:
        self.folder = path / "pages"
        self.folder.mkdir()
        self.outputs, self.log = path / "outputs.json", path / "log"
        self._outputs: dict[str, Any] = {}

    @property
    def overrides(self) -> dict[str, Any]:
        options = {"outputs": str(self.outputs), "log": str(self.log)}
        return {"workers": 1, "isolate": False, "backends": {"exact": options, "sloppy": options}}

    @property
    def settings(self) -> Settings:
        return load_settings(overrides=self.overrides, environ={}, start=self.folder).settings

    def write_config(self, *lines: str) -> Path:
        """A configuration file in the parent folder, with these lines above the options of the engines."""
        path = self.folder.parent / "ocrkit.toml"
        options = f'outputs = "{self.outputs}"\nlog = "{self.log}"\n'
        head = "\n".join((*lines, "workers = 1", "isolate = false"))
        path.write_text(f"{head}\n[backends.exact]\n{options}[backends.sloppy]\n{options}")
        approve(path)
        return path

    def take_log(self) -> list[str]:
        """The lines for the pages that were read since the last call."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines

    def add_page(
        self, name: str, lines: Sequence[str] = LINES, *, truth: str | None = None, confidence: float = 0.9,
        change: Callable[[str], str] = str, fails: bool = False,
    ) -> Path:  # fmt: skip
        """Draw a unique page, and write its ground truth and its output.

        Args:
            name: the name of the file.
            lines: the text of the page; the number of the page is added as its last line.
            truth: the ground truth, if it differs from the text.
            confidence: the confidence of all words.
            change: changes each word of the output.
            fails: whether the engines fail on the page.
        """
        from evaluated_engines import hash_of

        drawn = draw_page([*lines, f"No {len(self._outputs)}"], font_size=20)
        words = iter(drawn.words)
        output = [
            [(change(text), [list(point) for point in box.polygon], confidence) for text, box in line_words]
            for line_words in ([next(words) for _ in line.split()] for line in drawn.lines)
        ]
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(drawn.page.pixels).save(path)
        path.with_suffix(".gt.txt").write_text(drawn.text if truth is None else truth)
        self._outputs[hash_of(np.asarray(Image.open(path)))] = None if fails else output
        self.outputs.write_text(json.dumps(self._outputs))
        return path


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path)
