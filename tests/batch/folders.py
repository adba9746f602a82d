"""Shared by the tests of batches: pages, the environment of a program, and the outputs of a run."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent


def page_image(number: int, gray: int = 255) -> Image.Image:
    """A small unique page with a gray corner."""
    pixels = np.random.default_rng(number).integers(0, 256, (24, 40), dtype=np.uint8)
    pixels[0, 0] = gray
    return Image.fromarray(pixels)


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OCRKIT_")}
    paths = [str(HERE), *filter(None, [kept.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), **more}


def tree(folder: Path) -> dict[str, bytes]:
    """All outputs by name, without the journal."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".ocrkit" not in path.parts
    }
