"""Glyphs grouped into runs, and sums over picture areas: the array operations that the checks share."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ocrkit.glyphs import TextLayer
from ocrkit.opencv import cv2

Mask = NDArray[np.bool_]


def by_character(text: str, test: Callable[[str], bool]) -> Mask:
    """A property for each character of a text, computed once for each distinct character."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    distinct, inverse = np.unique(codes, return_inverse=True)
    return np.fromiter((test(chr(code)) for code in distinct.tolist()), np.bool_)[inverse.reshape(-1)]


def is_space(layer: TextLayer) -> Mask:
    """Which glyphs are white space, inferred or stored in the file."""
    return by_character(layer.text, lambda character: character.isspace() or character == "\u200b")


def runs(layer: TextLayer, spaces: Mask) -> NDArray[np.int64]:
    """A number for each glyph: consecutive glyphs of one word and one style have the same."""
    change = np.zeros(len(layer), np.bool_)
    change[1:] = (layer.style_of[1:] != layer.style_of[:-1]) | spaces[1:] | spaces[:-1]
    return np.cumsum(change)


def area_sums(image: NDArray[np.uint8], layer: TextLayer) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each glyph the sum of a small picture over its box, and the number of pixels in the box."""
    height, width = image.shape
    scale_x, scale_y = layer.picture_scale
    x0, y0, x1, y1 = np.nan_to_num(layer.boxes, nan=0.0, posinf=0.0, neginf=0.0).T
    left = np.clip(np.floor(x0 * scale_x), 0, width).astype(np.int64)
    top = np.clip(np.floor(y0 * scale_y), 0, height).astype(np.int64)
    right = np.clip(np.ceil(x1 * scale_x), left, width).astype(np.int64)
    bottom = np.clip(np.ceil(y1 * scale_y), top, height).astype(np.int64)
    sizes = ((right - left) * (bottom - top)).astype(np.float64)
    darkest, lightest, _, _ = cv2.minMaxLoc(image)
    if darkest == lightest:  # plain paper
        return lightest * sizes, sizes
    total = cv2.integral(image, sdepth=cv2.CV_32S)  # 255 × a million pixels is far from its limit
    sums = total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]
    return np.asarray(sums, np.float64), sizes


def by_run(run_of: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum over all glyphs of a run, for each glyph."""
    return np.bincount(run_of, weights=values).astype(np.float64)[run_of]


def is_private(character: str) -> bool:
    """Whether a character has no public meaning: private use, unassigned, or a control character."""
    return unicodedata.category(character) in ("Co", "Cn", "Cc", "Cs")
