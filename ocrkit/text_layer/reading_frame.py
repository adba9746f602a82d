"""Glyphs in reading frames: the page turned so that their text runs to the right.

The box of a turned glyph is the box around its turned rectangle. Its center is exact, and width and height
follow from the angle.
"""

from __future__ import annotations

import math
import unicodedata
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.geometry import Box, Polygon, Transform
from ocrkit.glyphs import TextLayer
from ocrkit.text_layer.grouping import by_character

_NEAR_DIAGONAL = 0.2
"""Near 45 degrees width and height cannot be told from the box around a glyph; the font size helps then."""
_FONT_HEIGHT = 1.15
_BELOW = (0.5, 1.45)
"""Distance of two glyphs of vertical writing, in font sizes."""
_BESIDE = 0.35


class Framed(NamedTuple):
    """Glyphs with their boxes in their frames. All arrays have one entry for each chosen glyph."""

    position: NDArray[np.int64]
    """The positions of the glyphs in the layer."""
    angle: NDArray[np.float64]
    """Degrees clockwise by which the frame is turned."""
    left: NDArray[np.float64]
    top: NDArray[np.float64]
    right: NDArray[np.float64]
    bottom: NDArray[np.float64]
    size: NDArray[np.float64]
    """The font size."""


def framed(layer: TextLayer, index: NDArray[np.int64]) -> Framed:
    """The boxes of these glyphs in their frames."""
    style_of = layer.style_of[index]
    angles = np.array([style.angle for style in layer.styles])[style_of]
    sizes = np.array([style.size for style in layer.styles])[style_of]
    boxes = layer.boxes[index].astype(np.float64)
    vertical = _vertical(layer, index, boxes, sizes, angles)
    angles = np.where(vertical, (angles + 270) % 360 - 180, angles)  # turned by another 90 degrees
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    around = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    cosine, sine = np.cos(np.radians(angles)), np.sin(np.radians(angles))
    width, height = _sides(around[0], around[1], np.abs(cosine), np.abs(sine), sizes)
    u, v = x * cosine + y * sine, y * cosine - x * sine
    return Framed(
        index, angles, u - width / 2, v - height / 2, u + width / 2, v + height / 2, np.maximum(sizes, 1e-3)
    )


def polygon_in_page(box: Box, angle: float) -> Polygon:
    """A box of a frame as a polygon of the page, from the start of the text."""
    return box.polygon if angle == 0 else Transform.rotation(angle).polygon(box.polygon)


def _sides(
    across: NDArray[np.float64],
    down: NDArray[np.float64],
    cosine: NDArray[np.float64],
    sine: NDArray[np.float64],
    sizes: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Width and height of rectangles, by the boxes around them when they are turned."""
    determinant = cosine**2 - sine**2
    usable = np.abs(determinant) > _NEAR_DIAGONAL
    divisor = np.where(usable, determinant, 1.0)
    height = np.where(usable, (down * cosine - across * sine) / divisor, _FONT_HEIGHT * sizes)
    width = np.where(
        usable,
        (across * cosine - down * sine) / divisor,
        (across - height * sine) / np.maximum(cosine, math.sqrt(0.3)),
    )
    return np.maximum(width, 0.0), np.maximum(height, 0.0)


def _vertical(
    layer: TextLayer,
    index: NDArray[np.int64],
    boxes: NDArray[np.float64],
    sizes: NDArray[np.float64],
    angles: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Glyphs of vertical writing: wide characters, each below the one before it."""
    vertical = np.zeros(len(index), np.bool_)
    if layer.text.isascii():
        return vertical
    wide = by_character(layer.text, lambda character: unicodedata.east_asian_width(character) in "WF")[index]
    if not wide.any():
        return vertical
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    size = np.maximum(sizes[:-1], 1e-3)
    distance = (y[1:] - y[:-1]) / size
    below = (np.abs(x[1:] - x[:-1]) < _BESIDE * size) & (distance > _BELOW[0]) & (distance < _BELOW[1])
    below &= wide[1:] & wide[:-1] & (angles[1:] == 0) & (angles[:-1] == 0)
    vertical[1:] |= below
    vertical[:-1] |= below
    return vertical
