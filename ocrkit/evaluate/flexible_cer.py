"""Flexible character accuracy: the share of characters that were read correctly, whatever their order.

After Clausner, Pletschacher and Antonacopoulos, "Flexible character accuracy measure for reading-order-
independent evaluation of OCR methods" (Pattern Recognition Letters 131, 2020): match the longest line of the
truth with the piece of the output that fits it best, put the rest of both back, and repeat. The authors try
many weights and keep the best result; a few weights find the same on most pages. The error rate is an upper
bound.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from ocrkit.evaluate.normalization import Rules
from ocrkit.evaluate.rates import character_error_rate, edit_distance, error_rate

_RULES = Rules()
_LENGTH_WEIGHTS = (0.0, 0.3)
"""The cost, in edits, of each letter by which the lengths of two pieces differ."""
_MAX_ERRORS_OF_GOOD_FIT = 0.4  # of the letters
_MIN_MATCHED = 0.5  # of a line; with less, the line is lost
_MAX_CANDIDATES = 8  # pieces of the output that are compared exactly, after a quick comparison of all
_MAX_PAIRS = 250_000  # of lines: comparing more takes minutes, so their order counts instead


@dataclass(frozen=True)
class MatchedPieces:
    """A piece of the truth and the piece of the output that matches it."""

    truth: str
    found: str
    truth_line: int
    found_line: int
    errors: int


@dataclass(frozen=True)
class FlexibleMatching:
    """The matches between an output and the truth, and the error rate that follows from them."""

    error_rate: float
    """1 − flexible character accuracy; above 1 if the output is much longer than the truth."""
    errors: int
    length: int
    """Characters of the truth."""
    truth_lines: int
    missing_lines: int
    """Lines of the truth of which less than half was read."""
    extra_lines: int
    """Lines of the output of which less than half is on the page."""
    matches: tuple[MatchedPieces, ...] = ()
    missing: tuple[str, ...] = ()
    """Unmatched pieces of the truth."""
    additional: tuple[str, ...] = ()
    """Unmatched pieces of the output."""


def match_flexibly(found: str, truth: str, rules: Rules = _RULES) -> FlexibleMatching:
    """Match each line of the truth with what fits it best, in any order."""
    found_lines, truth_lines = rules.lines(found), rules.lines(truth)
    if len(found_lines) * len(truth_lines) > _MAX_PAIRS:
        found_lines, truth_lines = [" ".join(found_lines)], [" ".join(truth_lines)]
    matchings = (_match(found_lines, truth_lines, weight) for weight in _LENGTH_WEIGHTS)
    best = min(matchings, key=lambda each: each.errors)
    length = sum(map(len, truth_lines))
    return FlexibleMatching(
        error_rate=min(error_rate(best.errors, length), character_error_rate(found, truth, rules)),
        errors=best.errors,
        length=length,
        truth_lines=len(truth_lines),
        missing_lines=_count_lost(truth_lines, best),
        extra_lines=_count_lost(found_lines, best, of_truth=False),
        matches=tuple(best.matches),
        missing=tuple(best.missing),
        additional=tuple(best.additional),
    )


@dataclass
class _Pool:
    """Pieces of lines that are not matched yet, each with the index of its line."""

    texts: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, lines: Iterable[str]) -> _Pool:
        pool = cls()
        for index, line in enumerate(lines):
            pool.put((line,), index)
        return pool

    def take(self, index: int) -> tuple[str, int]:
        return self.texts.pop(index), self.lines.pop(index)

    def take_longest(self) -> tuple[str, int]:
        return self.take(max(range(len(self.texts)), key=lambda index: len(self.texts[index])))

    def put(self, pieces: Iterable[str], line: int) -> None:
        for piece in pieces:
            if text := piece.strip():
                self.texts.append(text)
                self.lines.append(line)


@dataclass
class _Matching:
    errors: int = 0
    matches: list[MatchedPieces] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    additional: list[str] = field(default_factory=list)


def _match(found_lines: list[str], truth_lines: list[str], length_weight: float) -> _Matching:
    found, truth = _Pool.of(found_lines), _Pool.of(truth_lines)
    result = _Matching()
    # Pieces without a good fit wait until all others are matched, so as not to take the fits of those.
    waiting, max_errors = _Pool(), _MAX_ERRORS_OF_GOOD_FIT
    while truth.texts or waiting.texts:
        if not truth.texts:
            truth, waiting, max_errors = waiting, _Pool(), 1.0
        piece, line = truth.take_longest()
        fit = _best_fit(piece, found, length_weight, max_errors)
        if fit is None and max_errors < 1:
            waiting.put((piece,), line)
            continue
        if fit is None:
            result.missing.append(piece)
            continue
        other, other_line = found.take(fit.index)
        matched, matched_other = piece[fit.start : fit.end], other[fit.other_start : fit.other_end]
        result.errors += fit.errors
        result.matches.append(MatchedPieces(matched, matched_other, line, other_line, fit.errors))
        truth.put((piece[: fit.start], piece[fit.end :]), line)
        found.put((other[: fit.other_start], other[fit.other_end :]), other_line)
    result.additional = found.texts
    result.errors += sum(map(len, (*result.missing, *result.additional)))
    return result


@dataclass(frozen=True)
class _Fit:
    """The part of a piece that matches a part of another, which has this index in the pool."""

    index: int
    start: int
    end: int
    other_start: int
    other_end: int
    errors: int
    cost: float


def _best_fit(piece: str, found: _Pool, length_weight: float, max_errors: float) -> _Fit | None:
    """The best fit in the output; None if no match is better than leaving the piece unmatched."""
    candidates = process.extract(
        piece, found.texts, scorer=fuzz.partial_ratio, limit=_MAX_CANDIDATES, processor=None
    )
    best: _Fit | None = None
    for text, _, index in candidates:
        fit = _fit(piece, text, index, length_weight, max_errors)
        if fit is not None and (best is None or fit.cost < best.cost):
            best = fit
    return best


def _fit(piece: str, other: str, index: int, length_weight: float, max_errors: float) -> _Fit | None:
    """The better of two fits: of both pieces as a whole, or of their best-aligned parts."""
    window = fuzz.partial_ratio_alignment(piece, other)
    if window is None:
        return None
    spans = [(0, len(piece), 0, len(other))]
    spans.append((window.src_start, window.src_end, window.dest_start, window.dest_end))
    fits = []
    for start, end, other_start, other_end in spans:
        part, other_part = piece[start:end], other[other_start:other_end]
        errors = edit_distance(other_part, part)
        if errors >= max_errors * max(len(part), len(other_part)):
            continue
        shared = min(len(part), len(other_part))
        cost = (errors + length_weight * abs(len(piece) - len(other_part))) / shared
        # The rest of both pieces has to match something else, and may not.
        rest = len(piece) - len(part) + len(other) - len(other_part)
        fits.append(_Fit(index, start, end, other_start, other_end, errors, cost + 0.01 * rest / shared))
    return min(fits, key=lambda fit: fit.cost) if fits else None


def _count_lost(lines: list[str], matching: _Matching, *, of_truth: bool = True) -> int:
    """The number of lines of which too little is matched."""
    right = [0] * len(lines)
    for match in matching.matches:
        text, line = (match.truth, match.truth_line) if of_truth else (match.found, match.found_line)
        right[line] += max(0, len(text) - match.errors)
    return sum(count < _MIN_MATCHED * len(line) for count, line in zip(right, lines, strict=True))
