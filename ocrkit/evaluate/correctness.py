"""Which words of a result are right: aligned with the truth letter by letter, or in another order, freely."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from typing import NamedTuple

from ocrkit.document import Document
from ocrkit.evaluate.ground_truth import Sample
from ocrkit.evaluate.rates import levenshtein
from ocrkit.evaluate.text import Rules
from ocrkit.geometry import Box
from ocrkit.result import Line, PageResult, Word
from ocrkit.result.blocks import is_unspaced_character

_OTHER_ORDER = 0.9
"""Where fewer words than this share of what a bag of words finds are right in order, the order is another."""


class JudgedWord(NamedTuple):
    """A word that was read, and whether it stands on the page."""

    text: str
    confidence: float | None
    right: bool
    page: int
    box: Box | None


def judged(document: Document, sample: Sample, rules: Rules) -> list[JudgedWord]:
    """All words of a document; lines, where the engine tells no words apart.

    A word is right when all its letters are, and no more and no fewer stand there: `arbour` is not right
    where the page says `harbour`. Chinese and Japanese have no such ends.
    """
    rules = rules.hinted(sample.hints)
    pieces = [(page, piece) for page in document.pages for piece in pieces_of(page)]
    texts = [rules.words(piece.text) for _, piece in pieces]
    there = rules.words(sample.text)
    right = _in_order(texts, there, by_letter=not rules.spaces)
    free = _in_any_order(texts, there)
    if "order_free" in sample.hints or sum(right) < _OTHER_ORDER * sum(free):
        right = free
    return [
        JudgedWord(piece.text, _confidence(piece), is_right, page.index, piece.box)
        for (page, piece), words, is_right in zip(pieces, texts, right, strict=True)
        if words
    ]


def _confidence(piece: Word | Line) -> float | None:
    """That of the engine, in what it has read: a word that was changed since is another."""
    return piece.confidence if piece.text == piece.raw_text else None


def pieces_of(page: PageResult) -> Iterator[Word | Line]:
    """The words of a page, and the lines that have none."""
    return chain.from_iterable(line.words or (line,) for line in page.lines)


def _in_order(texts: Sequence[Sequence[str]], there: Sequence[str], *, by_letter: bool) -> list[bool]:
    read = ["".join(words) for words in texts]
    ends = set(accumulate(map(len, there), initial=0))
    if by_letter:
        ends = set(range(sum(map(len, there)) + 1))
    whole, truth = "".join(read), "".join(there)
    place: list[int | None] = [None] * len(whole)
    for block in levenshtein().opcodes(whole, truth):
        if block.tag == "equal":
            for offset in range(block.src_end - block.src_start):
                place[block.src_start + offset] = block.dest_start + offset
    right, start = [], 0
    for text in read:
        letters = place[start : start + len(text)]
        start += len(text)
        first = letters[0] if letters else None
        right.append(
            first is not None
            and letters == list(range(first, first + len(text)))
            and (first in ends or is_unspaced_character(text[0]))
            and (first + len(text) in ends or is_unspaced_character(text[-1]))
        )
    return right


def _in_any_order(texts: Sequence[Sequence[str]], there: Sequence[str]) -> list[bool]:
    """Each word of the truth makes one word right. Letters that were read as one piece stand together."""
    left = Counter(there)
    whole = "".join(f"\n{word}\n" for word in there)
    right = []
    for words in texts:
        wanted = Counter(words)
        is_there = bool(words) and all(left[word] >= count for word, count in wanted.items())
        is_there = is_there and "".join(f"\n{word}\n" for word in words) in whole
        if is_there:
            left -= wanted
        right.append(is_there)
    return right
