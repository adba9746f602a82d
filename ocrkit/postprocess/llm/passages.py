"""The words of a block in reading order, with the text before and after each: what a model sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ocrkit.postprocess.edits import WordSpan, word_spans
from ocrkit.postprocess.spelling.shapes import HYPHENS
from ocrkit.result import Block

_BEFORE_CHARACTERS = 600
"""The most text before a word. It moves on in steps, so that the server's cache holds the beginning."""
_STEP = 300
_AFTER_WORDS = 3
_AFTER_CHARACTERS = 40


class PlacedWord(NamedTuple):
    """A word of a block."""

    line: int
    span: WordSpan
    before: str
    """The text of the block before it, as far as a model needs it."""
    after: str
    """The next words."""
    following: WordSpan | None
    """The next word of the same line."""
    is_divided: bool
    """Whether it begins or ends at a hyphen between two lines."""


def placed_words(block: Block) -> Iterator[PlacedWord]:
    """The words of a block in order, each with its context."""
    spans = [(index, span) for index, line in enumerate(block.lines) for span in word_spans(line)]
    text = ""
    starts, pieces = [], []
    for number, (index, span) in enumerate(spans):
        continues = (
            number > 0 and spans[number - 1][0] < index and spans[number - 1][1].text.endswith(HYPHENS)
        )
        if continues:  # the model sees the whole word
            text = text[:-1]
        elif text:
            text += " "
        starts.append(len(text))
        text += span.text
        pieces.append(span.text)
    for number, (index, span) in enumerate(spans):
        is_last = number + 1 == len(spans) or spans[number + 1][0] != index
        begins = number > 0 and spans[number - 1][0] < index and pieces[number - 1].endswith(HYPHENS)
        yield PlacedWord(
            line=index,
            span=span,
            before=_window(text[: starts[number]].rstrip()),
            after=_after(pieces[number + 1 : number + 1 + _AFTER_WORDS]),
            following=None if is_last else spans[number + 1][1],
            is_divided=begins or (is_last and span.text.endswith(HYPHENS)),
        )


def _window(before: str) -> str:
    """The end of a text that is too long. Its beginning stays the same for many words."""
    if len(before) <= _BEFORE_CHARACTERS:
        return before
    start = (len(before) - _BEFORE_CHARACTERS + _STEP - 1) // _STEP * _STEP
    return before[start:].partition(" ")[2]


def _after(pieces: list[str]) -> str:
    """The next words, without one that would be cut off."""
    text = " ".join(pieces)
    return text if len(text) <= _AFTER_CHARACTERS else text[:_AFTER_CHARACTERS].rpartition(" ")[0]
