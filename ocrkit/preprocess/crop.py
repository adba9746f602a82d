"""What lies around the page, and the empty rim of it."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ocrkit.geometry import Transform
from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.preprocess.base import StepOptions
from ocrkit.preprocess.measure.light import to_gray

_LONGEST = 1200  # pixels of the picture that is looked at: the smallest print leaves a trace in it
_STROKE = 31  # of those pixels: wider than any stroke of a letter
_SPECK = 3  # of those pixels: smaller than any letter
_FAINTEST = 12  # levels by which ink is darker than paper

_DARKER = 60  # levels by which a border is darker than paper
_SOFT = 3  # of those pixels: the soft edge of a border
_ALONG = 0.3  # of a side runs along a border; a letter or a picture that touches it does not
_ALL = 0.97  # of a line is border: the paper begins further in
_CLEAN = 0.005  # of a line at most is border where the cut ends
_NO_LESS = 0.002  # of a line: by so much less border in it than in the one before, cutting is worth while
_LIGHT = 0.5  # of what stays is light at least: otherwise the black is the ground of light letters


class _Cut(NamedTuple):
    """What stays: columns from `left` up to `right`, rows from `top` up to `bottom`. Sides go by number."""

    left: int
    top: int
    right: int
    bottom: int

    def rim(self, side: int, depth: int = 1) -> _Cut:
        """The outermost lines of a side."""
        return self._with((side + 2) % 4, self._inwards(side, depth))

    def without(self, side: int) -> _Cut:
        """The same less the outermost line of a side."""
        return self._with(side, self._inwards(side, 1))

    def beyond(self, side: int) -> _Cut:
        """The same and one more line on a side."""
        return self._with(side, self._inwards(side, -1))

    def beside(self, side: int) -> _Cut:
        """The line just outside of a side."""
        return self.beyond(side).rim(side)

    def _with(self, side: int, edge: int) -> _Cut:
        edges = list(self)
        edges[side] = edge
        return _Cut(*edges)

    def _inwards(self, side: int, depth: int) -> int:
        opposite = self[side - 2]
        return min(self[side] + depth, opposite) if side < 2 else max(self[side] - depth, opposite)

    @property
    def area(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)


class Crop(StepOptions):
    """Cut off what is not the page.

    `borders` cuts off the black that touches the edges, as the lid of a scanner does; a border that runs
    aslant goes together with the paper beside it as far as that is empty. `content` cuts off the empty rim as
    well. Neither cuts through ink: in doubt, the border stays. A page of light letters on a dark ground has
    no border.
    """

    what: Literal["borders", "content"] = "borders"
    """What to cut off, or what to keep."""
    margin: int = Field(20, ge=0)
    """Pixels of paper that stay around the ink, where there are as many."""

    def __call__(self, page: Page) -> Page:
        gray = to_gray(page.pixels)
        scale = min(1.0, _LONGEST / max(gray.shape))
        width, height = (max(1, round(side * scale)) for side in (page.width, page.height))
        small = np.asarray(cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        cut = self._cut(small, math.ceil(self.margin * scale))
        x, y = page.width / width, page.height / height
        left, top = math.floor(cut.left * x), math.floor(cut.top * y)
        right, bottom = min(page.width, math.ceil(cut.right * x)), min(page.height, math.ceil(cut.bottom * y))
        if (left, top, right, bottom) == (0, 0, page.width, page.height):
            return page
        return page.derive(page.pixels[top:bottom, left:right].copy(), Transform.shift(left, top))

    def _cut(self, small: Pixels, margin: int) -> _Cut:
        whole = _Cut(0, 0, small.shape[1], small.shape[0])
        dark = _dark(small)
        border = _border(small, dark)
        ink, inlaid = _ink(small, dark, border)
        cut = _inside(whole, border, ink | inlaid, inlaid, margin)
        if border.any() and dark[cut.top : cut.bottom, cut.left : cut.right].mean() > 1 - _LIGHT:
            return whole
        return _around(cut, ink | inlaid, margin) if self.what == "content" else cut


def _dark(small: Pixels) -> Pixels:
    """What is as dark as ink or the lid of a scanner is: ones, and zeros elsewhere."""
    _, dark = cv2.threshold(small, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    found = np.asarray(dark, dtype=np.uint8)
    light = found == 0
    if not light.any() or light.all() or small[light].mean() - small[~light].mean() < _DARKER:
        return np.zeros_like(small)
    return found


def _border(small: Pixels, dark: Pixels) -> Pixels:
    """The dark that touches the edges, without what is as thin as letters and rules that do.

    It ends at an edge: what fades into the paper is a shadow, and print may be in it.
    """
    side = 2 * _SOFT + 1
    thick = cv2.copyMakeBorder(dark, side, side, side, side, cv2.BORDER_CONSTANT, value=(1,))
    thick = cv2.morphologyEx(thick, cv2.MORPH_OPEN, _square(side))
    cv2.floodFill(thick, None, (0, 0), (2,))
    border = np.asarray(thick == 2, dtype=np.uint8)[side:-side, side:-side]
    border = np.asarray(cv2.dilate(border, _square(3)), dtype=np.uint8) & dark
    outside, inside = (
        np.asarray(cv2.morphologyEx(border, how, _square(4 * _SOFT + 1)))
        != cv2.morphologyEx(border, how, _square(2 * _SOFT + 1))
        for how in (cv2.MORPH_DILATE, cv2.MORPH_ERODE)
    )
    inside = inside if inside.any() else border > 0
    if not outside.any() or np.median(small[outside]) - np.median(small[inside]) < _DARKER:
        return np.zeros_like(border)
    return border


def _ink(small: Pixels, dark: Pixels, border: Pixels) -> tuple[Pixels, Pixels]:
    """What must not be cut off: what differs from the ground around it, and what there is in a border."""
    smooth = np.asarray(cv2.blur(small, (3, 3)), dtype=np.uint8)
    darker, lighter = (
        np.asarray(cv2.morphologyEx(smooth, how, _square(_STROKE)))
        for how in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT)
    )
    grain = min(float(np.median(each[::2, ::2])) for each in (darker, lighter))
    least = _FAINTEST + 2 * grain
    ink = (darker > least) | (dark > 0)
    if not border.any():
        return _without_specks(ink | (lighter > least)), np.zeros_like(border)
    ink[cv2.dilate(border, _square(2 * _SOFT + 1)) > 0] = False
    core = np.asarray(cv2.erode(border, _square(2 * _SOFT + 1))) > 0
    hollows = cv2.morphologyEx(np.where(core, smooth, 0), cv2.MORPH_BLACKHAT, _square(_STROKE))
    bumps = cv2.morphologyEx(np.where(core, smooth, 255), cv2.MORPH_TOPHAT, _square(_STROKE))
    inlaid = core & (np.maximum(hollows, bumps) > least)  # letters in a deep shadow, or on a dark cover
    _, labels, facts, _ = cv2.connectedComponentsWithStats(1 - border)
    within = facts[:, cv2.CC_STAT_AREA] < facts[1:, cv2.CC_STAT_AREA].max(initial=0)  # all but the sheet
    within[0] = False
    inlaid |= within[labels]
    return _without_specks(ink), _without_specks(inlaid)


def _without_specks(ink: NDArray[np.bool_]) -> Pixels:
    """Without what is smaller than a letter, and the slivers of borders along the edges."""
    _, labels, facts, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8))
    left, top, width, height = facts[:, :4].T
    upright = (left == 0) | (left + width == ink.shape[1])
    level = (top == 0) | (top + height == ink.shape[0])
    large = np.maximum(width, height) > _SPECK
    large &= ~(upright & (width <= _SPECK)) & ~(level & (height <= _SPECK))
    large[0] = False
    return np.asarray(large[labels], dtype=np.uint8)


def _inside(whole: _Cut, border: Pixels, ink: Pixels, inlaid: Pixels, margin: int) -> _Cut:
    """The page within its border: line by line, always from the side with most border in its line."""
    black, inked, lettered = (cv2.integral(each) for each in (border, ink, inlaid))

    def share(line: _Cut) -> float:
        return _count(black, line) / line.area

    cut = whole
    along = {side for side in range(4) if share(whole.rim(side)) >= _ALONG}
    sides = set(along)
    while sides:
        shares = {side: share(cut.rim(side)) for side in sides}
        side = max(shares, key=shares.__getitem__)
        if shares[side] <= _CLEAN:
            break
        near = cut.rim(side, margin + 1)
        free = near if shares[side] < _ALL else cut.rim(side)  # black is no margin for ink on paper
        if _count(inked, free) or _count(lettered, near) or not cut.without(side).area:
            sides.remove(side)
        else:
            cut = cut.without(side)
    for side in along:
        while cut[side] != whole[side]:
            if share(cut.beside(side)) > min(_ALL, share(cut.rim(side)) + _NO_LESS):
                break
            cut = cut.beyond(side)  # black that runs across, such as a gutter, is not got rid of from here
        soft = cut.without(side)  # of the line in which a soft edge ends
        if cut[side] != whole[side] and soft.area and not _count(inked, cut.rim(side, margin + 1)):
            cut = soft
    return cut


def _around(cut: _Cut, ink: Pixels, margin: int) -> _Cut:
    """The ink with its margin; all of an empty page."""
    rows, columns = (
        np.flatnonzero(ink[cut.top : cut.bottom, cut.left : cut.right].any(axis)) for axis in (1, 0)
    )
    if not rows.size:
        return cut
    reach = margin + 1
    return _Cut(
        cut.left + max(0, int(columns[0]) - reach),
        cut.top + max(0, int(rows[0]) - reach),
        min(cut.right, cut.left + int(columns[-1]) + 1 + reach),
        min(cut.bottom, cut.top + int(rows[-1]) + 1 + reach),
    )


def _count(table: cv2.typing.MatLike, part: _Cut) -> int:
    """How many ones there are in a part, from the table of their sums."""
    left, top, right, bottom = part
    return int(table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left])


def _square(side: int) -> NDArray[np.uint8]:
    return np.ones((side, side), np.uint8)
