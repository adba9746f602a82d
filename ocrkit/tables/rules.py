"""The rules on a sheet: long, thin and straight."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.opencv import cv2
from ocrkit.tables.sheet import LINE

_LEVEL, _UPRIGHT = 2.5 * LINE, 1.7 * LINE  # the shortest: strokes of letters are no rules
_THICK = 0.4 * LINE
_FAINTEST = 10  # levels by which a rule is darker than its neighbourhood
_WINDOW = 41  # pixels of that neighbourhood
_BESIDE = 3  # pixels
_FREE = 0.4  # of what is beside a rule is ink, at most
_APART = 0.35 * LINE  # parts of one rule stand out of line by less, or leave a gap no longer than twice this


class Rule(NamedTuple):
    """A level or an upright one."""

    at: float
    """How far down, or to the right."""
    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start

    def covers(self, start: float, end: float) -> float:
        """How much of a stretch lies along the rule."""
        return max(0.0, min(self.end, end) - max(self.start, start))


class Rules(NamedTuple):
    """All that were found."""

    level: list[Rule]
    upright: list[Rule]


def find_rules(gray: NDArray[np.uint8]) -> Rules:
    """The rules of a picture whose lines of text are level."""
    ink = cv2.adaptiveThreshold(
        gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, _WINDOW, _FAINTEST
    )
    return Rules(_level(ink, _LEVEL), _level(cv2.transpose(ink), _UPRIGHT))


def _level(ink: cv2.typing.MatLike, shortest: float) -> list[Rule]:
    along = np.ones((1, round(shortest) | 1), np.uint8)
    runs = cv2.morphologyEx(cv2.dilate(ink, np.ones((3, 1), np.uint8)), cv2.MORPH_OPEN, along)
    blocks = cv2.morphologyEx(runs, cv2.MORPH_OPEN, np.ones((round(_THICK) | 1, 1), np.uint8))
    _, _, found, centres = cv2.connectedComponentsWithStats(cv2.subtract(runs, blocks), connectivity=8)
    rules = [
        Rule(float(middle) + 0.5, float(left), float(left + width))
        for (left, top, width, height, _), (_, middle) in zip(found[1:], centres[1:], strict=True)
        if width >= shortest
        and height <= max(_THICK, width / 20)
        and all(_inked(ink, edge, left, left + width) < _FREE for edge in (top - _BESIDE, top + height))
    ]
    return _joined(rules)


def _inked(ink: cv2.typing.MatLike, top: int, left: int, right: int) -> float:
    """The share of ink beside a rule: where it is large, the rule is the edge of a row of letters."""
    beside = ink[max(0, top) : max(0, top + _BESIDE), left:right]
    return float(np.count_nonzero(beside)) / beside.size if beside.size else 0.0


def _joined(rules: list[Rule]) -> list[Rule]:
    """Parts of one rule put together."""
    whole: list[Rule] = []
    for rule in sorted(rules, key=lambda each: each.start):
        for place, other in enumerate(whole):
            if abs(other.at - rule.at) <= _APART and rule.start - other.end <= 2 * _APART:
                at = (other.at * other.length + rule.at * rule.length) / (other.length + rule.length)
                whole[place] = Rule(at, other.start, max(other.end, rule.end))
                break
        else:
            whole.append(rule)
    return sorted(whole)
