"""Pictures of lines as the input of the classifier: strips of one height, cut into windows of one width."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ocrkit.geometry import Polygon, bounding_box
from ocrkit.opencv import cv2
from ocrkit.page import Pixels

HEIGHT = 32
WIDTH = 192
MAX_WINDOWS = 2
"""Windows of a long line, evenly spread: more would cost time and hardly change a result."""
_FAINT = 12.0  # gray levels: a strip with less contrast holds no ink
_STRONG = 0.98
"""The share of the pixels that are at most as dark as ink; the darkest ones may be specks."""
_LEVEL = 1.5  # pixels that the ends of a horizontal line may differ in height


def cut(pixels: Pixels, polygon: Polygon) -> Pixels:
    """The picture of a line, upright; its polygon begins at the top left of the text."""
    last = pixels.shape[1] - 1, pixels.shape[0] - 1
    if len(polygon) != 4:
        polygon = bounding_box(polygon).polygon
    corners = np.array(polygon, np.float32)
    if abs(corners[0][1] - corners[1][1]) < _LEVEL and corners[1][0] > corners[0][0]:
        left, top = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, last)
        right, bottom = np.maximum(np.ceil(corners.max(axis=0)).astype(int), (left + 1, top + 1))
        return pixels[top:bottom, left:right]
    width = max(1, round(float(np.linalg.norm(corners[1] - corners[0]))))
    height = max(1, round(float(np.linalg.norm(corners[3] - corners[0]))))
    goal = np.array([[0, 0], [width, 0], [0, height]], np.float32)
    warp = cv2.getAffineTransform(corners[[0, 1, 3]], goal)
    return np.asarray(
        cv2.warpAffine(pixels, warp, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def strip(crop: Pixels) -> NDArray[np.float32]:
    """The ink of a line, from 0 to 1, scaled to the height of the classifier.

    Args:
        crop: the picture of a horizontal line, gray or RGB, with dark or light letters.
    """
    height, width = crop.shape[:2]
    size = max(8, round(width * HEIGHT / height)), HEIGHT
    interpolation = cv2.INTER_AREA if height > HEIGHT else cv2.INTER_LINEAR
    scaled = np.asarray(cv2.resize(crop, size, interpolation=interpolation))
    gray = scaled if scaled.ndim == 2 else np.asarray(cv2.cvtColor(scaled, cv2.COLOR_RGB2GRAY))
    ink: NDArray[np.float32] = _ink_of_levels(np.bincount(gray.ravel(), minlength=256))[gray]
    return ink


def _ink_of_levels(counts: NDArray[np.int64]) -> NDArray[np.float32]:
    """The ink of each gray level: its distance from the median level, which is the paper."""
    paper = int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))
    distances = np.abs(np.arange(256) - paper)
    by_distance = np.cumsum(np.bincount(distances, weights=counts))
    strongest = int(np.searchsorted(by_distance, _STRONG * by_distance[-1]))
    return np.asarray(np.minimum(distances / max(strongest, _FAINT), 1), np.float32)


def windows(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """The windows of a strip, one below the other; a short strip is one window, with space at its end."""
    width = ink.shape[1]
    if width <= WIDTH:
        return np.pad(ink, ((0, 0), (0, WIDTH - width)))[np.newaxis]
    count = min(MAX_WINDOWS, -(-width // WIDTH))
    starts = (
        np.linspace(0, width - WIDTH, count + 2)[1:-1]
        if width > 3 * WIDTH
        else np.linspace(0, width - WIDTH, count)
    )
    return np.stack([ink[:, start : start + WIDTH] for start in starts.round().astype(int)])
