"""A sample of lines, recognized and compared with the text layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ocrkit.alignment import similarity
from ocrkit.geometry import Box
from ocrkit.glyphs import TextLayer
from ocrkit.page import Pixels
from ocrkit.result import Line, PageResult
from ocrkit.text_layer.grouping import Mask
from ocrkit.text_layer.lines import lines_of

_MOST_LINES = 8
_MOST_OBLONG = 8
"""Engines fail on pictures that are many times as wide as high."""
_MARGIN = 0.4
"""White space around each line, in line heights."""


class Sample(NamedTuple):
    """Lines of the text layer, cut from the page and put below one another."""

    pixels: Pixels
    texts: tuple[str, ...]
    bottoms: tuple[int, ...]
    """The position where each line ends in the picture."""


def sample_lines(layer: TextLayer, suspected: Mask, spaces: Mask, pixels: Pixels) -> Sample | None:
    """A few suspected lines, evenly spread over the page; None if there is none that can be cut out."""
    lines = [line for line in lines_of(layer, suspected, spaces) if line.box and _is_level(line)]
    lines.sort(key=lambda line: -len(line.text))
    lines = lines[: 3 * _MOST_LINES]
    if not lines:
        return None
    lines.sort(key=lambda line: line.box.top if line.box else 0)
    chosen = lines[:: max(1, -(-len(lines) // _MOST_LINES))]
    crops = [_crop(pixels, line.box) for line in chosen if line.box]
    width = max(crop.shape[1] for crop in crops)
    fill = [(0, 0), (0, 0), (0, 0)][: pixels.ndim]
    strips = []
    for crop in crops:
        fill[1] = (0, width - crop.shape[1])
        strips.append(np.pad(crop, fill, mode="edge"))
    bottoms = np.cumsum([strip.shape[0] for strip in strips]).tolist()
    picture = np.concatenate(strips)
    fill[0], fill[1] = (0, max(0, width // _MOST_OBLONG - picture.shape[0])), (0, 0)
    picture = np.pad(picture, fill, mode="edge")
    return Sample(picture, tuple(line.text for line in chosen), tuple(bottoms))


def sample_agreement(sample: Sample, recognized: PageResult) -> float:
    """The share of the characters on which both readings agree, from 0 to 1."""
    read: list[list[Line]] = [[] for _ in sample.texts]
    for line in recognized.lines:
        if line.box:
            place = int(np.searchsorted(sample.bottoms, line.box.center.y))
            read[min(place, len(read) - 1)].append(line)
    scores = [
        similarity(_plain(text), _plain(" ".join(line.text for line in _by_place(found))))
        for text, found in zip(sample.texts, read, strict=True)
    ]
    weights = [len(text) for text in sample.texts]
    return sum(score * weight for score, weight in zip(scores, weights, strict=True)) / max(1, sum(weights))


def _plain(text: str) -> str:
    """Letters and digits only, in one case: engines differ in the rest also where both are right."""
    return "".join(character for character in text.casefold() if character.isalnum())


def _by_place(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: line.box.left if line.box else 0)


def _is_level(line: Line) -> bool:
    return line.polygon is not None and line.polygon[0].y == line.polygon[1].y < line.polygon[2].y


def _crop(pixels: Pixels, box: Box) -> Pixels:
    margin = _MARGIN * box.height
    top, left = max(0, int(box.top - margin)), max(0, int(box.left - margin))
    return pixels[top : int(box.bottom + margin) + 1, left : int(box.right + margin) + 1]
