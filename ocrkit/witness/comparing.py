"""Judge the words of one reading by another reading of the page, and find the words that it lacks."""

from __future__ import annotations

import functools
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ocrkit.calibration import calibration_of, is_unspaced
from ocrkit.geometry import Box, bounding_box
from ocrkit.result import Block, Finding, FindingKind, PageResult, Region, Word
from ocrkit.result.blocks import enclosing_polygon, join_words
from ocrkit.witness.agreement import Judgment
from ocrkit.witness.alignment import PageAlignment
from ocrkit.witness.differences import SURE, SURE_OF_CHARACTERS, are_similar, disagreement, needed_probability
from ocrkit.witness.places import Counterpart
from ocrkit.witness.rows import SeenUnit
from ocrkit.witness.scripts import READABLE, are_readable, is_markup
from ocrkit.witness.unread_ink import UnreadInk

_FEW_CHARACTERS = 20
"""A formula is hardly longer in print than in its source."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Facts about the second reading besides its words."""

    scripts: Collection[str] = READABLE
    unread: UnreadInk | None = None


def judge(
    alignment: PageAlignment,
    said: PageResult,
    units: Sequence[tuple[int, ...]],
    seen: PageResult,
    evidence: Evidence,
) -> tuple[list[list[Judgment]], list[Finding], float | None]:
    """The judgments of each word, the words that the reading lacks, and the coverage."""
    court = _Judge(alignment, said.blocks, seen, evidence)
    judgments = [
        [court.unit(number, word, number_of_word) for number in numbers]
        for number_of_word, (word, numbers) in enumerate(zip(said.words, units, strict=True))
    ]
    return judgments, list(court.missing()), court.coverage()


def _probabilities(alignment: PageAlignment, seen: PageResult) -> list[float | None]:
    """The probability of each unit of the second reading, calibrated for its engine if it is not yet."""
    calibration = calibration_of(seen.trace.backend, {})
    lines = seen.lines

    def probability(unit: SeenUnit) -> float | None:
        region: Word | Region = unit.word or lines[unit.line]
        known = unit.word.probability if unit.word else None
        if known is None and region.confidence is not None and calibration and unit.word:
            known = calibration(region.confidence, unspaced=is_unspaced(unit.word.text))
        elif known is None:
            known = region.confidence
        # All characters of a word are right with the probability of the word.
        return known if known is None or unit.share == 1 else known**unit.share

    return [probability(unit) for unit in alignment.seen_units]


class _Judge:
    def __init__(
        self,
        alignment: PageAlignment,
        blocks: Sequence[Block],
        seen: PageResult,
        evidence: Evidence,
    ) -> None:
        self._alignment = alignment
        self._blocks = blocks
        self._lines = seen.lines
        self._evidence = evidence
        self._probabilities = _probabilities(alignment, seen)
        self._matched = alignment.matched
        self._explained = set(self._in_opaque_blocks())
        self._runs = _runs_without(alignment.counterparts)
        self._unsure: dict[tuple[int, int], bool] = {}
        self._linked_units = {
            alignment.seen.unit_at[target] for target in alignment.links.to_seen if target >= 0
        }

    def _in_opaque_blocks(self) -> Iterator[int]:
        """The units of the second reading that belong to blocks whose text is not on the page as such."""
        for number in self._alignment.opaque:
            block = self._blocks[number]
            if block.box:
                yield from self._inside(block.box)
            else:
                yield from self._between_neighbors(number, len(block.latex or block.text))

    def _inside(self, box: Box) -> Iterator[int]:
        for number, place in enumerate(self._alignment.seen_units):
            center = bounding_box(place.polygon).center if place.polygon else None
            if center and box.nearest(center) == center:
                yield number

    def _between_neighbors(self, block: int, length: int) -> Iterator[int]:
        """The units between the texts before and after a block, if they are not far more than its source."""
        numbers = [unit.block for unit in self._alignment.said.units]
        before, after = self._neighbors(bisect_left(numbers, block), bisect_right(numbers, block))
        between = range(before + 1, after)
        if sum(len(self._alignment.seen.units[unit].text) for unit in between) <= length + _FEW_CHARACTERS:
            yield from between

    def unit(self, number: int, word: Word, number_of_word: int) -> Judgment:
        """The judgment of a word, or of a character in a wide script."""
        found = self._alignment.counterparts[number]
        unit = self._alignment.said.units[number]
        text = unit.text if len(unit.text) < len(word.text) else word.text
        judgment = functools.partial(Judgment, text, found.polygon, unit.line, number_of_word)
        if unit.block in self._alignment.opaque or is_markup(text) or not any(map(str.isalnum, text)):
            return judgment(supported=None)
        if not found.seen:
            return judgment(*self._without_counterpart(text, number))
        seen, probability = self._seen_text(found), self._probability(found.seen)
        kind = disagreement(text, seen, found.how)
        if kind is None:
            return judgment(supported=True, seen=seen, probability=probability)
        if not are_readable(text, self._evidence.scripts):
            return judgment(supported=None)
        if probability is None or probability < needed_probability(kind, text, seen):
            supported = True if kind != "digits" and are_similar(text, seen) else None
            return judgment(supported=supported, seen=seen)
        return judgment(supported=False, kind=kind, seen=seen, probability=probability)

    def _without_counterpart(self, text: str, number: int) -> tuple[bool | None, FindingKind | None]:
        """The judgment without a counterpart: invented, unless the second reading is unsure at this place."""
        if not are_readable(text, self._evidence.scripts):
            return None, None
        run = self._runs[number]
        if run not in self._unsure:
            length = sum(len(self._alignment.said.units[unit].text) for unit in range(*run))
            self._unsure[run] = self._unsure_around(*run) >= length / 2
        return (None, None) if self._unsure[run] else (False, "invented")

    def _neighbors(self, first: int, last: int) -> tuple[int, int]:
        """The units of the second reading before and after a range of units; -1 and the end without one."""
        counterparts = self._alignment.counterparts
        while first > 0 and not counterparts[first - 1].seen:
            first -= 1
        while last < len(counterparts) and not counterparts[last].seen:
            last += 1
        return (
            counterparts[first - 1].seen[-1] if first else -1,
            counterparts[last].seen[0] if last < len(counterparts) else len(self._alignment.seen.units),
        )

    def _unsure_around(self, first: int, last: int) -> float:
        """The characters that the second reading may have missed where a run of units belongs."""
        count = len(self._alignment.seen.units)
        before, after = self._neighbors(first, last)
        in_order = before < after
        unsure = sum(
            len(self._alignment.seen.units[unit].text)
            for unit in (range(before + 1, after) if in_order else range(count))
            if unit not in self._matched and not self._is_sure(unit)
        )
        if self._evidence.unread is None:
            return unsure
        box = self._box_between(before, after) if in_order and before >= 0 and after < count else None
        return unsure + self._evidence.unread.characters(box)

    def _box_between(self, before: int, after: int) -> Box | None:
        """The part of the page between two words of a line, or from the line of one to that of the other."""
        places = self._alignment.seen_units
        one, other = places[before], places[after]
        if one.line == other.line and one.polygon and other.polygon:
            left, right = bounding_box(one.polygon), bounding_box(other.polygon)
            return Box(left.right, min(left.top, right.top), right.left, max(left.bottom, right.bottom))
        first, last = self._lines[one.line].box, self._lines[other.line].box
        return first.union(last) if first and last else None

    def _probability(self, units: Iterable[int]) -> float | None:
        values = [self._probabilities[unit] for unit in units]
        known = [value for value in values if value is not None]
        return min(known) if known and len(known) == len(values) else None

    def _is_sure(self, unit: int) -> bool:
        probability = self._probabilities[unit]
        limit = SURE_OF_CHARACTERS if is_unspaced(self._alignment.seen.units[unit].text) else SURE
        return probability is not None and probability >= limit

    def _seen_text(self, found: Counterpart) -> str:
        """The text of the second reading opposite a unit."""
        seen = self._alignment.seen
        if found.stop == found.start:
            return join_words([seen.units[unit].text for unit in found.seen])
        texts = []
        for unit in found.seen:
            positions = [at for at in range(found.start, found.stop) if seen.unit_at[at] == unit]
            if positions:
                first, last = seen.position_at[positions[0]], seen.position_at[positions[-1]]
                texts.append(seen.units[unit].text[first : last + 1])
        return join_words(texts)

    def missing(self) -> Iterator[Finding]:
        """Runs of surely read words of a line that have no counterpart."""
        units, places = self._alignment.seen.units, self._alignment.seen_units
        for (is_left, _), group in groupby(
            range(len(units)), key=lambda unit: (self._is_left(unit), units[unit].line)
        ):
            numbers = list(group)
            if is_left and any(_is_word(units[number].text) for number in numbers):
                polygons = [Region(polygon=polygon) for n in numbers if (polygon := places[n].polygon)]
                yield Finding(
                    kind="missing",
                    seen=join_words([units[number].text for number in numbers]),
                    polygon=enclosing_polygon(polygons),
                    probability=self._probability(numbers),
                )

    def _is_left(self, unit: int) -> bool:
        return unit not in self._matched and unit not in self._explained and self._is_sure(unit)

    def coverage(self) -> float | None:
        """The share of the surely read characters that have a counterpart."""
        units = self._alignment.seen.units
        sure = [unit for unit in range(len(units)) if self._is_sure(unit)]
        weights = {unit: sum(map(str.isalnum, units[unit].text)) for unit in sure}
        total = sum(weights.values())
        return sum(weights[unit] for unit in sure if unit in self._linked_units) / total if total else None


def _is_word(text: str) -> bool:
    """Whether a text is more than a sign or a single letter, which may be dirt or a part of a picture."""
    count = sum(map(str.isalnum, text))
    return count > 1 or (count == 1 and (is_unspaced(text) or any(map(str.isdigit, text))))


def _runs_without(counterparts: Sequence[Counterpart]) -> dict[int, tuple[int, int]]:
    """For each unit without a counterpart, the range of such units around it."""
    runs: dict[int, tuple[int, int]] = {}
    for has_seen, group in groupby(
        range(len(counterparts)), key=lambda number: bool(counterparts[number].seen)
    ):
        if not has_seen:
            numbers = list(group)
            runs.update(dict.fromkeys(numbers, (numbers[0], numbers[-1] + 1)))
    return runs
