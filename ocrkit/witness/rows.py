"""The words of the local engine by rows of the page, whatever their reading order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ocrkit.geometry import Box, Polygon, bounding_box
from ocrkit.result import Word

_SAME_ROW = 0.5
"""Two words are in one row if their centers differ by less than this part of their height."""


@dataclass(frozen=True, slots=True)
class SeenUnit:
    """A word of the local engine, or a character of a wide script."""

    polygon: Polygon | None
    word: Word | None
    line: int
    share: float
    """The part of the characters of its word, or of its line if there are no words."""


class Rows:
    """Finds words beside other words."""

    def __init__(self, places: Sequence[SeenUnit]) -> None:
        self._boxes = [bounding_box(each.polygon) if each.polygon else None for each in places]
        placed = [(box.center.y, number) for number, box in enumerate(self._boxes) if box]
        self._by_height = sorted(placed)

    def between(self, before: int, after: int, free: Sequence[bool]) -> list[int]:
        """The free words in the rows of two others: after the first one, then before the second one.

        A word that is not free ends the search: what is beyond it belongs to something else.
        """
        right, left = self._beside(before, 1, free), self._beside(after, -1, free)[::-1]
        if set(right) == set(left) or not set(right) & set(left):
            return list(dict.fromkeys([*right, *left]))
        return [unit for unit in right if unit in set(left)]

    def _beside(self, unit: int, direction: int, free: Sequence[bool]) -> list[int]:
        """The free words beside a word, from near to far."""
        box = self._boxes[unit] if 0 <= unit < len(self._boxes) else None
        if box is None:
            return []
        found = []
        row = sorted(self._row(box), key=lambda number: direction * self._center(number))
        for number in row:
            if direction * (self._center(number) - box.center.x) > 0:
                if not free[number]:
                    break
                found.append(number)
        return found

    def _row(self, box: Box) -> Iterator[int]:
        reach = _SAME_ROW * box.height
        for y, number in self._by_height[bisect_left(self._by_height, (box.center.y - reach, -1)) :]:
            if y > box.center.y + reach:
                return
            yield number

    def _center(self, unit: int) -> float:
        box = self._boxes[unit]
        return box.center.x if box else 0.0
