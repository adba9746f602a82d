"""The counterparts of each word of one reading in another reading of the same page, and its place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ocrkit.geometry import Box, Polygon, bounding_box
from ocrkit.result import BlockKind, PageResult, Region
from ocrkit.result.blocks import enclosing_polygon
from ocrkit.witness.matching import link
from ocrkit.witness.pairing import Pairing
from ocrkit.witness.places import Counterpart, length_of, part_of
from ocrkit.witness.reading import Reading, Unit, own_words, units_of
from ocrkit.witness.rows import SeenUnit
from ocrkit.witness.tiles import Links

_DOWN, _ALONG = 4.0, 0.1
"""The weight of a distance down the page, and along a line."""
_SMALL_BLOCK = 10.0
"""The height of a block, in words, up to which its box says where a short word is."""
OPAQUE: tuple[BlockKind, ...] = ("formula", "picture")


@dataclass(frozen=True, slots=True)
class PageAlignment:
    """Two readings of a page, with the counterpart of each unit of the first."""

    said: Reading
    seen: Reading
    seen_units: tuple[SeenUnit, ...]
    links: Links
    counterparts: tuple[Counterpart, ...]
    opaque: frozenset[int]
    """The blocks of the first reading whose text is not printed as such: LaTeX, descriptions of pictures."""

    @property
    def matched(self) -> set[int]:
        """The units of the seen text that are counterparts."""
        return {unit for each in self.counterparts for unit in each.seen}


def align(said: PageResult, seen: PageResult) -> PageAlignment:
    """Align two readings of a page, and find the place of each word of the first."""
    said_reading = Reading.of(list(units_of(said)))
    seen_reading = Reading.of(list(units_of(seen)))
    places = _seen_units(seen, seen_reading.units)
    boxes = [bounding_box(each.polygon) if each.polygon else None for each in places]
    nearness = _Nearness(boxes, [block.box for block in said.blocks])
    links = link(said_reading, seen_reading, nearness)
    counterparts = _linked(links, places)
    Pairing(counterparts, said_reading, seen_reading, places).pair()
    opaque = frozenset(number for number, block in enumerate(said.blocks) if block.kind in OPAQUE)
    return PageAlignment(said_reading, seen_reading, tuple(places), links, tuple(counterparts), opaque)


class _Nearness:
    """How near a token of the seen text is to the place where a token of the said text belongs."""

    def __init__(self, boxes: Sequence[Box | None], blocks: Sequence[Box | None]) -> None:
        self._boxes = boxes
        self._blocks = blocks

    def __call__(self, links: Links, token: int, other: int) -> tuple[int, float]:
        """The position relative to the box of the block, and the distance from the neighbors."""
        box = self._box(links, other)
        if box is None:
            return 1, 0.0
        height, center = max(1.0, box.height), box.center
        block = self._blocks[links.said.units[links.said.unit_at[links.said.starts[token]]].block]
        if block is None:
            rank = 1
        elif block.nearest(center) != center:
            rank = 2
        else:
            rank = int(block.height > _SMALL_BLOCK * height)
        around = [each.center for each in self._neighbors(links, token)]
        distances = (_DOWN * abs(center.y - y) + _ALONG * abs(center.x - x) for x, y in around)
        return rank, min(distances, default=math.inf) / height

    def _box(self, links: Links, seen_token: int) -> Box | None:
        return self._boxes[links.seen.unit_at[links.seen.starts[seen_token]]]

    def _neighbors(self, links: Links, token: int) -> Iterator[Box]:
        for step in (-1, 1):
            number = token + step
            while 0 <= number < len(links.tokens) and links.tokens[number] < 0:
                number += step
            if 0 <= number < len(links.tokens):
                box = self._box(links, links.tokens[number])
                if box is not None:
                    yield box


def _seen_units(page: PageResult, units: Sequence[Unit]) -> list[SeenUnit]:
    """The polygon and the word of each unit; a part of the word or line if the unit is not all of it."""
    lines = page.lines
    found = []
    for (number, _), in_word in groupby(units, key=lambda unit: (unit.line, unit.word)):
        line = lines[number]
        words = own_words(line)
        pieces = list(in_word)
        word = words[pieces[0].word] if words else None
        start, text = (pieces[0].start, word.text) if word else (0, line.text)
        region = word or line
        for unit in pieces:
            first = unit.start - start
            polygon = region.polygon and part_of(region.polygon, text, first, first + len(unit.text))
            found.append(SeenUnit(polygon, word, number, len(unit.text) / max(1, len(text))))
    return found


def _linked(links: Links, places: Sequence[SeenUnit]) -> list[Counterpart]:
    """The counterparts by linked characters."""
    said, seen = links.said, links.seen
    targets: list[list[int]] = [[] for _ in said.units]
    for position, target in enumerate(links.to_seen):
        if target >= 0:
            targets[said.unit_at[position]].append(target)
    used = set(links.to_seen)
    return [_counterpart(seen, places, used, found) if found else Counterpart() for found in targets]


def _counterpart(
    seen: Reading, places: Sequence[SeenUnit], used: set[int], targets: Sequence[int]
) -> Counterpart:
    """The counterpart with these characters, and those around them in the same words that have no link."""
    start, stop = min(targets), max(targets) + 1
    while start > 0 and start - 1 not in used and seen.unit_at[start - 1] == seen.unit_at[start]:
        start -= 1
    while stop < len(seen.text) and stop not in used and seen.unit_at[stop] == seen.unit_at[stop - 1]:
        stop += 1
    units = tuple(sorted({seen.unit_at[target] for target in targets}))
    parts = [(unit, _part_of_unit(seen, places[unit], unit, start, stop)) for unit in units]
    return Counterpart("linked", units, start, stop, _main_polygon(places, parts))


def _part_of_unit(seen: Reading, place: SeenUnit, unit: int, start: int, stop: int) -> Polygon | None:
    """The polygon of the characters of a range that are in a unit."""
    first, last = start, stop - 1
    while seen.unit_at[first] != unit:
        first += 1
    while seen.unit_at[last] != unit:
        last -= 1
    begins = first == 0 or seen.unit_at[first - 1] != unit
    ends = last + 1 == len(seen.text) or seen.unit_at[last + 1] != unit
    if place.polygon is None or (begins and ends):
        return place.polygon
    text = seen.units[unit].text
    left = 0 if begins else seen.position_at[first]
    right = len(text) if ends else seen.position_at[last + 1]
    return part_of(place.polygon, text, left, right)


def _main_polygon(places: Sequence[SeenUnit], parts: Sequence[tuple[int, Polygon | None]]) -> Polygon | None:
    """The polygon around the parts in one line. A hyphenated word has the place of its larger part."""
    if len(parts) == 1:
        return parts[0][1]
    by_line: dict[int, list[Region]] = {}
    for unit, polygon in parts:
        if polygon:
            by_line.setdefault(places[unit].line, []).append(Region(polygon=polygon))
    polygons = [enclosing_polygon(each) for each in by_line.values()]
    return max((each for each in polygons if each), key=length_of, default=None)
