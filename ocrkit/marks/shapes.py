"""Closed frames among the ink of a page: squares and circles that stand apart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ocrkit.geometry import Point
from ocrkit.opencv import cv2

_Image: TypeAlias = NDArray[np.uint8]

_MIN_SIZE, _MAX_SIZE = 0.75, 2.8  # of a mark, in letter heights
_MIN_ROUND, _MIN_SOLID = 0.85, 0.95  # of a circle and of a filled shape
_LETTER_SIZE = 1.17
"""Circles of at most this size may be letters, and must stand farther apart."""
_MAX_EXTENT = 2.4  # of a mark with its tick, in sizes
_OPENING = 0.3  # strokes thinner than this share of a shape are not part of it
_MAX_ASPECT = 1.2
_MIN_SQUARE = 0.9  # the share of its smallest rectangle that a square fills; a circle fills 0.785
_ROUND = (0.73, 0.86)
_BORDER = 0.16  # the frame lies in this share of the size at the edge
_MIN_CLOSED = 0.88  # of the border
_INSIDE = 0.13
_DIRECTIONS = 48
_CAPITALS = 85  # percentile of the heights of letters
_MIN_LETTERS = 20
_SOLID = 0.85
_MAX_STROKE = 0.26
_SPECK = 0.3
"""Ink of less than this height is no neighbor."""
_GAPS = (0.18, 0.6)  # to the nearest ink on the near side and on the far side, in letter heights
_RING_GAPS, _LETTER_GAPS = (0.24, 0.9), (0.45, 0.9)
_THIN = 0.08
"""The thickness of a stroke, as a share of the size, below which a ring is not a letter."""
_KERNING = 0.28
"""The largest gap between two letters of a word, as a share of the size."""
_COMB_GAP = 0.35
"""Frames of the same size that are closer than this share of it are boxes for characters."""


class Candidate(NamedTuple):
    """A frame that may be a mark."""

    corners: tuple[Point, ...]
    """Clockwise from the top left."""
    center: Point
    size: float
    is_round: bool
    is_solid: bool
    is_sure: bool
    """False for a small ring, which may be the letter O."""
    ink: float
    """The share of ink inside of the frame."""


def find_candidates(gray: _Image, ink: _Image, letter: float) -> list[Candidate]:
    """The frames of about the size of a letter that stand apart from other ink.

    Args:
        gray: the page.
        ink: 255 where the page has ink, else 0.
        letter: the height of capital letters.
    """
    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    page = _Ink(gray, np.asarray(labels, np.int32), np.asarray(stats, np.int32), letter)
    extents = page.stats[:, 2:4]
    possible = (extents.min(axis=1) >= 0.9 * _MIN_SIZE * letter) & (
        extents.max(axis=1) <= _MAX_EXTENT * _MAX_SIZE * letter
    )
    found = (_candidate(page, int(label)) for label in np.flatnonzero(possible) if label)
    return [candidate for candidate in found if candidate]


def letter_height(ink: _Image, expected: float) -> float:
    """The height of capital letters on a page, or the expected one if the page has few letters."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    widths, heights = stats[1:, 2], stats[1:, 3]
    letters = heights[(heights > 0.4 * expected) & (heights < 2.0 * expected) & (widths < 2 * heights)]
    return float(np.percentile(letters, _CAPITALS)) if len(letters) >= _MIN_LETTERS else expected


class _Ink(NamedTuple):
    """The ink of a page and its connected components."""

    gray: _Image
    labels: NDArray[np.int32]
    stats: NDArray[np.int32]
    letter: float


class _Shape(NamedTuple):
    """A silhouette that is square or round."""

    corners: NDArray[np.float32]
    center: tuple[float, float]
    size: float
    is_round: bool


def _candidate(page: _Ink, label: int) -> Candidate | None:
    """The component as a candidate; None if it is something else."""
    left, top, width, height, _ = page.stats[label]
    component = page.labels[top : top + height, left : left + width] == label
    shape = _shape(component.astype(np.uint8) * 255, page.letter)
    if shape is None:
        return None
    size = shape.size
    distance = _distance_from_edge(component.shape, shape)
    border = (distance >= -0.06 * size) & (distance <= _BORDER * size)
    if _closed_share(component & border, shape.center) < _MIN_CLOSED:
        return None
    stroke = _stroke(component, distance, size)
    frame = component & (distance >= 0) & (distance < max(2.0, stroke * size))
    inside = distance > (min(stroke, _MAX_STROKE) + _INSIDE) * size
    share = _ink_inside(page, label, frame, inside)
    is_solid = share > _SOLID
    if not is_solid and stroke > _MAX_STROKE:
        return None
    if _is_part_of_letters(shape, component.shape):
        return None
    least = _MIN_SOLID if is_solid else _MIN_ROUND if shape.is_round else _MIN_SIZE
    gaps = _gaps(page, label, Point(shape.center[0] + left, shape.center[1] + top), shape)
    may_be_letter = shape.is_round and size < _LETTER_SIZE * page.letter and stroke >= _THIN
    needed = _RING_GAPS if may_be_letter else _GAPS
    if size < least * page.letter or gaps is None or not _are_wide(gaps, needed):
        return None
    return Candidate(
        corners=_ordered(shape.corners + np.array((left, top), np.float32)),
        center=Point(float(shape.center[0] + left), float(shape.center[1] + top)),
        size=size,
        is_round=shape.is_round,
        is_solid=is_solid,
        is_sure=not may_be_letter or _are_wide(gaps, _LETTER_GAPS),
        ink=share,
    )


def _are_wide(gaps: tuple[float, float], least: tuple[float, float]) -> bool:
    """Whether the gaps on the near side and on the far side are wide enough."""
    return min(gaps) >= least[0] and max(gaps) >= least[1]


def _shape(component: _Image, letter: float) -> _Shape | None:
    """The silhouette of a component if it is square or round."""
    margin = 2
    padded = cv2.copyMakeBorder(component, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=0)
    outlines, _ = cv2.findContours(padded, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    silhouette = cv2.drawContours(np.zeros_like(padded), outlines, -1, 255, cv2.FILLED)
    side = max(3, round(_OPENING * min(_MAX_SIZE * letter, *component.shape)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    opened = cv2.morphologyEx(silhouette, cv2.MORPH_OPEN, kernel)
    outlines, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if len(outlines) != 1:
        return None
    outline = np.asarray(outlines[0], np.int32)
    rectangle = cv2.minAreaRect(outline)
    sides = sorted(rectangle[1])
    if sides[0] < 4:
        return None
    size = (sides[0] + sides[1]) / 2 + 1  # between the centers of pixels
    if not _MIN_SIZE * letter <= size <= _MAX_SIZE * letter or (sides[1] + 1) > _MAX_ASPECT * (sides[0] + 1):
        return None
    fill = cv2.contourArea(outline) / (sides[0] * sides[1])
    is_round = _ROUND[0] <= _round_fill(outline) <= _ROUND[1] and fill < 0.88
    if not is_round and fill < _MIN_SQUARE:
        return None
    corners = np.asarray(cv2.boxPoints(rectangle) - margin, np.float32)
    center = rectangle[0][0] - margin, rectangle[0][1] - margin
    if is_round:
        left, top, width, height = cv2.boundingRect(outline)
        center = left + (width - 1) / 2 - margin, top + (height - 1) / 2 - margin
        half = size / 2
        corners = np.array(
            [(-half, -half), (half, -half), (half, half), (-half, half)], np.float32
        ) + np.array(center, np.float32)
    return _Shape(corners, center, size, is_round)


def _round_fill(outline: NDArray[np.int32]) -> float:
    """The area of a shape as a share of its upright bounding box: 0.785 for a circle."""
    _, _, width, height = cv2.boundingRect(outline)
    return cv2.contourArea(outline) / max(1, (width - 1) * (height - 1))


def _distance_from_edge(area: tuple[int, ...], shape: _Shape) -> NDArray[np.float32]:
    """For each pixel, how far inside of the outline it is."""
    corners, center = shape.corners, shape.center
    y, x = np.mgrid[: area[0], : area[1]].astype(np.float32)
    if shape.is_round:
        return np.asarray(shape.size / 2 - np.hypot(x - center[0], y - center[1]), np.float32)
    angle = math.atan2(corners[1][1] - corners[0][1], corners[1][0] - corners[0][0])
    cosine, sine = math.cos(angle), math.sin(angle)
    along = np.abs((x - center[0]) * cosine + (y - center[1]) * sine)
    across = np.abs(-(x - center[0]) * sine + (y - center[1]) * cosine)
    first = math.dist(corners[0], corners[1]) / 2 + 0.5
    second = math.dist(corners[1], corners[2]) / 2 + 0.5
    return np.asarray(np.minimum(first - along, second - across), np.float32)


def _closed_share(border: NDArray[np.bool_], center: tuple[float, float]) -> float:
    """The share of directions from the center in which the border has ink."""
    rows, columns = np.nonzero(border)
    angles = np.arctan2(rows - center[1], columns - center[0])
    directions = ((angles + math.pi) / (2 * math.pi) * _DIRECTIONS).astype(int) % _DIRECTIONS
    return len(np.unique(directions)) / _DIRECTIONS


def _ink_inside(page: _Ink, label: int, frame: NDArray[np.bool_], inside: NDArray[np.bool_]) -> float:
    """How dark the inside of a frame is: 0 like the paper around it, 1 like the frame.

    The mean of gray levels is not disturbed by grain, as counting dark pixels would be.
    """
    if not inside.any() or not frame.any():
        return 1.0
    left, top, width, height, _ = page.stats[label]
    margin = max(2, height // 4)
    rows = slice(max(0, top - margin), top + height + margin)
    around = page.gray[rows, max(0, left - margin) : left + width + margin]
    window = page.gray[top : top + height, left : left + width]
    paper, ink = float(np.percentile(around, 80)), float(np.percentile(window[frame], 25))
    return (paper - float(window[inside].mean())) / max(1.0, paper - ink)


def _stroke(component: NDArray[np.bool_], distance: NDArray[np.float32], size: float) -> float:
    """The thickness of the frame, as a share of its size, in the median direction."""
    edge = component & (distance >= -0.06 * size) & (distance < 0.3 * size)
    # The inner part of the band may hold a tick, so the thickness is that of the median direction.
    thickness = [
        np.count_nonzero(edge & (distance >= low - 0.5) & (distance < low + 0.5)) for low in _steps(size)
    ]
    whole = max(thickness, default=0) or 1
    return float(sum(count > 0.6 * whole for count in thickness)) / size


def _steps(size: float) -> Iterator[float]:
    step = 0.0
    while step < 0.3 * size:
        yield step
        step += 1.0


def _is_part_of_letters(shape: _Shape, extent: tuple[int, ...]) -> bool:
    """Whether the component extends where no tick does: below the shape, or only beside a ring."""
    half, (x, y) = shape.size / 2, shape.center
    below, above = extent[0] - (y + half), y - half
    beside = max(extent[1] - (x + half), x - half)
    if below > 0.25 * shape.size:
        return True
    return shape.is_round and beside > 0.2 * shape.size and max(above, below) < 0.28 * shape.size


def _gaps(page: _Ink, label: int, center: Point, shape: _Shape) -> tuple[float, float] | None:
    """The distances to other ink on both sides, in letter heights; None in a word or in a row of boxes."""
    size, letter = shape.size, page.letter
    top, bottom = max(0, round(center.y - 0.4 * size)), round(center.y + 0.4 * size) + 1
    left, right = round(center.x - size / 2), round(center.x + size / 2) + 1
    reach = round(1.5 * letter)
    gaps = []
    for strip in (
        page.labels[top:bottom, max(0, left - reach) : max(0, left)][:, ::-1],
        page.labels[top:bottom, right : right + reach],
    ):
        gap, neighbor = _nearest(page, strip, label)
        if (
            neighbor
            and gap < _COMB_GAP * size
            and _is_frame_like(page.stats[neighbor], page.stats[label], size)
        ):
            return None
        if (
            neighbor
            and shape.is_round
            and gap < _KERNING * size
            and _is_on_line(page.stats[neighbor], page.stats[label])
        ):
            return None
        gaps.append(gap / letter)
    return gaps[0], gaps[1]


def _nearest(page: _Ink, strip: NDArray[np.int32], label: int) -> tuple[float, int]:
    """The distance to the nearest ink, and its component; 0 if there is none."""
    tall = page.stats[strip, 3] >= _SPECK * page.letter
    other = tall & (strip > 0) & (strip != label)
    columns = other.any(axis=0)
    if not columns.any():
        return float("inf"), 0
    column = int(np.argmax(columns))
    return float(column), int(strip[int(np.argmax(other[:, column])), column])


def _is_on_line(neighbor: NDArray[np.int32], own: NDArray[np.int32]) -> bool:
    """Whether two components stand on one line of text."""
    below = (neighbor[1] + neighbor[3]) - (own[1] + own[3])
    return bool(abs(below) < 0.12 * own[3] and 0.5 < neighbor[3] / own[3] < 1.25)


def _is_frame_like(neighbor: NDArray[np.int32], own: NDArray[np.int32], size: float) -> bool:
    """Whether a component is as high as a frame, at the same height, and no narrower."""
    is_level = abs(neighbor[1] - own[1]) < 0.1 * size and abs(neighbor[3] - own[3]) < 0.1 * size
    return bool(is_level and neighbor[2] > 0.9 * size)


def _ordered(corners: NDArray[np.float32]) -> tuple[Point, ...]:
    """The corners clockwise from the one at the top left."""
    first = int(np.argmin(corners.sum(axis=1)))
    ordered = [corners[(first + step) % 4] for step in range(4)]
    if (ordered[1][0] - ordered[0][0]) < (ordered[3][0] - ordered[0][0]):
        ordered = [ordered[0], ordered[3], ordered[2], ordered[1]]
    return tuple(Point(float(x), float(y)) for x, y in ordered)
