from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for the processes that import modules of the tests
from folders import environment, page_image


@pytest.fixture
def scans(tmp_path):
    """Draws a folder of scans: PNGs, and TIFFs of several pages, with the gray values of their `corners`."""

    def make(folder="scans", *, images=3, tiffs=1, pages=4, corners=None):
        root = tmp_path / folder
        (root / "more").mkdir(parents=True, exist_ok=True)
        corners = corners or {}
        number = 0

        def next_image():
            nonlocal number
            number += 1
            return page_image(number, corners.get(number, 255))

        for index in range(images):
            next_image().save(root / ("more" if index % 2 else ".") / f"image-{index}.png")
        for index in range(tiffs):
            frames = [next_image() for _ in range(pages)]
            frames[0].save(root / f"scan-{index}.tif", save_all=True, append_images=frames[1:])
        return root

    return make


@pytest.fixture
def command(tmp_path):
    """Builds the command line of `ocrkit batch` with a backend of the tests."""

    def build(*arguments, backend="engines:HashBackend"):
        return [
            str(Path(sys.executable).with_name("ocrkit")),
            "batch",
            *map(str, arguments),
            "--backend",
            backend,
        ]

    return build


@pytest.fixture
def batch(tmp_path, command):
    """Runs `ocrkit batch` and waits for its end."""

    def run(*arguments, backend="engines:HashBackend", stdin=b"", **environ):
        return subprocess.run(
            command(*arguments, backend=backend), capture_output=True, cwd=tmp_path, input=stdin,
            env=environment(**environ), check=False,
        )  # fmt: skip

    return run
