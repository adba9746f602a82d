"""The rules of tables and forms: engines take them for letters, and letters that touch them for others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.preprocess.base import StepOptions, repainted
from ocrkit.preprocess.measure.light import to_gray

_SHORTEST = 60  # pixels: strokes of letters are no rules, however small the picture
_SLENDER = 20  # times as long as thick: a rule, and not the stroke of a large letter
_FREE = 0.7  # of a rule has paper on both sides at least; a row of joined letters has not
_FAINTEST = 12  # levels by which a rule is darker than its neighbourhood
_NEIGHBOURHOOD = 51  # pixels: wider than most rules and the gaps beside them
_SLACK = 1  # pixels by which a rule steps aside within its length: none stands quite straight
_RIM = 2  # pixels beside a rule that have some of its colour


class _Rule(NamedTuple):
    """A level rule: where it is on the page, which pixels there are its own, and how thick it is."""

    place: tuple[slice, slice]
    mask: NDArray[np.bool_]
    thickness: int


class RemoveLines(StepOptions):
    """Paint over long thin rules, level and upright, with the paper beside them.

    Strokes of letters that cross a rule stay whole. It is for dark print on lighter paper; a page that stands
    aslant by a degree is to be deskewed before. Dotted rules stay.
    """

    length: float = Field(0.05, gt=0, le=1)
    """How long a stroke has to be for a rule, as a share of the longer side; 60 pixels at least."""
    thickness: int = Field(10, ge=1, le=100)
    """How many pixels thick a rule is at most."""

    def __call__(self, page: Page) -> Page:
        window = max(_NEIGHBOURHOOD, 4 * self.thickness + 1)
        gray = to_gray(page.pixels)
        ink = cv2.adaptiveThreshold(
            gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, _FAINTEST
        )
        length = max(_SHORTEST, round(self.length * max(gray.shape)))
        level, upright = (_rules(each, length, self.thickness) for each in (ink, cv2.transpose(ink)))
        pixels = page.pixels
        if level:
            pixels = _painted(pixels, level)
        if upright:  # after the level ones, which are the paper beside them where they cross
            pixels = _turned(_painted(_turned(pixels), upright))
        return repainted(page, pixels)


def _rules(ink: cv2.typing.MatLike, length: int, thickness: int) -> list[_Rule]:
    """The level rules among the ink."""
    along = np.ones((1, length | 1), np.uint8)
    runs = cv2.erode(cv2.dilate(ink, _upright(2 * _SLACK + 1)), along)
    if not cv2.countNonZero(runs):
        return []
    runs = cv2.bitwise_and(cv2.dilate(runs, along), ink)
    blocks = cv2.morphologyEx(runs, cv2.MORPH_OPEN, _upright(thickness + 2 * _SLACK + 1))
    runs = cv2.subtract(runs, blocks)
    outlines, _ = cv2.findContours(runs, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    reach = thickness + 2 * _RIM
    rules = []
    for outline in outlines:
        left, top, width, height = cv2.boundingRect(outline)
        if width < length:
            continue
        place = (
            slice(max(0, top - reach), top + height + reach),
            slice(max(0, left - _RIM), left + width + _RIM),
        )
        inside = np.zeros(ink[place].shape, np.uint8)
        cv2.drawContours(inside, [outline], -1, 255, cv2.FILLED, offset=(-place[1].start, -place[0].start))
        mask = np.asarray(cv2.bitwise_and(inside, runs[place])) > 0
        columns = mask.sum(axis=0)
        thick = round(float(np.median(columns[columns > 0])))
        crossed = np.asarray(cv2.morphologyEx(ink[place], cv2.MORPH_OPEN, _upright(thick + 3)))
        if thick <= min(thickness, width / _SLENDER) and np.mean(crossed[mask] == 0) >= _FREE:
            rules.append(_Rule(place, mask, thick))
    return rules


def _painted(pixels: Pixels, rules: list[_Rule]) -> Pixels:
    """A copy in which each rule has the colour above and below it, unless something crosses it there."""
    painted = pixels.copy()
    for place, mask, thickness in rules:
        part = painted[place]
        filled = np.asarray(cv2.morphologyEx(part, cv2.MORPH_CLOSE, _upright(thickness + _RIM)))
        around = cv2.dilate(mask.astype(np.uint8), np.ones((2 * _RIM + 1, 2 * _RIM + 1), np.uint8)) > 0
        part[around] = filled[around]
    return painted


def _upright(height: int) -> NDArray[np.uint8]:
    """An odd one: OpenCV moves what it opens by an even one."""
    return np.ones((height | 1, 1), np.uint8)


def _turned(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.transpose(pixels), dtype=np.uint8)
