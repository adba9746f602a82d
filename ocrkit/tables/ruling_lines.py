"""Find ruling lines: the long, thin, straight lines that tables are drawn with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.opencv import cv2
from ocrkit.tables.normalized_page import LINE_HEIGHT

_MIN_HORIZONTAL, _MIN_VERTICAL = 2.5 * LINE_HEIGHT, 1.7 * LINE_HEIGHT  # strokes of letters are shorter
_MAX_THICKNESS = 0.4 * LINE_HEIGHT
_MIN_CONTRAST = 10  # gray levels between a line and its neighborhood
_NEIGHBORHOOD = 41  # pixels
_MARGIN = 3  # pixels beside a line that are checked for ink
_MAX_INK_BESIDE = 0.4  # share of the margin
_MAX_OFFSET = 0.35 * LINE_HEIGHT  # between two parts of one line; a gap may be twice as long


class RulingLine(NamedTuple):
    """A horizontal or vertical line."""

    position: float
    """The y of a horizontal line, the x of a vertical one."""
    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start

    def covered_length(self, start: float, end: float) -> float:
        """The length of the interval that the line covers."""
        return max(0.0, min(self.end, end) - max(self.start, start))


class RulingLines(NamedTuple):
    """The ruling lines of a page or of a table."""

    horizontal: list[RulingLine]
    vertical: list[RulingLine]


def find_ruling_lines(gray: NDArray[np.uint8]) -> RulingLines:
    """Find the lines in a deskewed image."""
    ink = cv2.adaptiveThreshold(
        gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, _NEIGHBORHOOD, _MIN_CONTRAST
    )
    return RulingLines(
        _find_horizontal(ink, _MIN_HORIZONTAL), _find_horizontal(cv2.transpose(ink), _MIN_VERTICAL)
    )


def _find_horizontal(ink: cv2.typing.MatLike, min_length: float) -> list[RulingLine]:
    kernel = np.ones((1, round(min_length) | 1), np.uint8)
    long = cv2.morphologyEx(cv2.dilate(ink, np.ones((3, 1), np.uint8)), cv2.MORPH_OPEN, kernel)
    thick = cv2.morphologyEx(long, cv2.MORPH_OPEN, np.ones((round(_MAX_THICKNESS) | 1, 1), np.uint8))
    _, _, stats, centroids = cv2.connectedComponentsWithStats(cv2.subtract(long, thick), connectivity=8)
    lines = [
        RulingLine(float(y) + 0.5, float(left), float(left + width))
        for (left, top, width, height, _), (_, y) in zip(stats[1:], centroids[1:], strict=True)
        if width >= min_length
        and height <= max(_MAX_THICKNESS, width / 20)
        and all(
            _ink_share(ink, edge, left, left + width) < _MAX_INK_BESIDE
            for edge in (top - _MARGIN, top + height)
        )
    ]
    return join_parts(lines)


def _ink_share(ink: cv2.typing.MatLike, top: int, left: int, right: int) -> float:
    """The share of ink beside a line. If it is large, the line is the edge of a row of letters."""
    margin = ink[max(0, top) : max(0, top + _MARGIN), left:right]
    return float(np.count_nonzero(margin)) / margin.size if margin.size else 0.0


def join_parts(lines: list[RulingLine]) -> list[RulingLine]:
    """The lines, of which parts at one position with small gaps are joined."""
    joined: list[RulingLine] = []
    for line in sorted(lines, key=lambda each: each.start):
        for index, other in enumerate(joined):
            if (
                abs(other.position - line.position) <= _MAX_OFFSET
                and line.start - other.end <= 2 * _MAX_OFFSET
            ):
                length = other.length + line.length
                position = (other.position * other.length + line.position * line.length) / length
                joined[index] = RulingLine(position, other.start, max(other.end, line.end))
                break
        else:
            joined.append(line)
    return sorted(joined)
