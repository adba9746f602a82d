"""Judge which words of a result are right, by aligning them with the ground truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from ocrkit.document import Document
from ocrkit.evaluate.ground_truth import Sample
from ocrkit.evaluate.normalization import Rules
from ocrkit.geometry import Box
from ocrkit.result import Line, PageResult, Word
from ocrkit.result.blocks import is_unspaced_character

_MIN_IN_ORDER = 0.9
"""If fewer of the words that a bag of words finds are right in order, the order differs from the truth."""


class JudgedWord(NamedTuple):
    """A recognized word, and whether it is right."""

    text: str
    confidence: float | None
    right: bool
    page: int
    box: Box | None


def judge_words(document: Document, sample: Sample, rules: Rules) -> list[JudgedWord]:
    """Judge all words of a document, and the lines of engines that report no words.

    A word is right if all its letters are, and if it begins and ends where a word of the truth does: `arbour`
    is wrong if the page says `harbour`. Chinese and Japanese have no such boundaries.
    """
    rules = rules.with_hints(sample.hints)
    found = [(page, word) for page in document.pages for word in words_or_lines(page)]
    right = judge_texts([word.text for _, word in found], sample, rules)
    return [
        JudgedWord(word.text, _confidence(word), is_right, page.index, word.box)
        for (page, word), is_right in zip(found, right, strict=True)
        if rules.words(word.text)
    ]


def judge_texts(found: Sequence[str], sample: Sample, rules: Rules) -> list[bool]:
    """Judge texts in the order in which they were read. The rules include the hints of the sample."""
    texts = [rules.words(text) for text in found]
    truth = rules.words(sample.text)
    right = _judge_in_order(texts, truth, by_letter=not rules.spaces)
    unordered = _judge_in_any_order(texts, truth)
    if "order_free" in sample.hints or sum(right) < _MIN_IN_ORDER * sum(unordered):
        return unordered
    return right


def _confidence(word: Word | Line) -> float | None:
    """The confidence of the engine; None if post-processing has changed the text since."""
    return word.confidence if word.text == word.raw_text else None


def words_or_lines(page: PageResult) -> Iterator[Word | Line]:
    """The words of a page, and the lines that have no words."""
    return chain.from_iterable(line.words or (line,) for line in page.lines)


def _judge_in_order(texts: Sequence[Sequence[str]], truth: Sequence[str], *, by_letter: bool) -> list[bool]:
    """Align all letters with those of the truth."""
    found = ["".join(words) for words in texts]
    boundaries = set(accumulate(map(len, truth), initial=0))
    if by_letter:
        boundaries = set(range(sum(map(len, truth)) + 1))
    positions = _aligned_positions("".join(found), "".join(truth))
    right, start = [], 0
    for text in found:
        letters = positions[start : start + len(text)]
        start += len(text)
        first = letters[0] if letters else None
        right.append(
            first is not None
            and letters == list(range(first, first + len(text)))
            and (first in boundaries or is_unspaced_character(text[0]))
            and (first + len(text) in boundaries or is_unspaced_character(text[-1]))
        )
    return right


def _aligned_positions(found: str, truth: str) -> list[int | None]:
    """For each letter found, its position in the truth; None if it is wrong."""
    positions: list[int | None] = [None] * len(found)
    for block in Levenshtein.opcodes(found, truth):
        if block.tag == "equal":
            positions[block.src_start : block.src_end] = range(block.dest_start, block.dest_end)
    return positions


def _judge_in_any_order(texts: Sequence[Sequence[str]], truth: Sequence[str]) -> list[bool]:
    """Each word of the truth makes one word right. The letters of a word must be neighbors in the truth."""
    left = Counter(truth)
    whole = "".join(f"\n{word}\n" for word in truth)
    right = []
    for words in texts:
        needed = Counter(words)
        is_right = bool(words) and all(left[word] >= count for word, count in needed.items())
        is_right = is_right and "".join(f"\n{word}\n" for word in words) in whole
        if is_right:
            left -= needed
        right.append(is_right)
    return right
