"""The counterparts of each word of one reading in another reading of the same page, and its place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Literal, NamedTuple, TypeAlias

from ocrkit.geometry import Box, Point, Polygon, bounding_box
from ocrkit.result import BlockKind, PageResult, Region
from ocrkit.result.blocks import enclosing_polygon, is_unspaced_character
from ocrkit.witness.matching import Links, link
from ocrkit.witness.reading import Reading, Unit, own_words, units_of
from ocrkit.witness.rows import Rows, SeenUnit

How: TypeAlias = Literal["linked", "paired", "gap", "none"]
"""Why a word has its place: by its characters, opposite other words, in a gap of a line, or it has none."""

_MAX_RATIO = 2.5
"""Words can be readings of other words if neither has more characters than the other by this factor."""
_MIN_GAP = 0.4
"""A gap can hold a word if it has this part of its estimated width."""
_NARROW, _WIDE = set("iljtfrI1.,:;'|!()[]-"), set("mwMW@%")
_DOWN, _ALONG = 4.0, 0.1
"""The weight of a distance down the page, and along a line."""
_SMALL_BLOCK = 10.0
"""The height of a block, in words, up to which its box says where a short word is."""
OPAQUE: tuple[BlockKind, ...] = ("formula", "picture")


class Counterpart(NamedTuple):
    """What corresponds to a unit of the said text."""

    how: How = "none"
    seen: tuple[int, ...] = ()
    """The units of the seen text, in its order."""
    start: int = 0
    """The range of their characters in the seen text; empty unless linked."""
    stop: int = 0
    polygon: Polygon | None = None


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
        """The units of the seen text that are a counterpart."""
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
    _Rest(counterparts, said_reading, seen_reading, places).pair()
    opaque = frozenset(number for number, block in enumerate(said.blocks) if block.kind in OPAQUE)
    return PageAlignment(said_reading, seen_reading, tuple(places), links, tuple(counterparts), opaque)


class _Nearness:
    """How near a token of the seen text is to the place where a token of the said text belongs."""

    def __init__(self, boxes: Sequence[Box | None], blocks: Sequence[Box | None]) -> None:
        self._boxes = boxes
        self._blocks = blocks

    def __call__(self, links: Links, token: int, other: int) -> tuple[int, float]:
        """How it lies to the box of the block, and the distance from the neighbors."""
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
    return max((each for each in polygons if each), key=_length, default=None)


def _length(polygon: Polygon) -> float:
    return abs(polygon[1].x - polygon[0].x) + abs(polygon[1].y - polygon[0].y)


class _Rest:
    """Gives units without a link the words, or the gap, between the places of their neighbors."""

    def __init__(
        self, counterparts: list[Counterpart], said: Reading, seen: Reading, places: Sequence[SeenUnit]
    ) -> None:
        self._counterparts = counterparts
        self._said, self._seen = said.units, seen.units
        self._places = places
        self._said_text, self._seen_text = set(said.unit_at), set(seen.unit_at)
        matched = {unit for each in counterparts for unit in each.seen}
        self._free = [number not in matched for number in range(len(seen.units))]
        self._rows = Rows(places)

    def pair(self) -> None:
        """Pair words first, and then signs, which are only paired with signs."""
        for with_text in (True, False):
            numbers = [
                number
                for number, each in enumerate(self._counterparts)
                if each.seen or (number in self._said_text) == with_text
            ]
            for has_seen, run in groupby(
                range(len(numbers)), key=lambda at: bool(self._counterparts[numbers[at]].seen)
            ):
                positions = list(run)
                if not has_seen:
                    before = numbers[positions[0] - 1] if positions[0] else -1
                    last = positions[-1] + 1
                    after = numbers[last] if last < len(numbers) else len(self._said)
                    self._pair_run([numbers[at] for at in positions], before, after, with_text=with_text)

    def _pair_run(self, run: Sequence[int], before: int, after: int, *, with_text: bool) -> None:
        """Pair a run of units, which stands between two units that have a counterpart."""
        start = self._counterparts[before].seen[-1] if before >= 0 else -1
        stop = self._counterparts[after].seen[0] if after < len(self._said) else len(self._seen)
        texts = [self._said[number].text for number in run]
        between: Sequence[int] = range(start + 1, stop)
        if start > stop or not all(self._free[unit] for unit in between):
            between = self._rows.between(start, stop, self._free)
        between = [unit for unit in between if (unit in self._seen_text) == with_text]
        found = _paired(texts, self._seen, self._places, between)
        if not between and stop == start + 1:
            gap = _gap(self._counterparts, before, after, self._places)
            found = _in_gap(texts, gap, self._counterparts[before]) if gap else []
        for number, each in zip(run, found, strict=False):
            self._counterparts[number] = each
            for unit in each.seen:
                self._free[unit] = False


def _paired(
    texts: Sequence[str], seen: Sequence[Unit], places: Sequence[SeenUnit], between: Sequence[int]
) -> list[Counterpart]:
    """Words of the one text opposite words of the other, one to one or by their share of the characters."""
    if not between:
        return []
    length, other = sum(map(len, texts)), sum(len(seen[unit].text) for unit in between)
    if len(texts) == len(between):
        pairs = zip(texts, between, strict=True)
        return [Counterpart("paired", (unit,), polygon=places[unit].polygon) for _, unit in pairs]
    if not length <= _MAX_RATIO * other <= _MAX_RATIO * _MAX_RATIO * length:
        return []
    polygons = [Region(polygon=polygon) for unit in between if (polygon := places[unit].polygon)]
    one_line = len({places[unit].line for unit in between}) == 1
    whole = enclosing_polygon(polygons) if one_line else None
    ends = list(accumulate(len(seen[unit].text) for unit in between))
    found: list[Counterpart] = []
    start = 0
    for text in texts:
        middle = (start + len(text) / 2) / length * other
        unit = next(between[number] for number, end in enumerate(ends) if middle <= end)
        polygon = part_of(whole, " ".join(texts), *_with_spaces(texts, len(found))) if whole else None
        found.append(Counterpart("paired", (unit,), polygon=polygon or places[unit].polygon))
        start += len(text)
    return found


def _with_spaces(texts: Sequence[str], number: int) -> tuple[int, int]:
    start = sum(len(text) + 1 for text in texts[:number])
    return start, start + len(texts[number])


def _gap(
    counterparts: Sequence[Counterpart], before: int, after: int, places: Sequence[SeenUnit]
) -> Polygon | None:
    """The space between two words of a line."""
    if before < 0 or after >= len(counterparts):
        return None
    left, right = counterparts[before], counterparts[after]
    if not left.polygon or not right.polygon or len(left.polygon) != 4 or len(right.polygon) != 4:
        return None
    if places[left.seen[-1]].line != places[right.seen[0]].line:
        return None
    return (left.polygon[1], right.polygon[0], right.polygon[3], left.polygon[2])


def _in_gap(texts: Sequence[str], gap: Polygon, before: Counterpart) -> list[Counterpart]:
    """The places of words in a gap, if it is wide enough for them."""
    text = f" {' '.join(texts)} "
    if before.polygon is None or _length(gap) <= 0 or not before.stop > before.start:
        return []
    character = _length(before.polygon) / (before.stop - before.start)
    if _length(gap) < _MIN_GAP * character * len(text) or _length(gap) < 1.5 * character:
        return []
    ranges = [_with_spaces(texts, number) for number in range(len(texts))]
    return [Counterpart("gap", polygon=part_of(gap, text, start + 1, stop + 1)) for start, stop in ranges]


def part_of(polygon: Polygon, text: str, start: int, stop: int) -> Polygon:
    """The part of a polygon along its text that some of the characters fill, by their usual widths."""
    if start <= 0 and stop >= len(text):
        return polygon
    widths = [_width(each) for each in text]
    total = sum(widths) or 1.0
    if len(polygon) != 4:
        polygon = bounding_box(polygon).polygon
    first, last = sum(widths[:start]) / total, sum(widths[:stop]) / total
    top_left, top_right, bottom_right, bottom_left = polygon
    return (
        _between(top_left, top_right, first),
        _between(top_left, top_right, last),
        _between(bottom_left, bottom_right, last),
        _between(bottom_left, bottom_right, first),
    )


def _width(character: str) -> float:
    """The usual width of a character, in widths of a small letter."""
    if is_unspaced_character(character):
        return 2.0
    return 0.5 if character in _NARROW else 1.4 if character in _WIDE else 1.0


def _between(start: Point, end: Point, share: float) -> Point:
    return Point(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)
