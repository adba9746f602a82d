"""What one reading of a page says and another does not support, and what it lacks."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rapidfuzz.distance import Levenshtein

from ocrkit.calibration import calibration_of, is_unspaced
from ocrkit.geometry import Box, Polygon, bounding_box
from ocrkit.result import Finding, FindingKind, PageResult, Region, Word
from ocrkit.result.blocks import enclosing_polygon, join_words
from ocrkit.witness.alignment import Counterpart, PageAlignment
from ocrkit.witness.reading import LOOK_ALIKES
from ocrkit.witness.rows import SeenUnit
from ocrkit.witness.scripts import READABLE, are_readable, is_markup
from ocrkit.witness.unread_ink import UnreadInk

SURE = 0.8
"""The probability from which a word of the local engine is evidence against other text."""
SURE_OF_WORDS = 0.6
"""The same where most letters differ: a word is rarely misread as quite another one."""
SURE_OF_LETTERS = 0.95
"""The same where most letters agree: a single letter is easier to misread than a word."""
SURE_OF_DIGITS = 0.5
"""The same for digits: a wrong number costs more than a false alarm."""
SURE_OF_CHARACTERS = 0.98
"""The same for a character of a script without spaces: a line has many of them."""

_SEPARATORS = ".,:/-"
_CODE = re.compile(rf"\w(?:[\w{_SEPARATORS}]*\w)?")
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"), "-")
_ORDER: tuple[FindingKind, ...] = ("digits", "invented", "differs", "missing")


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a second reading supports a reading of the same page."""

    agreement: float | None
    """The share of the words that the second reading supports; words that it cannot judge do not count.
    None if it can judge none."""
    coverage: float | None
    """The share of the surely read characters of the second reading that the first one contains."""
    findings: tuple[Finding, ...] = ()
    """The disagreements: numbers first, then in the order of the page."""

    def of_kind(self, kind: FindingKind) -> tuple[Finding, ...]:
        """The findings of one kind."""
        return tuple(each for each in self.findings if each.kind == kind)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about the second reading besides its words."""

    scripts: Collection[str] = READABLE
    unread: UnreadInk | None = None


@dataclass(frozen=True, slots=True)
class Judgment:
    """A word of the reading, and what the second reading says about it."""

    text: str
    polygon: Polygon | None
    line: int
    word: int
    """The position of the word on the page."""
    supported: bool | None
    """None where the second reading cannot judge."""
    kind: FindingKind | None = None
    seen: str = ""
    probability: float | None = None


def judge(
    alignment: PageAlignment,
    said: PageResult,
    units: Sequence[tuple[int, ...]],
    seen: PageResult,
    evidence: Evidence,
) -> tuple[list[list[Judgment]], list[Finding], float | None]:
    """The judgments of each word, the words that the reading lacks, and the coverage."""
    court = _Judge(alignment, [block.box for block in said.blocks], seen, evidence)
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
        boxes_of_blocks: Sequence[Box | None],
        seen: PageResult,
        evidence: Evidence,
    ) -> None:
        self._alignment = alignment
        self._boxes_of_blocks = boxes_of_blocks
        self._lines = seen.lines
        self._evidence = evidence
        self._probabilities = _probabilities(alignment, seen)
        self._matched = alignment.matched
        self._explained = set(self._in_opaque_blocks())
        self._unsure: dict[tuple[int, int], bool] = {}
        self._linked_units = {
            alignment.seen.unit_at[target] for target in alignment.links.to_seen if target >= 0
        }

    def _in_opaque_blocks(self) -> Iterator[int]:
        """The units of the second reading that belong to blocks whose text is not on the page as such."""
        units, count = self._alignment.said.units, len(self._alignment.seen.units)
        for block in self._alignment.opaque:
            numbers = [number for number, unit in enumerate(units) if unit.block == block]
            if numbers:
                before, after = self._neighbors(numbers[0], numbers[-1] + 1)
                yield from range(before + 1, min(after, count))
            box = self._boxes_of_blocks[block]
            for number, place in enumerate(self._alignment.seen_units):
                center = bounding_box(place.polygon).center if box and place.polygon else None
                if box and center and box.nearest(center) == center:
                    yield number

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
        kind = _disagreement(text, seen, found.how)
        if kind is None:
            return judgment(supported=True, seen=seen, probability=probability)
        if not are_readable(text, self._evidence.scripts):
            return judgment(supported=None)
        if probability is None or probability < _limit(kind, text, seen):
            supported = True if kind != "digits" and _are_similar(text, seen) else None
            return judgment(supported=supported, seen=seen)
        return judgment(supported=False, kind=kind, seen=seen, probability=probability)

    def _without_counterpart(self, text: str, number: int) -> tuple[bool | None, FindingKind | None]:
        """No evidence: an invention, unless the second reading is unsure of what is there."""
        if not are_readable(text, self._evidence.scripts):
            return None, None
        run = self._run_around(number)
        if run not in self._unsure:
            length = sum(len(self._alignment.said.units[unit].text) for unit in range(*run))
            self._unsure[run] = self._unsure_around(*run) >= length / 2
        return (None, None) if self._unsure[run] else (False, "invented")

    def _run_around(self, number: int) -> tuple[int, int]:
        """The range of units without a counterpart around a unit."""
        counterparts = self._alignment.counterparts
        first, last = number, number + 1
        while first > 0 and not counterparts[first - 1].seen:
            first -= 1
        while last < len(counterparts) and not counterparts[last].seen:
            last += 1
        return first, last

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
        for is_missing, group in groupby(
            range(len(units)), key=lambda unit: (self._is_missing(unit), units[unit].line)
        ):
            numbers = list(group)
            if is_missing[0]:
                polygons = [Region(polygon=polygon) for n in numbers if (polygon := places[n].polygon)]
                yield Finding(
                    kind="missing",
                    seen=join_words([units[number].text for number in numbers]),
                    polygon=enclosing_polygon(polygons),
                    probability=self._probability(numbers),
                )

    def _is_missing(self, unit: int) -> bool:
        text = self._alignment.seen.units[unit].text
        if unit in self._matched or unit in self._explained or not self._is_sure(unit):
            return False
        count = sum(character.isalnum() for character in text)
        return (
            count > 1 or any(character.isdigit() for character in text) or (count == 1 and is_unspaced(text))
        )

    def coverage(self) -> float | None:
        """The share of the surely read characters that have a counterpart."""
        units = self._alignment.seen.units
        sure = [unit for unit in range(len(units)) if self._is_sure(unit)]
        weights = {unit: sum(map(str.isalnum, units[unit].text)) for unit in sure}
        total = sum(weights.values())
        return sum(weights[unit] for unit in sure if unit in self._linked_units) / total if total else None


def findings_of(judgments: Sequence[Judgment]) -> Iterator[Finding]:
    """Findings about words; neighbors of one kind are one finding, except numbers."""
    for _, group in groupby(judgments, key=_group):
        words = list(group)
        kind = words[0].kind
        if kind is None:
            continue
        values = [each.probability for each in words if each.probability is not None]
        polygons = [Region(polygon=each.polygon) for each in words if each.polygon]
        yield Finding(
            kind=kind,
            text=join_words([each.text for each in words]),
            seen=join_words([each.seen for each in words if each.seen]),
            polygon=enclosing_polygon(polygons),
            probability=min(values, default=None),
        )


def _group(judgment: Judgment) -> tuple[FindingKind, int, int] | None:
    if judgment.kind is None:
        return None
    return (judgment.kind, judgment.line, judgment.word if judgment.kind in ("digits", "differs") else 0)


def agreement_of(
    judged_words: Sequence[Sequence[Judgment]], missing: Sequence[Finding], coverage: float | None
) -> Agreement:
    """The figures and the findings of a page."""
    judgments = [each for word in judged_words for each in word]
    judged = [each for each in judgments if each.supported is not None]
    supported = sum(each.supported is True for each in judged)
    found = [*findings_of(judgments), *missing]
    return Agreement(
        agreement=supported / len(judged) if judged else None,
        coverage=coverage,
        findings=tuple(sorted(found, key=lambda each: _ORDER.index(each.kind))),
    )


def _disagreement(said: str, seen: str, how: str) -> FindingKind | None:
    """The kind of disagreement between a word and the text opposite it; None if they agree."""
    one, other = code(said), code(seen)
    if one == other:
        return None
    if any(map(str.isdigit, one)) and (how == "linked" or any(map(str.isdigit, other))):
        return "digits"
    return None if _folded(one) == _folded(other) else "differs"


def _limit(kind: FindingKind, said: str, seen: str) -> float:
    if kind == "digits":
        return SURE_OF_DIGITS
    if is_unspaced(said):
        return SURE_OF_CHARACTERS
    return SURE_OF_LETTERS if _are_similar(said, seen) else SURE_OF_WORDS


def _are_similar(said: str, seen: str) -> bool:
    return Levenshtein.normalized_similarity(code(said), code(seen)) >= 0.5


@functools.lru_cache(maxsize=16_384)
def code(text: str) -> str:
    """A text without case, spaces and punctuation, except separators inside it: what numbers depend on."""
    plain = unicodedata.normalize("NFKC", text.translate(LOOK_ALIKES)).casefold().translate(_DASHES)
    kept = "".join(each for each in plain if each.isalnum() or each in _SEPARATORS)
    found = _CODE.search(kept)
    return found[0] if found else ""


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(each for each in plain if each.isalnum())
