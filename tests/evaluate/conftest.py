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
from ocrkit.config.settings import Settings
from ocrkit.testing import draw_page

sys.path.append(str(Path(__file__).parent))  # where processes look for the modules of the tests

LINES = ("The harbour was quiet", "before sunrise and only", "two boats had returned")


class Desk:
    """A folder with drawn pages, their truth, and what the engines are to read on them."""

    def __init__(self, path: Path) -> None:
        self.folder = path / "pages"
        self.folder.mkdir()
        self.texts, self.log = path / "texts.json", path / "log"
        self._told: dict[str, Any] = {}

    @property
    def overrides(self) -> dict[str, Any]:
        options = {"texts": str(self.texts), "log": str(self.log)}
        return {"workers": 1, "isolate": False, "backends": {"told": options, "hasty": options}}

    @property
    def settings(self) -> Settings:
        return load_settings(overrides=self.overrides, environ={}, start=self.folder).settings

    @property
    def read(self) -> list[str]:
        """What was read since one asked the last time."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines

    def page(
        self, name: str, lines: Sequence[str] = LINES, *, truth: str | None = None, confidence: float = 0.9,
        change: Callable[[str], str] = str, torn: bool = False,
    ) -> Path:  # fmt: skip
        """A page unlike all others, its truth beside it, and how it is read."""
        from told_engines import hash_of

        drawn = draw_page([*lines, f"No {len(self._told)}"], font_size=20)
        words = iter(drawn.words)
        told = [
            [(change(text), [list(point) for point in box.polygon], confidence) for text, box in placed]
            for placed in ([next(words) for _ in line.split()] for line in drawn.lines)
        ]
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(drawn.page.pixels).save(path)
        path.with_suffix(".gt.txt").write_text(drawn.text if truth is None else truth)
        self._told[hash_of(np.asarray(Image.open(path)))] = None if torn else told
        self.texts.write_text(json.dumps(self._told))
        return path


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
