"""Words that the end of a line has cut in two, made whole."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ocrkit.postprocess.base import StepOptions
from ocrkit.postprocess.edits import Edit, edited, tokens
from ocrkit.postprocess.spelling.dictionaries import dictionary, version
from ocrkit.result import Block, Line, PageResult
from ocrkit.result.hyphens import SOFT_HYPHEN, divided_word, is_line_break_hyphen, vocabulary

_HYPHENS = ("-", "\u2010", SOFT_HYPHEN)
_KNOWN = 2.5
"""How common a word has to be for the dictionary to say that it is one."""
_COMMON = 3.5
"""And how common, for its second part to be a word of its own."""


class Hyphenation(StepOptions):
    """Join words that are hyphenated at the end of a line; the whole word stands where it began.

    A hyphen may be real. It is taken away where it is a soft one, or where the page has the word elsewhere
    without it, and never with it. What stays alone on its line is left there.
    """

    dictionaries: bool = False
    """Ask a dictionary of the block's language, too. Needs `ocrkit[spelling]`."""

    def __call__(self, page: PageResult) -> PageResult:
        words = vocabulary(page)
        blocks = tuple(edited(block, self._edits(block, words), "hyphenation") for block in page.blocks)
        if all(new is old for new, old in zip(blocks, page.blocks, strict=True)):
            return page
        return page.model_copy(update={"blocks": blocks})

    def fingerprint(self) -> str:
        """Another list of words may join others."""
        return version() if self.dictionaries else ""

    def _edits(self, block: Block, words: frozenset[str]) -> Iterator[Edit]:
        if block.table:
            return
        for number, (line, following) in enumerate(pairwise(block.lines)):
            before, after = tokens(line), tokens(following)
            if not before or len(after) < 2:
                continue
            last, first = before[-1], after[0]
            whole = last.text[:-1] + first.text
            is_word = last.text[:-1][-1:].isalpha() and first.text[0].isalpha() and whole[-1] not in _HYPHENS
            if is_word and self._is_one_word(line, following, block, words):
                yield Edit(number, last.start, last.end, whole, "hyphenated at the end of the line")
                yield Edit(number + 1, first.start, first.end, "", f"stands on the line before, in '{whole}'")

    def _is_one_word(self, line: Line, following: Line, block: Block, words: frozenset[str]) -> bool:
        if is_line_break_hyphen(line.text, following.text, words):
            return True
        parts = divided_word(line.text, following.text)
        known = dictionary((block.language or "").partition("-")[0]) if self.dictionaries and parts else None
        if known is None or parts is None or "-".join(parts).casefold() in words:
            return False
        # Of `re-` and `elected` nobody knows; `ment` is no word, so its hyphen is not real.
        return known.frequency("".join(parts).lower()) >= _KNOWN and known.frequency(parts[1]) < _COMMON
