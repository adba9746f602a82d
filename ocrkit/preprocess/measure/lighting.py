"""Paper and lighting of a page: its background, its paper color, light text on a dark page."""

from __future__ import annotations

import numpy as np

from ocrkit.opencv import cv2
from ocrkit.page import Pixels

_BACKGROUND_SIDE = 300  # pixels of the reduced page: each is 1 mm of an A4 page
_BACKGROUND_WINDOW = 7  # of those pixels: wider than any stroke and than the gap between two lines of text

_COLOR_SAMPLES = 256  # pixels along each side: enough to find the paper color
_COLOR_SPREAD = 16  # gray levels by which paper varies, up and down

_DARK_LEVEL = 110  # paper is never as dark
_MIN_BACKGROUND = 0.7  # share of a page that is background
_MIN_CONTRAST = 50  # gray levels between paper and ink
_STROKE = 1 / 120  # of the longer side: a stroke is thinner than this in one direction
_MAX_THICK = 0.3  # share of the light pixels of an inverted page that are thicker than strokes


def to_gray(pixels: Pixels) -> Pixels:
    """The pixels in gray; gray pixels are returned as they are."""
    if pixels.ndim == 2:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def downscale(gray: Pixels, factor: int) -> Pixels:
    """Downscale an image by averaging blocks of `factor` × `factor` pixels; incomplete blocks are dropped.

    With whole factors OpenCV is several times faster than with others.
    """
    if factor <= 1:
        return gray
    height, width = (max(1, side // factor) for side in gray.shape)
    whole = gray[: height * factor, : width * factor]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def estimate_background(gray: Pixels) -> Pixels:
    """The level of the paper at each pixel, also under the ink: the lightest level nearby, smoothed.

    Computed on a reduced page: lighting changes slowly, and averaging removes the grain, whose lightest
    pixels would otherwise make the result too light.
    """
    height, width = gray.shape
    factor = max(1, round(max(height, width) / _BACKGROUND_SIDE))
    window = np.ones((_BACKGROUND_WINDOW, _BACKGROUND_WINDOW), np.uint8)
    small = cv2.medianBlur(cv2.dilate(downscale(gray, factor), window), _BACKGROUND_WINDOW)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def divide_by_background(gray: Pixels, background: Pixels) -> Pixels:
    """The page evenly lit on white paper: each pixel relative to the paper around it."""
    return np.asarray(cv2.divide(gray, background, scale=255), dtype=np.uint8)


def is_inverted(gray: Pixels) -> bool:
    """Whether most of a page is dark background and its light parts are as thin as letters.

    A photo of a page on a dark table is mostly dark as well, but its light parts are broad.
    """
    level, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    light = gray > level
    if not light.any() or light.mean() > 1 - _MIN_BACKGROUND:
        return False
    background, ink = gray[~light].mean(), gray[light].mean()
    if background > _DARK_LEVEL or ink - background < _MIN_CONTRAST:
        return False
    side = max(3, round(max(gray.shape) * _STROKE))
    thick = cv2.morphologyEx(light.astype(np.uint8), cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    return bool(thick.sum() < _MAX_THICK * light.sum())


def paper_color(pixels: Pixels) -> tuple[int, ...]:
    """The color of the paper, one value per channel; on an inverted page, the color of the dark background.

    It is the median of the 33 consecutive levels that hold the most pixels: grain and uneven lighting spread
    the paper over many levels, while saturated ink is concentrated on one. The tuple fits both the
    `borderValue` of OpenCV's warps and the assignment to pixels, in gray and in color.
    """
    height, width = pixels.shape[:2]
    rows, columns = -(-height // _COLOR_SAMPLES), -(-width // _COLOR_SAMPLES)  # rounded up
    sample = np.ascontiguousarray(pixels[::rows, ::columns])
    gray = to_gray(sample)
    counts = np.bincount(gray.ravel(), minlength=256)
    nearby = np.convolve(counts, np.ones(2 * _COLOR_SPREAD + 1, np.int64), "same")
    level = 255 - int(np.argmax(nearby[::-1]))  # the lighter one of two equally frequent levels
    paper = sample[np.abs(gray.astype(np.int16) - level) <= _COLOR_SPREAD]
    return tuple(int(value) for value in np.atleast_1d(np.median(paper, axis=0)))
