"""Join words that are hyphenated across two lines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ocrkit.harmless import Harmless
from ocrkit.postprocess.base import StepOptions
from ocrkit.postprocess.edits import Edit, apply_edits, word_spans
from ocrkit.postprocess.spelling.dictionaries import dictionary_for, word_list_version
from ocrkit.result import Block, Line, PageResult
from ocrkit.result.hyphens import SOFT_HYPHEN, divided_word, is_line_break_hyphen, vocabulary

_HYPHENS = ("-", "\u2010", SOFT_HYPHEN)
_MIN_FREQUENCY = 2.5
"""Zipf frequency from which the dictionary counts the joined text as a word."""
_MIN_PART_FREQUENCY = 3.5
"""Zipf frequency from which the second part counts as a word of its own."""


class Hyphenation(StepOptions):
    """Join words that are hyphenated at the end of a line; the joined word goes on the first line.

    A hyphen is removed only if it is a soft hyphen, or if the word occurs elsewhere on the page without the
    hyphen and never with it. A word that is left alone on its line is not moved.
    """

    dictionaries: Harmless[bool] = False
    """Also look up words in a dictionary of the block's language. Requires `ocrkit[spelling]`."""

    @property
    def requires(self) -> tuple[str, ...]:
        """The language of a block names its dictionary."""
        return ("language",) if self.dictionaries else ()

    def __call__(self, page: PageResult) -> PageResult:
        words = vocabulary(page)
        blocks = tuple(apply_edits(block, self._edits(block, words), "hyphenation") for block in page.blocks)
        if all(new is old for new, old in zip(blocks, page.blocks, strict=True)):
            return page
        return page.model_copy(update={"blocks": blocks})

    def fingerprint(self) -> str:
        """The version of the word lists, which decide which words are joined."""
        return word_list_version() if self.dictionaries else ""

    def _edits(self, block: Block, words: frozenset[str]) -> Iterator[Edit]:
        if block.table:
            return
        for index, (line, following) in enumerate(pairwise(block.lines)):
            before, after = word_spans(line), word_spans(following)
            if not before or len(after) < 2:
                continue
            last, first = before[-1], after[0]
            joined = last.text[:-1] + first.text
            is_word = last.text[:-1][-1:].isalpha() and first.text[0].isalpha() and joined[-1] not in _HYPHENS
            if is_word and self._is_one_word(line, following, block, words):
                yield Edit(index, last.start, last.end, joined, "hyphenated at the end of the line")
                yield Edit(
                    index + 1, first.start, first.end, "", f"moved to the previous line as part of '{joined}'"
                )

    def _is_one_word(self, line: Line, following: Line, block: Block, words: frozenset[str]) -> bool:
        if is_line_break_hyphen(line.text, following.text, words):
            return True
        parts = divided_word(line.text, following.text)
        if not self.dictionaries or parts is None or "-".join(parts).casefold() in words:
            return False
        dictionary = dictionary_for((block.language or "").partition("-")[0])
        if dictionary is None:
            return False
        # `govern-ment` is joined, because `ment` is not a word. In `re-elected` the hyphen may be real.
        is_word = dictionary.frequency("".join(parts).lower()) >= _MIN_FREQUENCY
        return is_word and dictionary.frequency(parts[1]) < _MIN_PART_FREQUENCY
