"""Latin lines like handwriting and receipts, which look like other scripts to a network that saw print only."""

from __future__ import annotations

import numpy as np

from ocrkit.opencv import cv2


def handwritten(ink: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Letters of uneven height, place and slant."""
    height = ink.shape[0]
    pad = height // 3
    ink = np.pad(ink, ((pad, pad), (pad, pad)))
    rows, columns = np.mgrid[: ink.shape[0], : ink.shape[1]].astype(np.float32)
    wave = np.zeros(ink.shape[1], np.float32)
    for _ in range(3):
        period = random.uniform(0.8, 8) * height
        size = random.uniform(0, 0.07) * height
        wave += size * np.sin(2 * np.pi * np.arange(ink.shape[1]) / period + random.uniform(0, 6.3))
    coarse = (max(2, ink.shape[1] // 12), max(2, ink.shape[0] // 12))
    field = random.standard_normal(coarse[::-1]).astype(np.float32)
    field = np.asarray(cv2.resize(field, ink.shape[::-1], interpolation=cv2.INTER_CUBIC))
    field *= random.uniform(0, 0.12) * height / max(float(np.abs(field).max()), 1e-6)
    lean = random.uniform(-0.1, 0.5)
    source = columns + lean * (rows - ink.shape[0] / 2) + field
    ink = cv2.remap(ink, source, rows + wave[np.newaxis] + field, cv2.INTER_LINEAR)
    if random.random() < 0.4 and height > 24:
        ink = cv2.erode(ink, np.ones((2, 2), np.uint8))
    return np.asarray(ink)


def printed_in_dots(ink: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Letters of dots or pale stripes, as receipt printers make them."""
    height, width = ink.shape
    way = random.random()
    if way < 0.5:
        rows = int(random.integers(9, 20))
        small = cv2.resize(ink, (max(8, round(width * rows / height)), rows), interpolation=cv2.INTER_AREA)
        ink = cv2.resize((small > 0.35).astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST)
    if way < 0.3:
        step = max(2.0, height / int(random.integers(9, 20)))
        y, x = np.mgrid[:height, :width] / step
        ink = ink * (np.hypot(y % 1 - 0.5, x % 1 - 0.5) < random.uniform(0.4, 0.6))
    if random.random() < 0.4:
        pale = 1 - random.uniform(0.2, 0.8) * (random.random((height, 1)) < 0.15)
        ink = ink * pale
    grain = cv2.GaussianBlur(random.standard_normal(ink.shape).astype(np.float32), (0, 0), 1.5)
    return np.asarray(ink * np.clip(1 - random.uniform(0, 2) * np.maximum(grain, 0), 0, 1), np.float32)
