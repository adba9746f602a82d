"""The light on the paper: what a page would look like with nothing written on it."""

from __future__ import annotations

import numpy as np

from ocrkit.opencv import cv2
from ocrkit.page import Pixels

_LONGEST = 300  # pixels of the picture in which the paper is looked for: 1 mm of an A4 page each
_REACH = 7  # of those pixels: wider than any stroke, and than the gap between two lines of text

_SAMPLES = 256  # along each side: enough to tell a colour
_SPREAD = 16  # levels that paper varies by, up and down

_DARK = 110  # levels: paper is never as dark
_MOSTLY = 0.7  # of a page is its ground
_LEAST_CONTRAST = 50  # levels between paper and ink
_STROKE = 1 / 120  # of the longer side: what is as thick in both directions is no stroke
_MOSTLY_STROKES = 0.3  # of what is light may be thicker


def to_gray(pixels: Pixels) -> Pixels:
    """As the eye weighs colours; what is gray stays as it is."""
    if pixels.ndim == 2:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def reduced(gray: Pixels, factor: int) -> Pixels:
    """The picture so many times smaller, by averages, without the last pixels that do not fill one.

    At whole numbers OpenCV is several times as fast as at others.
    """
    if factor <= 1:
        return gray
    height, width = (max(1, side // factor) for side in gray.shape)
    whole = gray[: height * factor, : width * factor]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def background(gray: Pixels) -> Pixels:
    """The paper everywhere, also under the ink: the lightest around each place, smoothed.

    On a small picture. Light changes slowly, and averaging takes the grain away that the lightest pixels
    would otherwise be made of.
    """
    height, width = gray.shape
    factor = max(1, round(max(height, width) / _LONGEST))
    small = cv2.dilate(reduced(gray, factor), np.ones((_REACH, _REACH), np.uint8))
    small = cv2.medianBlur(small, _REACH)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def flattened(gray: Pixels, paper: Pixels | None = None) -> Pixels:
    """The page on white paper in even light: each pixel as a share of the paper around it."""
    paper = background(gray) if paper is None else paper
    return np.asarray(cv2.divide(gray, paper, scale=255), dtype=np.uint8)


def is_inverted(gray: Pixels) -> bool:
    """Whether most of a page is dark ground, and what is light on it as thin as letters.

    A photo of a page on a dark table is mostly dark as well; but there the light is paper, in broad pieces.
    """
    level, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    light = gray > level
    if not light.any() or light.mean() > 1 - _MOSTLY:
        return False
    ground, ink = gray[~light].mean(), gray[light].mean()
    if ground > _DARK or ink - ground < _LEAST_CONTRAST:
        return False
    side = max(3, round(max(gray.shape) * _STROKE))
    thick = cv2.morphologyEx(light.astype(np.uint8), cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    return bool(thick.sum() < _MOSTLY_STROKES * light.sum())


def paper_colour(pixels: Pixels) -> tuple[int, ...]:
    """The colour of the paper, one value a channel: what most of the page looks like, dark pages too.

    It is the middle of the 33 levels that hold most pixels: grain and uneven light spread paper over many
    levels, while ink that is cut off at black stands all on one. As a tuple it fits `borderValue` of OpenCV's
    warps and an assignment to some of the pixels, gray and colour alike.
    """
    height, width = pixels.shape[:2]
    sample = np.ascontiguousarray(pixels[:: -(-height // _SAMPLES), :: -(-width // _SAMPLES)])
    gray = to_gray(sample)
    counts = np.bincount(gray.ravel(), minlength=256)
    around = np.convolve(counts, np.ones(2 * _SPREAD + 1, np.int64), "same")
    level = 255 - int(np.argmax(around[::-1]))  # of two that are as common, the lighter one
    chosen = sample[np.abs(gray.astype(np.int16) - level) <= _SPREAD]
    return tuple(int(value) for value in np.atleast_1d(np.median(chosen, axis=0)))
