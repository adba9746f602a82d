"""Check boxes and radio buttons on a scan, by their shape and the ink inside.

A mark is a closed frame, so its silhouette (`shapes.py`) is a square or a circle of about the size of a
letter, whatever is drawn in it, and also where a tick runs out of it. It stands apart from other ink, unlike
letters and the cells of tables. A filled square is a mark only on a page with frames of the same size: else
it is a bullet. So is a small ring close to its label: else it may be a letter.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocrkit.geometry import Point
from ocrkit.marks.shapes import Candidate, find_candidates, letter_height
from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.result import SelectionMark

_SELECTED = 0.08
"""The share of ink inside of a selected mark."""
_LETTER = 24.0
"""The letter height at which marks are looked for, in pixels."""
_MM_PER_LETTER = 2.6  # an estimate for pages without text
_A4_INCHES = 8.27
_MIN_CONTRAST = 18  # gray levels between ink and paper
_GRAINS = 3.5
_MEDIAN_OF_NORMAL = 0.6745  # the median deviation of a normal distribution, in standard deviations
_LIKE_SIZE = 0.08
_SAME_COLUMN = 0.3
_LIST = 6.0
_BULLETS = 3
"""So many filled shapes below one another, without a frame among them, are bullets."""
_ROW = 4
"""So many frames side by side are boxes for the characters of a number or a name."""
_ROW_GAP = 0.4


def find_marks(page: Page) -> list[SelectionMark]:
    """The check boxes and radio buttons of a page, in reading order."""
    gray = (
        page.pixels if page.is_gray else np.asarray(cv2.cvtColor(page.pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    )
    scale = min(2.0, _LETTER / _estimated_letter(page))
    if abs(scale - 1) > 0.1:
        size = max(1, round(page.width * scale)), max(1, round(page.height * scale))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        gray = np.asarray(cv2.resize(gray, size, interpolation=method), np.uint8)
    else:
        scale = 1.0
    ink = _ink(gray)
    candidates = find_candidates(gray, ink, letter_height(ink, _LETTER))
    sure = [each for each in candidates if each.is_sure and not each.is_solid]
    frames = [each for each in candidates if not each.is_solid and (each.is_sure or _has_like(each, sure))]
    frames = _without_rows(frames)
    solids = [each for each in candidates if each.is_solid and _has_like(each, frames)]
    marks = [*frames, *(each for each in solids if not _is_bullet(each, solids, frames))]
    return [_mark(each, scale) for each in _in_reading_order(marks)]


def _estimated_letter(page: Page) -> float:
    dpi = page.dpi or min(page.width, page.height) / _A4_INCHES
    return max(8.0, _MM_PER_LETTER * dpi / 25.4)


def _ink(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    block = round(2.5 * _LETTER) | 1
    grain = float(np.median(cv2.absdiff(gray, cv2.medianBlur(gray, 3)))) / _MEDIAN_OF_NORMAL
    contrast = max(_MIN_CONTRAST, _GRAINS * grain)
    ink = cv2.adaptiveThreshold(
        gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, round(contrast)
    )
    return np.asarray(ink, np.uint8)


def _without_rows(frames: Sequence[Candidate]) -> list[Candidate]:
    """The frames without those that form a row of character boxes."""
    groups: list[list[Candidate]] = []
    for each in sorted(frames, key=lambda each: (round(each.center.y / each.size), each.center.x)):
        last = groups[-1][-1] if groups else None
        if (
            last
            and abs(last.center.y - each.center.y) < 0.3 * each.size
            and abs(last.size - each.size) < _LIKE_SIZE * each.size
            and 0 < each.center.x - last.center.x - each.size < _ROW_GAP * each.size
        ):
            groups[-1].append(each)
        else:
            groups.append([each])
    return [each for group in groups if len(group) < _ROW for each in group]


def _has_like(shape: Candidate, frames: Sequence[Candidate]) -> bool:
    """Whether a frame has about the same size and shape."""
    return any(
        abs(frame.size - shape.size) < _LIKE_SIZE * frame.size and frame.is_round == shape.is_round
        for frame in frames
    )


def _is_bullet(solid: Candidate, solids: Sequence[Candidate], frames: Sequence[Candidate]) -> bool:
    def is_below_or_above(other: Candidate) -> bool:
        across, down = other.center.x - solid.center.x, other.center.y - solid.center.y
        return abs(across) < _SAME_COLUMN * solid.size and abs(down) < _LIST * solid.size

    alike = sum(map(is_below_or_above, solids))
    return alike >= _BULLETS and not any(map(is_below_or_above, frames))


def _in_reading_order(marks: Sequence[Candidate]) -> list[Candidate]:
    """Row by row: marks at the same height, from left to right."""
    height = statistics.median(mark.size for mark in marks) if marks else 1.0
    rows: list[list[Candidate]] = []
    for mark in sorted(marks, key=lambda mark: mark.center.y):
        if rows and mark.center.y - rows[-1][0].center.y < 0.6 * height:
            rows[-1].append(mark)
        else:
            rows.append([mark])
    return [mark for row in rows for mark in sorted(row, key=lambda mark: mark.center.x)]


def _mark(candidate: Candidate, scale: float) -> SelectionMark:
    is_selected = candidate.is_solid or candidate.ink > _SELECTED
    polygon = tuple(Point(x / scale, y / scale) for x, y in candidate.corners)
    return SelectionMark(state="selected" if is_selected else "unselected", polygon=polygon)
