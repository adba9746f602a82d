"""What single pixels are like, on a sample of the page at its full size."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.opencv import cv2
from ocrkit.page import Pixels

MANY_SPECKS = 0.001
"""A share of specks that is no chance."""

_TILE = 256  # pixels
_TILES = 4  # along each side
_EVERY = 5  # pixel is enough to know the middle one
_SPECK = 50  # levels by which a speck differs from all pixels around it
_AROUND = np.ones((5, 5), np.uint8)
_AROUND[2, 2] = 0
_WIDE = np.ones((15, 15), np.uint8)  # so far around blank paper there is nothing else
_LEAST_BLANK = 0.02  # of the sample: less tells nothing
_SECOND_DIFFERENCE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_OF_NORMAL = 0.6745 * 6  # its median magnitude where there is nothing but normal noise of 1
_EDGE = 10  # levels a pixel: less is paper, grain or shadow


class Grain(NamedTuple):
    """Figures of the finest structure."""

    noise: float
    """The standard deviation of the grain, in levels."""
    specks: float
    """The share of blank paper that is single pixels, darker or lighter than all around: salt and pepper."""
    edge_width: float | None
    """How many pixels it takes from ink to paper; None where there are no edges."""


def grain_of(gray: Pixels) -> Grain:
    """Look closely at some places."""
    tiles = _tiles(gray)
    return Grain(_noise(tiles), _specks(tiles), _edge_width(tiles))


def _tiles(gray: Pixels) -> list[Pixels]:
    """Squares in a grid; a small page is its only one."""
    height, width = gray.shape
    if height * width <= (_TILE * _TILES) ** 2:
        return [gray]
    tops = np.linspace(0, max(0, height - _TILE), _TILES).astype(int)
    lefts = np.linspace(0, max(0, width - _TILE), _TILES).astype(int)
    return [gray[top : top + _TILE, left : left + _TILE] for top in tops for left in lefts]


def _noise(tiles: list[Pixels]) -> float:
    """By Immerkær's operator, which slopes do not answer to; that of the middle pixel, for there is text."""
    found = [np.abs(cv2.filter2D(tile, cv2.CV_32F, _SECOND_DIFFERENCE)).ravel()[::_EVERY] for tile in tiles]
    return float(np.median(np.concatenate(found))) / _OF_NORMAL


def _specks(tiles: list[Pixels]) -> float:
    """As they show on blank paper: in small print there are dots and gaps of one pixel as well."""
    specks = blank = 0
    for tile in tiles:
        without = cv2.medianBlur(tile, 3)
        is_blank = cv2.subtract(cv2.dilate(without, _WIDE), cv2.erode(without, _WIDE)) < _SPECK
        is_speck = (cv2.subtract(cv2.erode(tile, _AROUND), tile) > _SPECK) | (
            cv2.subtract(tile, cv2.dilate(tile, _AROUND)) > _SPECK
        )
        specks += int(np.count_nonzero(is_speck & is_blank))
        blank += int(np.count_nonzero(is_blank))
    return specks / blank if blank > _LEAST_BLANK * sum(tile.size for tile in tiles) else 0.0


def _edge_width(tiles: list[Pixels]) -> float | None:
    """From the steepest places: the height of the step there by its slope."""
    widths = []
    for tile in tiles[::2]:
        slope = cv2.magnitude(*_slopes(tile)).ravel()[::_EVERY]
        steep = slope[slope > max(_EDGE, np.percentile(slope, 99) / 2)]
        if len(steep) < _TILE / _EVERY:
            continue
        low, high = np.percentile(tile.ravel()[::_EVERY], (1, 99))
        widths.append(float(high - low) / float(np.percentile(steep, 75)))
    return float(np.median(widths)) if widths else None


def _slopes(tile: Pixels) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """In levels a pixel."""
    across = cv2.Sobel(tile, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    down = cv2.Sobel(tile, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    return np.asarray(across, np.float32), np.asarray(down, np.float32)
