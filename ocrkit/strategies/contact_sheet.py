"""Contact sheets: crops of lines on one page, which one call reads; the words then return to their places."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ocrkit.geometry import Box, Transform
from ocrkit.page import Page, Pixels
from ocrkit.request import Capabilities
from ocrkit.result import Line, PageResult, Word

_PADDING = 0.3
"""The margin of a crop, in heights of its line: letters that a box cuts off, and not the next line."""
_GAP = 0.7
"""The space between crops, in heights of the median line: less, and readers take two crops for one block."""
_GUTTER = 3.0
_OWN = 0.15
"""How far the middle of what was read may lie outside of the line, in its heights: further, it belongs to a
neighbor of which the crop shows a part."""


@dataclass(frozen=True)
class Tile:
    """A crop on the sheet.

    Attributes:
        line: the position of the line on the page.
        box: the box of the line on the page.
        crop: what is cut out of the page: the box with a margin.
        left: where the crop begins on the sheet.
        top: where the crop begins on the sheet.
    """

    line: int
    box: Box
    crop: Box
    left: int
    top: int

    @property
    def place(self) -> Box:
        """The crop on the sheet."""
        return Box(self.left, self.top, self.left + self.crop.width, self.top + self.crop.height)

    @property
    def to_page(self) -> Transform:
        return Transform.shift(self.crop.left - self.left, self.crop.top - self.top)


@dataclass(frozen=True)
class ContactSheet:
    """Crops of lines, below each other and in columns, as a page."""

    page: Page
    tiles: tuple[Tile, ...]

    def lines_of(self, result: PageResult) -> dict[int, tuple[Line, ...]]:
        """The recognized text of each crop, at its place on the page, by the position of the line."""
        found: dict[int, list[Line]] = {}
        for line in result.lines:
            for tile, piece in self._pieces(line):
                moved = _moved(piece, tile.to_page)
                if _belongs(moved, tile.box):
                    found.setdefault(tile.line, []).append(moved)
        return {number: tuple(lines) for number, lines in found.items()}

    def _pieces(self, line: Line) -> Iterable[tuple[Tile, Line]]:
        """A line in its crop; one that runs over several columns is cut between words."""
        if not line.words or any(word.box is None for word in line.words):
            tile = self._tile_at(line.box)
            return [(tile, line)] if tile else []
        words: dict[Tile, list[Word]] = {}
        for word in line.words:
            tile = self._tile_at(word.box)
            if tile:
                words.setdefault(tile, []).append(word)
        if len(words) == 1 and sum(map(len, words.values())) == len(line.words):
            return [(next(iter(words)), line)]
        return [(tile, Line.of(part, language=line.language)) for tile, part in words.items()]

    def _tile_at(self, box: Box | None) -> Tile | None:
        if box is None:
            return None
        x, y = box.center
        return next((tile for tile in self.tiles if _contains(tile.place, x, y)), None)


def contact_sheet(page: Page, lines: Mapping[int, Box], limits: Capabilities) -> ContactSheet | None:
    """A sheet with these lines, or None if they do not fit on one that the reader accepts.

    Args:
        page: the page.
        lines: the boxes of the lines on the page, by their position.
        limits: those of the reader.
    """
    crops = {number: _crop(box, page) for number, box in lines.items()}
    gap = max(4, round(_GAP * statistics.median(box.height for box in lines.values())))
    highest = max(crop.height for crop in crops.values())
    widest = max(crop.width for crop in crops.values())
    limit = max(page.height, highest + 2 * gap)
    if limits.max_side:
        limit = min(limit, limits.max_side)
    tiles: list[Tile] = []
    left = top = column = gap
    bottom = 0.0
    for number, crop in crops.items():
        if top + crop.height + gap > limit and top > gap:
            left, top, column = round(left + column + _GUTTER * gap), gap, gap
        tiles.append(Tile(number, lines[number], crop, left, top))
        column = max(column, round(crop.width))
        bottom = max(bottom, top + crop.height)
        top += round(crop.height) + gap
    width, height = left + column + gap, round(bottom) + gap
    too_wide = width > max(page.width, widest + 2 * gap)
    if too_wide or height > limit or limits.too_large(width, height):
        return None
    return ContactSheet(_drawn(page, tiles, width, height), tuple(tiles))


def _crop(box: Box, page: Page) -> Box:
    margin = _PADDING * box.height
    return Box(
        max(0, round(box.left - margin)),
        max(0, round(box.top - margin)),
        min(page.width, round(box.right + margin)),
        min(page.height, round(box.bottom + margin)),
    )


def _drawn(page: Page, tiles: Iterable[Tile], width: int, height: int) -> Page:
    pixels = page.pixels
    sheet: Pixels = np.empty((height, width, *pixels.shape[2:]), np.uint8)
    sheet[:] = np.median(pixels[::7, ::7].reshape(-1, *pixels.shape[2:]), axis=0)  # the color of the paper
    for tile in tiles:
        left, top, right, bottom = (int(side) for side in tile.crop)
        part = pixels[top:bottom, left:right]
        sheet[tile.top : tile.top + bottom - top, tile.left : tile.left + right - left] = part
    return Page(sheet, index=page.index, dpi=page.dpi, info=page.info)


def _moved(line: Line, to_page: Transform) -> Line:
    def polygon(region: Line | Word) -> dict[str, object]:
        return {"polygon": region.polygon and to_page.polygon(region.polygon)}

    words = tuple(word.model_copy(update=polygon(word)) for word in line.words)
    return line.model_copy(update={**polygon(line), "words": words})


def _belongs(line: Line, box: Box) -> bool:
    if line.box is None:
        return False
    middle = line.box.center.y
    return box.top - _OWN * box.height <= middle <= box.bottom + _OWN * box.height


def _contains(box: Box, x: float, y: float) -> bool:
    return box.left <= x <= box.right and box.top <= y <= box.bottom
