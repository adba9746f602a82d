"""Ink that looks like text and that the local engine did not read."""

from __future__ import annotations

import math

from ocrkit.geometry import Box
from ocrkit.page import Page
from ocrkit.quality import InkMap, polygons_of
from ocrkit.result import PageResult


class UnreadInk:
    """Text-like ink outside of the words of a reading, measured in characters of this reading."""

    def __init__(self, page: Page, seen: PageResult) -> None:
        """Measure the ink of the page. The reading is in pixels of the same page."""
        ink = InkMap.of(page.pixels)
        self._page = Box(0, 0, page.width, page.height)
        self._unread = ink.without(polygons_of(seen))
        self._is_blank = ink.is_blank
        self._all = self._unread.inside(self._page)
        read = ink.inside(self._page) - self._all
        count = sum(map(str.isalnum, seen.text))
        self._ink_of_character = read / count if count else 0.0

    def characters(self, box: Box | None = None) -> float:
        """About how many characters are unread in a box, or on the page."""
        ink = self._unread.inside(box) if box else self._all
        if self._is_blank or ink == 0:
            return 0.0
        return ink / self._ink_of_character if self._ink_of_character else math.inf
