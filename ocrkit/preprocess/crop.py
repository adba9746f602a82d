"""Cut off scanner borders and empty margins."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ocrkit.geometry import Transform
from ocrkit.harmless import Harmless
from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.preprocess.base import StepOptions
from ocrkit.preprocess.measure.lighting import to_gray

# Lengths below are in pixels of a reduced page.
_MAX_SIDE = 1200  # the smallest print is still visible at this size
_STROKE_WINDOW = 31  # wider than any stroke of a letter
_SPECK = 3  # smaller than any letter
_MIN_INK_CONTRAST = 12  # gray levels between ink and paper
_SOFT_EDGE = 3  # width of the soft edge of a border

_MIN_BORDER_CONTRAST = 60  # gray levels between a border and the paper
_MIN_BORDER_LENGTH = 0.3  # share of a side; a letter or a picture that touches the edge is shorter
_SOLID = 0.97  # share of border in a line that has no paper
_CLEAN = 0.005  # share of border in a line at which cutting stops
_MIN_GAIN = 0.002  # cutting a line must reduce the share of border by this much
_MIN_LIGHT = 0.5  # share of the cropped page; with less, the border is the background of light text


class _Rect(NamedTuple):
    """Columns from `left` up to `right` and rows from `top` up to `bottom`; a side is its index."""

    left: int
    top: int
    right: int
    bottom: int

    def strip(self, side: int, depth: int = 1) -> _Rect:
        """The outermost lines on a side."""
        return self._with((side + 2) % 4, self._inwards(side, depth))

    def shrunk(self, side: int) -> _Rect:
        """The rectangle without the outermost line on a side."""
        return self._with(side, self._inwards(side, 1))

    def grown(self, side: int) -> _Rect:
        """The rectangle with one more line on a side."""
        return self._with(side, self._inwards(side, -1))

    def strip_outside(self, side: int) -> _Rect:
        """The line next to a side, outside the rectangle."""
        return self.grown(side).strip(side)

    def _with(self, side: int, edge: int) -> _Rect:
        edges = list(self)
        edges[side] = edge
        return _Rect(*edges)

    def _inwards(self, side: int, depth: int) -> int:
        opposite = self[side - 2]
        return min(self[side] + depth, opposite) if side < 2 else max(self[side] - depth, opposite)

    @property
    def area(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)


class Crop(StepOptions):
    """Cut off everything around the page.

    `borders` cuts off dark borders at the edges, such as those from the lid of a scanner. A slanted border is
    cut off together with the empty paper beside it. `content` also cuts off the empty margins. Neither cuts
    through ink; in doubt, the border stays. A page with light text on a dark background has no border.
    """

    what: Harmless[Literal["borders", "content"]] = "borders"
    """`borders`: cut off dark borders. `content`: crop to the content."""
    margin: Harmless[int] = Field(20, ge=0)
    """The paper to keep around the ink in pixels, where there is that much."""

    def __call__(self, page: Page) -> Page:
        gray = to_gray(page.pixels)
        scale = min(1.0, _MAX_SIDE / max(gray.shape))
        width, height = (max(1, round(side * scale)) for side in (page.width, page.height))
        small = np.asarray(cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        rect = self._find_rect(small, math.ceil(self.margin * scale))
        x, y = page.width / width, page.height / height
        left, top = math.floor(rect.left * x), math.floor(rect.top * y)
        right = min(page.width, math.ceil(rect.right * x))
        bottom = min(page.height, math.ceil(rect.bottom * y))
        if (left, top, right, bottom) == (0, 0, page.width, page.height):
            return page
        return page.derive(page.pixels[top:bottom, left:right].copy(), Transform.shift(left, top))

    def _find_rect(self, small: Pixels, margin: int) -> _Rect:
        whole = _Rect(0, 0, small.shape[1], small.shape[0])
        dark = _dark_mask(small)
        border = _border_mask(small, dark)
        ink, ink_in_border = _ink_masks(small, dark, border)
        ink |= ink_in_border
        rect = _without_border(whole, _Counts.of(border, ink, ink_in_border), margin)
        if border.any() and dark[rect.top : rect.bottom, rect.left : rect.right].mean() > 1 - _MIN_LIGHT:
            return whole
        return _around_ink(rect, ink, margin) if self.what == "content" else rect


def _dark_mask(small: Pixels) -> Pixels:
    """A mask of what is as dark as ink or the lid of a scanner."""
    _, dark = cv2.threshold(small, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    mask = np.asarray(dark, dtype=np.uint8)
    light = mask == 0
    if not light.any() or light.all() or small[light].mean() - small[~light].mean() < _MIN_BORDER_CONTRAST:
        return np.zeros_like(small)
    return mask


def _border_mask(small: Pixels, dark: Pixels) -> Pixels:
    """A mask of the dark areas that touch the edges, without letters and rules that do.

    A border has a clear edge: a dark area that fades into the paper is a shadow, and may contain print.
    """
    side = 2 * _SOFT_EDGE + 1
    thick = cv2.copyMakeBorder(dark, side, side, side, side, cv2.BORDER_CONSTANT, value=(1,))
    thick = cv2.morphologyEx(thick, cv2.MORPH_OPEN, _square(side))
    cv2.floodFill(thick, None, (0, 0), (2,))
    border = np.asarray(thick == 2, dtype=np.uint8)[side:-side, side:-side]
    border = np.asarray(cv2.dilate(border, _square(3)), dtype=np.uint8) & dark
    outside, inside = (
        np.asarray(cv2.morphologyEx(border, operation, _square(4 * _SOFT_EDGE + 1)))
        != cv2.morphologyEx(border, operation, _square(2 * _SOFT_EDGE + 1))
        for operation in (cv2.MORPH_DILATE, cv2.MORPH_ERODE)
    )
    inside = inside if inside.any() else border > 0
    if not outside.any() or np.median(small[outside]) - np.median(small[inside]) < _MIN_BORDER_CONTRAST:
        return np.zeros_like(border)
    return border


def _ink_masks(small: Pixels, dark: Pixels, border: Pixels) -> tuple[Pixels, Pixels]:
    """Masks of what must not be cut off: ink on the paper, and ink or light areas inside a border."""
    smooth = np.asarray(cv2.blur(small, (3, 3)), dtype=np.uint8)
    darker, lighter = (
        np.asarray(cv2.morphologyEx(smooth, operation, _square(_STROKE_WINDOW)))
        for operation in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT)
    )
    grain = min(float(np.median(each[::2, ::2])) for each in (darker, lighter))
    contrast = _MIN_INK_CONTRAST + 2 * grain
    ink = (darker > contrast) | (dark > 0)
    if not border.any():
        return _without_specks(ink | (lighter > contrast)), np.zeros_like(border)
    ink[cv2.dilate(border, _square(2 * _SOFT_EDGE + 1)) > 0] = False
    core = np.asarray(cv2.erode(border, _square(2 * _SOFT_EDGE + 1))) > 0
    hollows = cv2.morphologyEx(np.where(core, smooth, 0), cv2.MORPH_BLACKHAT, _square(_STROKE_WINDOW))
    bumps = cv2.morphologyEx(np.where(core, smooth, 255), cv2.MORPH_TOPHAT, _square(_STROKE_WINDOW))
    in_border = core & (np.maximum(hollows, bumps) > contrast)  # letters in a deep shadow or on a dark cover
    _, labels, stats, _ = cv2.connectedComponentsWithStats(1 - border)
    areas = stats[:, cv2.CC_STAT_AREA]
    is_enclosed = areas < areas[1:].max(initial=0)  # every light area except the sheet itself
    is_enclosed[0] = False
    in_border |= is_enclosed[labels]
    return _without_specks(ink), _without_specks(in_border)


def _without_specks(ink: NDArray[np.bool_]) -> Pixels:
    """The ink without components smaller than letters and without slivers of borders along the edges."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8))
    left, top, width, height = stats[:, :4].T
    at_side = (left == 0) | (left + width == ink.shape[1])
    at_end = (top == 0) | (top + height == ink.shape[0])
    is_kept = np.maximum(width, height) > _SPECK
    is_kept &= ~(at_side & (width <= _SPECK)) & ~(at_end & (height <= _SPECK))
    is_kept[0] = False
    return np.asarray(is_kept[labels], dtype=np.uint8)


class _Counts(NamedTuple):
    """Summed-area tables of the masks, which count the pixels of a mask in any rectangle."""

    border: cv2.typing.MatLike
    ink: cv2.typing.MatLike
    ink_in_border: cv2.typing.MatLike

    @classmethod
    def of(cls, *masks: Pixels) -> _Counts:
        return cls(*(cv2.integral(mask) for mask in masks))

    def border_share(self, rect: _Rect) -> float:
        return _count(self.border, rect) / rect.area

    def has_ink(self, rect: _Rect) -> bool:
        return _count(self.ink, rect) > 0

    def has_ink_in_border(self, rect: _Rect) -> bool:
        return _count(self.ink_in_border, rect) > 0


def _count(table: cv2.typing.MatLike, rect: _Rect) -> int:
    left, top, right, bottom = rect
    return int(table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left])


def _without_border(whole: _Rect, counts: _Counts, margin: int) -> _Rect:
    """The page inside its borders."""
    bordered = {side for side in range(4) if counts.border_share(whole.strip(side)) >= _MIN_BORDER_LENGTH}
    rect = _cut_lines(whole, bordered, counts, margin)
    for side in bordered:
        rect = _restore_lines(rect, whole, side, counts)
        soft = rect.shrunk(side)  # without the line in which a soft edge ends
        if rect[side] != whole[side] and soft.area and not counts.has_ink(rect.strip(side, margin + 1)):
            rect = soft
    return rect


def _cut_lines(rect: _Rect, bordered: set[int], counts: _Counts, margin: int) -> _Rect:
    """Cut line by line, always on the side whose outermost line has the largest share of border."""
    sides = set(bordered)
    while sides:
        shares = {side: counts.border_share(rect.strip(side)) for side in sides}
        side = max(shares, key=shares.__getitem__)
        if shares[side] <= _CLEAN:
            break
        strip = rect.strip(side, margin + 1)
        is_solid = shares[side] >= _SOLID  # then the line is no margin for the ink next to it
        must_be_empty = rect.strip(side) if is_solid else strip
        smaller = rect.shrunk(side)
        if counts.has_ink(must_be_empty) or counts.has_ink_in_border(strip) or not smaller.area:
            sides.remove(side)
        else:
            rect = smaller
    return rect


def _restore_lines(rect: _Rect, whole: _Rect, side: int, counts: _Counts) -> _Rect:
    """Undo cuts that did not reduce the share of border, as where a black gutter runs across the side."""
    while rect[side] != whole[side]:
        share = counts.border_share(rect.strip(side))
        if counts.border_share(rect.strip_outside(side)) > min(_SOLID, share + _MIN_GAIN):
            break
        rect = rect.grown(side)
    return rect


def _around_ink(rect: _Rect, ink: Pixels, margin: int) -> _Rect:
    """The ink with its margin; the whole rectangle if there is no ink."""
    rows, columns = (
        np.flatnonzero(ink[rect.top : rect.bottom, rect.left : rect.right].any(axis)) for axis in (1, 0)
    )
    if not rows.size:
        return rect
    reach = margin + 1
    return _Rect(
        rect.left + max(0, int(columns[0]) - reach),
        rect.top + max(0, int(rows[0]) - reach),
        min(rect.right, rect.left + int(columns[-1]) + 1 + reach),
        min(rect.bottom, rect.top + int(rows[-1]) + 1 + reach),
    )


def _square(side: int) -> NDArray[np.uint8]:
    return np.ones((side, side), np.uint8)
