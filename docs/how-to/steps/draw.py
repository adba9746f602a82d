"""Draw the images of the guide to preprocessing: a page before and after each step.

python docs/how-to/steps/draw.py
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocrkit import Page
from ocrkit.opencv import cv2
from ocrkit.preprocess.deskew import rotate_page
from ocrkit.registry import create_step
from ocrkit.testing import draw_page

HERE = Path(__file__).parent
LINES = [
    "The harbour was quiet before",
    "sunrise, and only two boats",
    "had returned with anything",
    "worth selling.",
]
GAP = 24

Levels = NDArray[Any]


def draw_clean(font_size: int = 26) -> Levels:
    return draw_page(LINES, font_size=font_size).page.pixels.astype(np.float64)


def with_levels(levels: Levels, ink: float, paper: float) -> Levels:
    return ink + (paper - ink) * levels / 255


def speckled(levels: Levels) -> Levels:
    chance = np.random.default_rng(0).random(levels.shape)
    return np.where(chance < 0.02, 0, np.where(chance > 0.98, 255, levels))


def shaded(levels: Levels) -> Levels:
    height, width = levels.shape
    x, y = np.linspace(0, 1, width), np.linspace(0, 1, height)[:, None]
    return with_levels(levels, 30, 245) * (1 - 0.75 / (1 + np.exp(-(x + 0.5 * y - 0.8) / 0.05)))


def in_color(levels: Levels) -> Levels:
    ink, paper = np.array([30, 60, 160]), np.array([250, 235, 200])
    return ink + (paper - ink) * (levels / 255)[..., None]


def with_border(levels: Levels) -> Levels:
    return np.pad(levels, ((30, 6), (44, 16)), constant_values=20)


def ruled(levels: Levels) -> Levels:
    table = levels.copy()
    pitch = round(1.5 * 26)
    for row in range(5):
        cv2.line(table, (30, 45 + row * pitch), (table.shape[1] - 30, 45 + row * pitch), 60.0, 2)
    for column in (30, table.shape[1] // 2, table.shape[1] - 30):
        cv2.line(table, (column, 45), (column, 45 + 4 * pitch), 60.0, 2)
    return table


def photographed(levels: Levels) -> Levels:
    height, width = levels.shape
    page = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    photo = np.array([(60, 30), (width - 10, 60), (width + 40, height + 10), (20, height + 40)], np.float32)
    matrix = cv2.getPerspectiveTransform(page, photo)
    size = (width + 70, height + 70)
    return np.asarray(cv2.warpPerspective(with_levels(levels, 30, 240), matrix, size, borderValue=(70.0,)))


def small(levels: Levels) -> Levels:
    size = [math.ceil(side / 3) for side in reversed(levels.shape)]
    return np.asarray(cv2.resize(levels, size, interpolation=cv2.INTER_AREA))


def skewed(levels: Levels) -> Levels:
    return rotate_page(as_page(levels), 5).pixels


EXAMPLES: dict[str, tuple[Callable[[Levels], Levels], dict[str, Any]]] = {
    "binarize": (shaded, {"method": "sauvola"}),
    "contrast": (lambda page: with_levels(page, 170, 225), {}),
    "crop": (with_border, {}),
    "denoise": (speckled, {"method": "median", "size": 3}),
    "deskew": (skewed, {}),
    "dewarp": (photographed, {}),
    "grayscale": (in_color, {}),
    "illumination": (shaded, {}),
    "invert": (lambda page: 255 - with_levels(page, 40, 255), {}),
    "remove_lines": (ruled, {}),
    "rotate": (np.rot90, {"degrees": 90}),
    "sharpen": (lambda page: np.asarray(cv2.GaussianBlur(page, (0, 0), 1.6)), {"radius": 2.0, "amount": 1.5}),
    "upscale": (small, {"factor": 3}),
}


def as_page(levels: Levels) -> Page:
    return Page(np.ascontiguousarray(np.clip(np.rint(levels), 0, 255).astype(np.uint8)))


def side_by_side(before: Page, after: Page) -> Image.Image:
    images = [Image.fromarray(page.pixels).convert("RGB") for page in (before, after)]
    width = sum(image.width for image in images) + GAP
    both = Image.new("RGB", (width, max(image.height for image in images)), (148, 163, 184))
    left = 0
    for image in images:
        both.paste(image, (left, (both.height - image.height) // 2))
        left += image.width + GAP
    return both


def main() -> None:
    for name, (degrade, parameters) in EXAMPLES.items():
        before = as_page(degrade(draw_clean()))
        after = create_step(name, parameters)(before)
        if after is before:
            raise SystemExit(f"the step {name} did not change its page")
        side_by_side(before, after).save(HERE / f"{name}.webp", quality=80, method=6)


if __name__ == "__main__":
    main()
