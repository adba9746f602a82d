"""Text that is similar to another one: words that an engine misread, divided or joined."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from ocrkit.result.blocks import is_unspaced_character

_CHUNK = re.compile(r"\S+")
_LINE_END_HYPHENS = ("-", "\u2010", "\u00ad")
_LOOK_ALIKES = str.maketrans("oli|!sbzg‘’`“”‐–—−", "011115829" + "'''" + '""' + "----")
_PUNCTUATION = ".,;:!?()[]\"'*"
_CONFUSION = 0.95
"""The similarity of texts that differ only in letters that engines confuse."""
_LONGER = 1.3
"""How much longer than the pattern a similar text may be."""


class Span(NamedTuple):
    """A range of a text, with its similarity to the pattern."""

    similarity: float
    start: int
    end: int


def similar_spans(text: str, pattern: str, minimum: float) -> list[Span]:
    """The ranges of whole words that are similar to a pattern, without overlaps, in their order.

    Case, spaces, punctuation at the ends and hyphens at line ends do not count. Where ranges overlap, the
    most similar one remains.
    """
    wanted = "".join(_folded(part) for part in pattern.split()).strip(_PUNCTUATION)

    def rank(span: Span) -> tuple[float, int, int]:
        return -span.similarity, abs(span.end - span.start - len(pattern)), span.start

    found: list[Span] = []
    for span in sorted(_candidates(text, wanted, minimum), key=rank):
        if all(span.end <= other.start or other.end <= span.start for other in found):
            found.append(span)
    return sorted(found, key=lambda each: each.start)


def outside(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """The spans that do not overlap with others."""
    return [span for span in spans if all(span.end <= each.start or each.end <= span.start for each in taken)]


def _candidates(text: str, wanted: str, minimum: float) -> Iterator[Span]:
    """All ranges of words that are similar enough."""
    pieces = list(_pieces(text))
    folded = [_without_break(text, start, end) for start, end in pieces]
    limit = _LONGER * len(wanted) + 1
    skeleton = wanted.translate(_LOOK_ALIKES)
    for first, (start, _) in enumerate(pieces):
        joined = ""
        for number in range(first, len(pieces)):
            joined += folded[number]
            if len(joined) > limit:
                break
            if len(joined) * _LONGER + 1 >= len(wanted):
                similarity = _similarity(joined.strip(_PUNCTUATION), wanted, skeleton)
                if similarity >= minimum:
                    yield Span(similarity, start, pieces[number][1])


def _similarity(text: str, wanted: str, skeleton: str) -> float:
    plain: float = Levenshtein.normalized_similarity(text, wanted)
    confused = Levenshtein.normalized_similarity(text.translate(_LOOK_ALIKES), skeleton)
    return max(plain, _CONFUSION * confused)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """The ranges of words; a character of a script without spaces is one."""
    for chunk in _CHUNK.finditer(text):
        first = chunk.start()
        for position in range(*chunk.span()):
            if is_unspaced_character(text[position]):
                if first < position:
                    yield first, position
                yield position, position + 1
                first = position + 1
        if first < chunk.end():
            yield first, chunk.end()


def _without_break(text: str, start: int, end: int) -> str:
    """A word for comparison, without a hyphen at the end of its line."""
    is_broken = text[end : end + 1] == "\n" and end - start > 1 and text[end - 1] in _LINE_END_HYPHENS
    return _folded(text[start : end - is_broken])


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
