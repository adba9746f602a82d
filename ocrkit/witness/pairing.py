"""Places of words that have no counterpart by their characters, between the places of their neighbors."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, groupby

from ocrkit.geometry import Polygon
from ocrkit.result import Region
from ocrkit.result.blocks import enclosing_polygon
from ocrkit.witness.places import Counterpart, length_of, part_of
from ocrkit.witness.reading import Reading, Unit
from ocrkit.witness.rows import Rows, SeenUnit

_MAX_RATIO = 2.5
"""Words can be readings of other words if neither has more characters than the other by this factor."""
_MIN_GAP = 0.4
"""A gap can hold a word if it has this part of its estimated width."""


class Pairing:
    """Pairs units without a link with the words, or the gap, between their neighbors."""

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
    if before.polygon is None or length_of(gap) <= 0 or not before.stop > before.start:
        return []
    character = length_of(before.polygon) / (before.stop - before.start)
    if length_of(gap) < _MIN_GAP * character * len(text) or length_of(gap) < 1.5 * character:
        return []
    ranges = [_with_spaces(texts, number) for number in range(len(texts))]
    return [Counterpart("gap", polygon=part_of(gap, text, start + 1, stop + 1)) for start, stop in ranges]
