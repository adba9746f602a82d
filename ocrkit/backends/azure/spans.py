"""Positions in the content of a page, and on the page."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ocrkit.backends.azure.schema import PageItem, Region, Span
from ocrkit.backends.remote import polygon_of_corners
from ocrkit.geometry import Polygon
from ocrkit.page import Encoded

T = TypeVar("T")


class SpanIndex(Generic[T]):
    """Finds the owner of a position in the content. Where spans overlap, the one that starts last wins."""

    def __init__(self, items: Iterable[tuple[Sequence[Span], T]]) -> None:
        entries = [
            (span.offset, span.offset + span.length, value) for spans, value in items for span in spans
        ]
        self._entries = sorted(entries, key=lambda entry: entry[0])
        self._starts = [entry[0] for entry in self._entries]

    def at(self, offset: int) -> T | None:
        position = bisect_right(self._starts, offset) - 1
        if position < 0:
            return None
        _, end, value = self._entries[position]
        return value if offset < end else None


def start(spans: Sequence[Span]) -> int | None:
    """The offset where the first of several spans starts."""
    return min((span.offset for span in spans), default=None)


@dataclass(frozen=True)
class Scale:
    """Converts the unit of a page to pixels of the image that was sent."""

    page: PageItem
    image: Encoded

    def polygon(self, numbers: Sequence[float]) -> Polygon | None:
        """A polygon from x and y in turn."""
        width, height = self.page.width, self.page.height
        if not (width and height):
            return None
        corners = [
            (x * self.image.width / width, y * self.image.height / height)
            for x, y in zip(numbers[::2], numbers[1::2], strict=False)
        ]
        return polygon_of_corners(corners, self.image.width, self.image.height)

    def clipped(self, polygon: Polygon) -> Polygon | None:
        """The part of a polygon on the image."""
        return polygon_of_corners(polygon, self.image.width, self.image.height)

    def region(self, regions: Sequence[Region]) -> Polygon | None:
        """The polygon of the first region on this page."""
        own = (self.page.page_number, None)
        return next((self.polygon(each.polygon) for each in regions if each.page_number in own), None)
