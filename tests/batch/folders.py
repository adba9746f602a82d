"""What the tests of batches share: pages to read, the environment of a program, and what a run has written."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent


def page_image(number: int, gray: int = 255) -> Image.Image:
    """A small page like no other, with a gray corner."""
    pixels = np.random.default_rng(number).integers(0, 256, (24, 40), dtype=np.uint8)
    pixels[0, 0] = gray
    return Image.fromarray(pixels)


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OCRKIT_")}
    return {**kept, "PYTHONPATH": str(HERE), **more}


def tree(folder: Path) -> dict[str, bytes]:
    """All outputs by name, without what a run keeps for itself."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".ocrkit" not in path.parts
    }
