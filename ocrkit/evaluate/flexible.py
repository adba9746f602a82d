"""Flexible character accuracy: how much was read right, whatever the order in which it stands.

After Clausner, Pletschacher and Antonacopoulos, "Flexible character accuracy measure for reading-order-
independent evaluation of OCR methods" (Pattern Recognition Letters 131, 2020): the longest line of the truth
takes the piece of the output that fits it best, what is left over of both goes back, and so on. They repeat
this with many weights and keep the best; here it is a few, which finds the same on most pages. So the figure
is an upper bound of the error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ocrkit.errors import missing_extra
from ocrkit.evaluate.rates import character_error_rate, edits, rate
from ocrkit.evaluate.text import Rules

_RULES = Rules()
_WEIGHTS = (0.0, 0.3)
"""What a letter costs, in edits, by which the lengths of the two pieces differ."""
_GOOD = 0.4  # of the letters may be wrong in what fits well
_HALF = 0.5  # a line of which less was found is lost
_WORTH_A_LOOK = 8  # pieces of the output that are compared exactly, after a quick look at all
_MOST_PAIRS = 250_000  # more lines times lines than this take minutes: then the order counts


@dataclass(frozen=True)
class Match:
    """A piece of the truth and the piece of the output that was taken for it."""

    truth: str
    found: str
    truth_line: int
    found_line: int
    errors: int


@dataclass(frozen=True)
class Flexible:
    """What came of it."""

    error_rate: float
    """1 − flexible character accuracy; above 1 where much was read that is not there."""
    errors: int
    length: int
    """Of the truth, in characters."""
    truth_lines: int
    missing_lines: int
    """Of the truth: less than half of each was read."""
    extra_lines: int
    """Of the output: less than half of each stands on the page."""
    matches: tuple[Match, ...] = ()
    missing: tuple[str, ...] = ()
    """Pieces of the truth for which nothing was left."""
    additional: tuple[str, ...] = ()
    """Pieces of the output for which nothing was left."""


def flexible(found: str, truth: str, rules: Rules = _RULES) -> Flexible:
    """Compare line by line, each with the one that fits it best."""
    read, there = rules.lines(found), rules.lines(truth)
    if len(read) * len(there) > _MOST_PAIRS:
        read, there = [" ".join(read)], [" ".join(there)]
    best = min((_matched(read, there, weight) for weight in _WEIGHTS), key=lambda each: each.errors)
    length = sum(map(len, there))
    return Flexible(
        error_rate=min(rate(best.errors, length), character_error_rate(found, truth, rules)),
        errors=best.errors,
        length=length,
        truth_lines=len(there),
        missing_lines=_lost(there, best),
        extra_lines=_lost(read, best, of_truth=False),
        matches=tuple(best.matches),
        missing=tuple(best.missing),
        additional=tuple(best.additional),
    )


@dataclass
class _Pieces:
    """Pieces of lines, each with the number of its line."""

    texts: list[str]
    lines: list[int] = field(default_factory=list)

    def take(self, place: int) -> tuple[str, int]:
        return self.texts.pop(place), self.lines.pop(place)

    def give_back(self, rest: Iterable[str], line: int) -> None:
        for text in rest:
            if text := text.strip():
                self.texts.append(text)
                self.lines.append(line)


@dataclass
class _Matching:
    errors: int = 0
    matches: list[Match] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    additional: list[str] = field(default_factory=list)


def _matched(read: list[str], there: list[str], by_length: float) -> _Matching:
    found, truth = _Pieces([], []), _Pieces([], [])
    for pieces, lines in ((found, read), (truth, there)):
        for number, text in enumerate(lines):
            pieces.give_back([text], number)
    result = _Matching()
    # What fits badly waits until all that fits well has been taken: it would take it from others.
    bad, waits = _GOOD, _Pieces([], [])
    while truth.texts or waits.texts:
        if not truth.texts:
            truth, waits, bad = waits, _Pieces([], []), 1.0
        wanted, line = truth.take(max(range(len(truth.texts)), key=lambda place: len(truth.texts[place])))
        fit = _best(wanted, found, by_length, bad)
        if fit is None and bad < 1:
            waits.give_back([wanted], line)
            continue
        if fit is None:
            result.missing.append(wanted)
            continue
        text, number = found.take(fit.place)
        piece, other = wanted[fit.start : fit.end], text[fit.other_start : fit.other_end]
        result.errors += fit.errors
        result.matches.append(Match(piece, other, line, number, fit.errors))
        truth.give_back((wanted[: fit.start], wanted[fit.end :]), line)
        found.give_back((text[: fit.other_start], text[fit.other_end :]), number)
    result.additional = found.texts
    result.errors += sum(map(len, (*result.missing, *result.additional)))
    return result


@dataclass(frozen=True)
class _Fit:
    place: int
    start: int
    end: int
    other_start: int
    other_end: int
    errors: int
    cost: float


def _best(wanted: str, found: _Pieces, by_length: float, bad: float) -> _Fit | None:
    """The piece of the output that fits best, and which part of it; None where leaving both is as good."""
    fuzz, process = _rapidfuzz()
    near = process.extract(
        wanted, found.texts, scorer=fuzz.partial_ratio, limit=_WORTH_A_LOOK, processor=None
    )
    best: _Fit | None = None
    for text, _, place in near:
        fit = _fitted(wanted, text, place, by_length, bad)
        if fit is not None and (best is None or fit.cost < best.cost):
            best = fit
    return best


def _fitted(wanted: str, text: str, place: int, by_length: float, bad: float) -> _Fit | None:
    fuzz, _ = _rapidfuzz()
    window = fuzz.partial_ratio_alignment(wanted, text)
    if window is None:
        return None
    spans = [(0, len(wanted), 0, len(text))]
    spans.append((window.src_start, window.src_end, window.dest_start, window.dest_end))
    fits = []
    for start, end, other_start, other_end in spans:
        piece, other = wanted[start:end], text[other_start:other_end]
        wrong = edits(other, piece)
        if wrong >= bad * max(len(piece), len(other)):
            continue
        shared = min(len(piece), len(other))
        cost = (wrong + by_length * abs(len(wanted) - len(other))) / shared
        # What is left over on both sides will have to be found elsewhere, and may not be.
        rest = len(wanted) - len(piece) + len(text) - len(other)
        fits.append(_Fit(place, start, end, other_start, other_end, wrong, cost + 0.01 * rest / shared))
    return min(fits, key=lambda fit: fit.cost) if fits else None


def _lost(lines: list[str], matching: _Matching, *, of_truth: bool = True) -> int:
    right = [0] * len(lines)
    for match in matching.matches:
        text, line = (match.truth, match.truth_line) if of_truth else (match.found, match.found_line)
        right[line] += max(0, len(text) - match.errors)
    return sum(count < _HALF * len(line) for count, line in zip(right, lines, strict=True))


def _rapidfuzz() -> tuple[Any, Any]:
    try:
        from rapidfuzz import fuzz, process
    except ImportError as error:
        raise missing_extra("rapidfuzz", "evaluate", "comparing texts") from error
    return fuzz, process
