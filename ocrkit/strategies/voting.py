"""Words of several readings of the same lines: where they agree, and which of them is right elsewhere.

A vote is about a unit: the fewest words that all readings divide at the same places. Units are taken whole
from one reading, and adjacent numbers are one unit, so that digits of two readings are never mixed.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from ocrkit.alignment import align_words
from ocrkit.geometry import Box
from ocrkit.result import Alternative, Word
from ocrkit.strategies.word_lists import WordLists

Words: TypeAlias = tuple[Word, ...]

_SURE, _UNKNOWN = 0.98, 0.5
"""No probability counts as certain, and an unknown one counts as this."""
_NOTHING = 0.7
"""The probability that there is nothing where a reading has no word, while the main one has none either."""
_NAMED, _NOT_NAMED = 2.0, 0.5
_LEAST = 0.01
_MAX_RATIO = 2.0
_SAME_PLACE = 0.5
"""Words are readings of the same ink if they share this part of the line; else they are only neighbors."""
_NO_LISTS = WordLists()
_NUMBER = re.compile(r"[\W\d_]*\d[\W\d_]*")
_SAME = str.maketrans("‘’‚“”„«»–—−", '\'\'\'"""""---')


class Unit(NamedTuple):
    """The words of each reading for the same text. The main reading is the first one."""

    start: int
    """The position of its first word in the main reading."""
    readings: tuple[Words, ...]


class Vote(NamedTuple):
    """The result of a vote."""

    words: Words
    """With the probability that the unit is right, and with the other candidates if it is undecided."""
    reading: int
    agreed: bool
    others: tuple[tuple[str, float], ...] = ()
    """The other candidates with their probabilities, the most probable first."""


def units(readings: Sequence[Words]) -> list[Unit]:
    """The units of several readings, in the order of the first one, which is the main reading."""
    main, others = readings[0], readings[1:]
    parts = [list(_parts(main, other)) for other in others]
    cuts = set(range(len(main) + 1))
    for each in parts:
        cuts -= {cut for start, stop, _ in each for cut in range(start + 1, stop)}
    cuts -= _within_numbers(main)
    bounds = sorted(cuts)
    found: list[Unit] = []
    for start, stop in itertools.pairwise(bounds):
        found += _gap(start, parts)
        inside = tuple(
            tuple(
                word for first, last, words in each if _is_inside(first, last, start, stop) for word in words
            )
            for each in parts
        )
        found.append(Unit(start, (main[start:stop], *inside)))
    return [*found, *_gap(len(main), parts)]


def vote(
    unit: Unit,
    undecided_below: float,
    *,
    trust: Sequence[float] = (),
    movable: bool = True,
    word_lists: WordLists = _NO_LISTS,
) -> Vote:
    """The most probable candidate of a unit.

    Args:
        unit: the words of each reading. Where the main reading has words, "nothing" is not a candidate.
        undecided_below: the probability below which the words get the other candidates as alternatives.
        trust: the mean probability of each reading on the page: a calibration is fitted on pages of all
            kinds, and how sure a reader is on this one tells more.
        movable: whether other words may take the place of those of the main reading.
        word_lists: how common the candidates are.
    """
    voters = [n for n, words in enumerate(unit.readings) if words or not unit.readings[0]]
    supporters: dict[str, list[int]] = {}
    for number in voters:
        supporters.setdefault(_key(unit.readings[number]), []).append(number)
    probabilities = _probabilities(unit, supporters, trust, word_lists)
    main = unit.readings[0]
    allowed = {key: _may_win(unit.readings[of[0]], main, movable=movable) for key, of in supporters.items()}
    winner, *losers = sorted(
        supporters, key=lambda key: (not allowed[key], -probabilities[key], supporters[key][0])
    )
    of_winner = supporters[winner]
    reading = of_winner[word_lists.best_division([_text(unit.readings[n]) for n in of_winner])]
    probability = probabilities[winner]
    others = tuple((_text(unit.readings[supporters[key][0]]), probabilities[key]) for key in losers)
    alternatives = [Alternative(text=text, probability=value) for text, value in others if text]
    marked = tuple(alternatives) if probability < undecided_below else ()
    words = tuple(
        word.model_copy(
            update={"probability": probability, "alternatives": marked if not index else ()}
            if len(voters) > 1
            else {}
        )
        for index, word in enumerate(unit.readings[reading])
    )
    return Vote(words, reading, len(of_winner) > 1, others if marked else ())


def _probabilities(
    unit: Unit, supporters: Mapping[str, list[int]], trust: Sequence[float], word_lists: WordLists
) -> dict[str, float]:
    """The probability of each candidate, given the readings that support it."""
    voters = sorted(itertools.chain.from_iterable(supporters.values()))
    if len(voters) == 1:
        return dict.fromkeys(supporters, 1.0)
    on_page = trust or [_UNKNOWN] * len(unit.readings)
    certainty = {n: _certainty(unit.readings[n], on_page[n]) for n in voters}
    common = word_lists.plausibilities({key: _text(unit.readings[of[0]]) for key, of in supporters.items()})
    masses = {
        key: common.get(key, 1.0)
        * math.prod(
            certainty[n] if n in of else (1 - certainty[n]) * _plausibility(unit.readings[n], key)
            for n in voters
        )
        for key, of in supporters.items()
    }
    total = sum(masses.values()) + math.prod(1 - value for value in certainty.values())
    return {key: round(mass / total, 4) for key, mass in masses.items()}


def _plausibility(words: Words, key: str) -> float:
    """How likely the engine finds this text if its own one is wrong, against any other text: 1 if unknown.

    An engine that names others is taken to have the right one among them every second time.
    """
    named = _named(words)
    if not named:
        return 1.0
    return _NAMED * named[key] / sum(named.values()) if key in named else _NOT_NAMED


def _named(words: Words) -> dict[str, float]:
    """The other readings that the engine considered, each with another reading of one of the words."""
    found: dict[str, float] = {}
    for position, word in enumerate(words):
        for other in word.alternatives:
            changed = word.model_copy(update={"text": other.text})
            key = _key((*words[:position], changed, *words[position + 1 :]))
            found[key] = found.get(key, 0.0) + max(_LEAST, other.probability or 0.0)
    return found


def _may_win(words: Words, main: Words, *, movable: bool) -> bool:
    """Whether a candidate may take the place of the main reading.

    It is about as long and at the same place. Both have letters or digits: the main reading has the symbols.
    """
    key, of_main = _key(words), _key(main)
    if key == of_main:
        return True
    if not main:
        return not key or any(map(str.isalnum, key))
    if not movable or not any(map(str.isalnum, key)) or not any(map(str.isalnum, of_main)):
        return False
    is_as_long = len(key) <= _MAX_RATIO * len(of_main) and len(of_main) <= _MAX_RATIO * len(key)
    return is_as_long and _shared_extent(words, main) >= _SAME_PLACE


def _shared_extent(words: Words, others: Words) -> float:
    """The part of the line that both have, relative to what either has; 1 if places are unknown."""
    boxes, of_others = [word.box for word in words if word.box], [word.box for word in others if word.box]
    if not boxes or not of_others:
        return 1.0
    first, second = functools.reduce(Box.union, boxes), functools.reduce(Box.union, of_others)
    union, common = first.union(second), first.intersection(second)
    if common is None:
        return 0.0
    return common.width / union.width if union.width >= union.height else common.height / union.height


def certainty_of(word: Word) -> float:
    """The probability that a word is right, within bounds; the confidence of a reader without calibration."""
    known = word.confidence if word.probability is None else word.probability
    return min(_SURE, max(1 - _SURE, _UNKNOWN if known is None else known))


def expected_right(words: Sequence[Word]) -> float:
    """The number of letters that are expected to be right."""
    return sum(len(word.text) * certainty_of(word) for word in words)


def mean_certainty(words: Sequence[Word]) -> float:
    """The mean probability of the letters, within bounds; even odds without words."""
    letters = sum(len(word.text) for word in words)
    return expected_right(words) / letters if letters else _UNKNOWN


def _parts(main: Words, other: Words) -> Iterator[tuple[int, int, Words]]:
    """The words of another reading, by the words of the main one: the first, the end, and the others.

    Where both have words without a counterpart at the same place, these are one part.
    """
    counterparts = align_words([word.text for word in main], [word.text for word in other])
    start = reached = 0
    position = 0
    while position < len(main):
        linked = counterparts[position]
        if not linked or linked[0] < reached:
            position += 1
            continue
        stop, end = position + 1, linked[-1] + 1
        while stop < len(main) and counterparts[stop] and counterparts[stop][0] < end:
            end = max(end, counterparts[stop][-1] + 1)
            stop += 1
        yield from _unlinked(start, position, other[reached : linked[0]])
        yield position, stop, other[linked[0] : end]
        start = position = stop
        reached = end
    yield from _unlinked(start, len(main), other[reached:])


def _unlinked(start: int, stop: int, words: Words) -> Iterator[tuple[int, int, Words]]:
    if words:
        yield start, stop, words


def _within_numbers(main: Words) -> set[int]:
    """The places between two adjacent numbers: `12 500` is one number, or two that are not to be mixed."""
    numeric = [bool(_NUMBER.fullmatch(word.text)) for word in main]
    return {place for place in range(1, len(main)) if numeric[place - 1] and numeric[place]}


def _gap(place: int, parts: Sequence[Sequence[tuple[int, int, Words]]]) -> list[Unit]:
    """The words that only other readings have at a place between two words of the main one."""
    words = tuple(
        tuple(word for start, stop, found in each if start == stop == place for word in found)
        for each in parts
    )
    return [Unit(place, ((), *words))] if any(words) else []


def _is_inside(first: int, last: int, start: int, stop: int) -> bool:
    if first == last:  # a gap: one at the edge is a unit of its own
        return start < first < stop
    return start <= first and last <= stop


def _certainty(words: Words, trust: float) -> float:
    """The probability that all words are right: one reading may divide what is one word in another."""
    return math.prod(mean_odds(certainty_of(word), trust) for word in words) if words else _NOTHING


def mean_odds(one: float, other: float) -> float:
    """The probability whose odds are the geometric mean of two odds. An even one leaves the other weaker."""
    right, wrong = math.sqrt(one * other), math.sqrt((1 - one) * (1 - other))
    return right / (right + wrong)


def _text(words: Words) -> str:
    return " ".join(word.text for word in words)


def _key(words: Words) -> str:
    """The text, without differences that are only ones of spacing, width and quotation marks."""
    text = unicodedata.normalize("NFKC", "".join(word.text for word in words))
    return text.translate(_SAME)
