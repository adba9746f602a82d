"""One text from several readings of a line, by a vote where they differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from ocrkit.alignment.characters import Segment, align_characters


class Character(Protocol):
    """A recognized character."""

    @property
    def text(self) -> str: ...

    @property
    def confidence(self) -> float: ...


C = TypeVar("C", bound=Character)

_NOTHING = 0.7
"""The confidence of a reading that has no character at a place."""
_SHARPNESS = 3
"""A vote counts by this power of its confidence: two doubtful readings do not outvote a sure one."""


def merge_readings(main: Sequence[C], others: Sequence[Sequence[C]], lead: float = 1.0) -> list[C]:
    """The characters of a line after a vote of its readings.

    The readings are aligned with the main one. Where one of them differs, each stretch gets the characters
    with the most votes; a vote counts by its mean confidence.

    Args:
        main: the reading that the others are aligned with.
        others: the other readings.
        lead: the weight of the main reading, relative to each of the others.
    """
    alignments = [align_characters(_texts(main), _texts(other)) for other in others]
    merged: list[C] = []
    end = 0
    for place in _disputed(alignments):
        merged += main[end : place.start]
        readings = [main[place]]
        readings += [
            other[_counterpart(alignment, place)] for other, alignment in zip(others, alignments, strict=True)
        ]
        merged += _vote(readings, lead)
        end = place.stop
    return [*merged, *main[end:]]


def _texts(characters: Sequence[C]) -> list[str]:
    return [character.text for character in characters]


def _disputed(alignments: Sequence[Sequence[Segment]]) -> Iterator[slice]:
    """The stretches of the main reading where another one differs; stretches that touch are one."""
    differing = sorted(
        (segment.first.start, segment.first.stop)
        for alignment in alignments
        for segment in alignment
        if segment.kind != "equal"
    )
    start, stop = differing[0] if differing else (0, 0)
    for first, last in differing[1:]:
        if first > stop:
            yield slice(start, stop)
            start, stop = first, last
        stop = max(stop, last)
    if differing:
        yield slice(start, stop)


def _counterpart(alignment: Sequence[Segment], place: slice) -> slice:
    """The part of another reading that is aligned with a disputed stretch of the main one."""
    bounds: list[int] = []
    for segment in alignment:
        start, stop = max(segment.first.start, place.start), min(segment.first.stop, place.stop)
        if start > stop:
            continue
        if segment.kind == "equal":
            offset = segment.second.start - segment.first.start
            bounds += (start + offset, stop + offset)
        else:  # it lies within the stretch
            bounds += (segment.second.start, segment.second.stop)
    return slice(min(bounds, default=0), max(bounds, default=0))


def _vote(readings: Sequence[Sequence[C]], lead: float) -> Sequence[C]:
    """The reading with the most votes; the first of several equal ones."""
    votes: dict[str, float] = defaultdict(float)
    first: dict[str, Sequence[C]] = {}
    for number, reading in enumerate(readings):
        text = "".join(_texts(reading))
        total = sum(character.confidence for character in reading)
        confidence = total / len(reading) if reading else _NOTHING
        votes[text] += (1.0 if number else lead) * confidence**_SHARPNESS
        first.setdefault(text, reading)
    return first[max(votes, key=lambda text: votes[text])]
