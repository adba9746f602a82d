"""Text-like ink that the text layer does not cover: pictures with text, stamps, scans, drawn letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.geometry import Box
from ocrkit.glyphs import TextLayer
from ocrkit.opencv import cv2
from ocrkit.page import Pixels
from ocrkit.quality import text_like_ink
from ocrkit.text_layer.grouping import Mask

_JOIN = 0.75
"""Letters at twice this distance, in their heights, belong to one line, also across a space between words."""
_LEAST_LETTERS = 3
_MOST_ALIKE = 0.5
"""Height of the smallest part of a letter row, relative to the tallest."""
_LEAST_VARIETY = 0.12
"""Letters differ in their areas at least by this standard deviation, relative to the mean."""
_MARGIN = 6
"""Pixels of the small picture around a region, so that no letter is cut."""
_LARGEST_MARGIN = 40
_FRAME = 0.2
"""Share of its box that a frame or a box fills at most; letters fill more."""
_LARGEST_FRAME = 14
"""Height in pixels from which a part with little ink is a frame."""

_INK = 40
"""Gray levels by which ink differs from what is behind it."""

_LEAST_MARK = 20
"""Gray levels by which any mark differs from the paper."""
_PAPER_STEP = 4
"""The color of the paper is that of most pixels, in every fourth row."""
_SURROUNDINGS = 20
"""Pixels of paper around all marks."""


class Coverage(NamedTuple):
    """How much of the text-like ink the trusted glyphs cover, and where other text is."""

    share: float | None
    """The share of the text-like ink that belongs to trusted glyphs; None for a page without such ink."""
    regions: tuple[Box, ...]
    """The places of other text-like ink, in pixels of the page."""


def measure_coverage(
    layer: TextLayer, trusted: Mask, wrong: Mask, kept: Mask, known: Sequence[Box] = ()
) -> Coverage:
    """Look for text-like ink in the picture from which the trusted glyphs were erased.

    Args:
        layer: the text layer.
        trusted: the glyphs whose text is known.
        wrong: visible glyphs whose text is not known: they are text-like whatever they look like.
        kept: trusted glyphs that are hidden: what is visible in their places is text that they name.
        known: places whose text is known from elsewhere, as that of form fields, in pixels of the page.
    """
    rest = erased(layer.picture, layer, trusted)
    ink = _text_like_ink(rest)
    if kept.any():
        ink[_places(ink.shape, layer, kept, 0.0)] = 0
    scale_x, scale_y = layer.picture_scale
    for box in known:
        top, left = max(0, int(box.top * scale_y) - 1), max(0, int(box.left * scale_x) - 1)
        ink[top : int(box.bottom * scale_y) + 2, left : int(box.right * scale_x) + 2] = 0
    rows = _letter_rows(ink)
    boxes = [_grown(box, layer.picture.shape, box.height) for box, _ in rows] + _wrong_boxes(layer, wrong)
    regions = tuple(
        Box(box.left / scale_x, box.top / scale_y, box.right / scale_x, box.bottom / scale_y)
        for box in _merged(boxes)
    )
    uncovered = sum(amount for _, amount in rows)
    if wrong.any():
        uncovered += _changed(layer.picture, erased(layer.picture, layer, wrong))
    total = _changed(layer.picture, rest) + uncovered
    return Coverage(1 - uncovered / total if total else None, regions)


def _text_like_ink(picture: Pixels) -> Pixels:
    """The mask of text-like ink, looked for only where the picture is not plain paper."""
    ink = np.zeros(picture.shape, np.uint8)
    paper = int(np.bincount(picture[::_PAPER_STEP].ravel(), minlength=256).argmax())
    darkest, lightest, _, _ = cv2.minMaxLoc(picture)
    if paper - darkest <= _LEAST_MARK >= lightest - paper:
        return ink
    marks = cv2.bitwise_not(
        cv2.inRange(picture, np.array(paper - _LEAST_MARK), np.array(paper + _LEAST_MARK))
    )
    left, top, width, height = cv2.boundingRect(marks)
    if not width:
        return ink
    right, bottom = left + width + _SURROUNDINGS, top + height + _SURROUNDINGS
    left, top = max(0, left - _SURROUNDINGS), max(0, top - _SURROUNDINGS)
    ink[top:bottom, left:right] = text_like_ink(np.ascontiguousarray(picture[top:bottom, left:right]))
    return ink


def _wrong_boxes(layer: TextLayer, wrong: Mask) -> list[Box]:
    """The places of wrong glyphs in the small picture."""
    scale_x, scale_y = layer.picture_scale
    boxes = (layer.boxes[wrong] * np.array([scale_x, scale_y, scale_x, scale_y], np.float32)).tolist()
    return _merged([_grown(Box(*box), layer.picture.shape) for box in boxes if np.isfinite(box).all()])


def erased(pixels: Pixels, layer: TextLayer, glyphs: Mask) -> Pixels:
    """A picture of the page, of any size, in which these glyphs are replaced by their background."""
    height, width = pixels.shape[:2]
    chosen = _places((height, width), layer, glyphs, 0.02)
    behind = layer.background
    if behind.shape != (height, width):
        behind = np.asarray(cv2.resize(behind, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    if pixels.ndim == 3:
        behind = np.repeat(behind[:, :, np.newaxis], pixels.shape[2], axis=2)
    return np.asarray(cv2.copyTo(behind, chosen.view(np.uint8), pixels.copy()), np.uint8)


def _places(shape: tuple[int, ...], layer: TextLayer, glyphs: Mask, margin: float) -> Mask:
    """The pixels of a picture of the page that these glyphs take, with a margin in glyph heights."""
    mask = np.zeros(shape[:2], np.bool_)
    boxes = _word_boxes(layer, glyphs & np.isfinite(layer.boxes).all(axis=1))
    if not len(boxes):
        return mask
    scale_x, scale_y = shape[1] / layer.width, shape[0] / layer.height
    more = max(1.0, margin * scale_y * float(np.median(boxes[:, 3] - boxes[:, 1])))
    scaled = boxes * np.array([scale_x, scale_y, scale_x, scale_y], np.float32)
    scaled = np.clip(scaled + np.array([-more, -more, more, more], np.float32), 0, max(shape))
    for left, top, right, bottom in scaled.astype(int).tolist():
        mask[top : bottom + 1, left : right + 1] = True
    return mask


def _word_boxes(layer: TextLayer, glyphs: Mask) -> NDArray[np.float32]:
    """The boxes of neighbors in one line of level text, united; the boxes of other glyphs as they are."""
    boxes, style_of = layer.boxes[glyphs], layer.style_of[glyphs]
    if not len(boxes):
        return boxes
    level = np.array([*(style.angle == 0 for style in layer.styles), False], np.bool_)[style_of]
    joins = (style_of[1:] == style_of[:-1]) & level[1:] & (boxes[1:, 1] == boxes[:-1, 1])
    joins &= np.abs(boxes[1:, 0] - boxes[:-1, 2]) < 0.1 * (boxes[1:, 3] - boxes[1:, 1])
    starts = np.flatnonzero(np.concatenate([[True], ~joins]))
    united = np.minimum.reduceat(boxes, starts)
    united[:, 2:] = np.maximum.reduceat(boxes[:, 2:], starts)
    return united


def _changed(picture: Pixels, other: Pixels) -> int:
    return cv2.countNonZero(cv2.threshold(cv2.absdiff(picture, other), _INK, 1, cv2.THRESH_BINARY)[1])


def _letter_rows(ink: Pixels) -> list[tuple[Box, int]]:
    """Rows of at least three parts of similar height, with the amount of their ink."""
    if not ink.any():
        return []
    count, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    if count <= _LEAST_LETTERS:
        return []
    sizes = stats[:, cv2.CC_STAT_WIDTH] * stats[:, cv2.CC_STAT_HEIGHT]
    frame = (stats[:, cv2.CC_STAT_AREA] < _FRAME * sizes) & (stats[:, cv2.CC_STAT_HEIGHT] > _LARGEST_FRAME)
    frame[0] = True
    letters = np.flatnonzero(~frame)
    joined = np.zeros(ink.shape, np.uint8)
    for left, top, width, height, _ in stats[letters].tolist():
        reach = round(_JOIN * height)
        cv2.rectangle(joined, (left - reach, top), (left + width + reach, top + height - 1), 1, cv2.FILLED)
    _, row_of = cv2.connectedComponents(joined, connectivity=8)
    members: dict[int, list[int]] = {}
    for part in letters.tolist():
        left, top = stats[part, cv2.CC_STAT_LEFT], stats[part, cv2.CC_STAT_TOP]
        members.setdefault(int(row_of[top, left]), []).append(part)
    rows = ((_row_box(stats[parts]), int(stats[parts, cv2.CC_STAT_AREA].sum())) for parts in members.values())
    return [(box, amount) for box, amount in rows if box is not None]


def _row_box(parts: NDArray[Any]) -> Box | None:
    """The box of a row; None if its parts are too few or too different to be letters."""
    heights = np.sort(parts[:, cv2.CC_STAT_HEIGHT])
    if (
        len(parts) < _LEAST_LETTERS
        or heights[len(heights) // 4] < _MOST_ALIKE * heights[-1 - len(heights) // 4]
    ):
        return None
    areas = parts[:, cv2.CC_STAT_AREA]
    if areas.std() < _LEAST_VARIETY * areas.mean():
        return None  # a dotted or hatched rule
    left, top = parts[:, cv2.CC_STAT_LEFT], parts[:, cv2.CC_STAT_TOP]
    right, bottom = left + parts[:, cv2.CC_STAT_WIDTH], top + parts[:, cv2.CC_STAT_HEIGHT]
    return Box(float(left.min()), float(top.min()), float(right.max()), float(bottom.max()))


def _grown(box: Box, shape: tuple[int, ...], line_height: float = 0.0) -> Box:
    """The box with a margin, so that letters at its ends are not cut."""
    height, width = shape
    across = max(_MARGIN, min(line_height, _LARGEST_MARGIN))
    return Box(
        max(0.0, box.left - across),
        max(0.0, box.top - _MARGIN),
        min(float(width), box.right + across),
        min(float(height), box.bottom + _MARGIN),
    )


def _merged(boxes: Sequence[Box]) -> list[Box]:
    """Boxes that touch, united."""
    merged: list[Box] = []
    for box in boxes:
        grown = box
        while touching := [each for each in merged if each.intersection(grown)]:
            merged = [each for each in merged if each not in touching]
            for each in touching:
                grown = grown.union(each)
        merged.append(grown)
    return merged
