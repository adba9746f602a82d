"""Noise, specks and edge sharpness, measured on full-resolution samples of a page."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.opencv import cv2
from ocrkit.page import Pixels

MANY_SPECKS = 0.001
"""The share of specks above which a page has salt-and-pepper noise."""

_TILE_SIDE = 256  # pixels
_TILES_PER_SIDE = 4
_STRIDE = 5  # every fifth pixel is enough for a median or a percentile
_SPECK_DIFFERENCE = 50  # gray levels between a speck and all pixels around it
_NEIGHBORS = np.ones((5, 5), np.uint8)
_NEIGHBORS[2, 2] = 0
_BLANK_WINDOW = np.ones((15, 15), np.uint8)  # paper counts as blank if this window has no ink
_MIN_BLANK = 0.02  # share of the sample: with less blank paper, the count of specks means nothing
_NOISE_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_NOISE_SCALE = 0.6745 * 6  # median absolute response of the kernel to normal noise of deviation 1
_MIN_SLOPE = 10  # gray levels per pixel: anything flatter is paper, grain or shadow


class Grain(NamedTuple):
    """Properties of the finest structure of a page."""

    noise: float
    """The standard deviation of the grain, in gray levels."""
    specks: float
    """The share of single pixels on blank paper that are darker or lighter than all their neighbors."""
    edge_width: float | None
    """The width of the transition from ink to paper in pixels; None where there are no edges."""


def measure_grain(gray: Pixels) -> Grain:
    """Measure the grain on a sample of the page."""
    tiles = _sample(gray)
    return Grain(_noise(tiles), _specks(tiles), _edge_width(tiles))


def _sample(gray: Pixels) -> list[Pixels]:
    """A grid of square tiles; a small page is a single tile."""
    height, width = gray.shape
    if height * width <= (_TILE_SIDE * _TILES_PER_SIDE) ** 2:
        return [gray]
    tops = np.linspace(0, max(0, height - _TILE_SIDE), _TILES_PER_SIDE).astype(int)
    lefts = np.linspace(0, max(0, width - _TILE_SIDE), _TILES_PER_SIDE).astype(int)
    return [gray[top : top + _TILE_SIDE, left : left + _TILE_SIDE] for top in tops for left in lefts]


def _noise(tiles: list[Pixels]) -> float:
    """The noise by Immerkær's operator, which ignores slopes; the median ignores text."""
    responses = [np.abs(cv2.filter2D(tile, cv2.CV_32F, _NOISE_KERNEL)).ravel()[::_STRIDE] for tile in tiles]
    return float(np.median(np.concatenate(responses))) / _NOISE_SCALE


def _specks(tiles: list[Pixels]) -> float:
    """The share of specks on blank paper only: small print has dots and gaps of one pixel as well."""
    specks = blank = 0
    for tile in tiles:
        smooth = cv2.medianBlur(tile, 3)
        contrast = cv2.subtract(cv2.dilate(smooth, _BLANK_WINDOW), cv2.erode(smooth, _BLANK_WINDOW))
        is_blank = contrast < _SPECK_DIFFERENCE
        is_speck = (cv2.subtract(cv2.erode(tile, _NEIGHBORS), tile) > _SPECK_DIFFERENCE) | (
            cv2.subtract(tile, cv2.dilate(tile, _NEIGHBORS)) > _SPECK_DIFFERENCE
        )
        specks += int(np.count_nonzero(is_speck & is_blank))
        blank += int(np.count_nonzero(is_blank))
    return specks / blank if blank > _MIN_BLANK * sum(tile.size for tile in tiles) else 0.0


def _edge_width(tiles: list[Pixels]) -> float | None:
    """The range of levels divided by the slope of the steepest edges."""
    widths = []
    for tile in tiles[::2]:
        slope = cv2.magnitude(*_gradient(tile)).ravel()[::_STRIDE]
        steep = slope[slope > max(_MIN_SLOPE, np.percentile(slope, 99) / 2)]
        if len(steep) < _TILE_SIDE / _STRIDE:
            continue
        low, high = np.percentile(tile.ravel()[::_STRIDE], (1, 99))
        widths.append(float(high - low) / float(np.percentile(steep, 75)))
    return float(np.median(widths)) if widths else None


def _gradient(tile: Pixels) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The horizontal and the vertical gradient in gray levels per pixel."""
    across = cv2.Sobel(tile, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    down = cv2.Sobel(tile, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    return np.asarray(across, np.float32), np.asarray(down, np.float32)
