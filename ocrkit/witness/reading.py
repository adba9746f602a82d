"""The words of a page as one sequence of characters, in which two readings can be aligned."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ocrkit.result import Line, PageResult, Word
from ocrkit.result.blocks import is_unspaced_character

_RUN = re.compile(r"[^\W_]+(?:(?<=\d)[.,:/'-](?=\d)[^\W_]+)*")
_CHUNK = re.compile(r"\S+")
LOOK_ALIKES = str.maketrans("ヘベペニーカロタエハ丶", "へべぺ二一力口夕工八、")
"""Characters that look the same in print, as no reading of one line can tell them apart."""


class Unit(NamedTuple):
    """The smallest piece of a reading that gets a place: a word, or one character of a wide script."""

    text: str
    block: int
    line: int
    """The position of the line on the page, counted over all blocks."""
    start: int
    """The position of its first character in the text of the line."""
    word: int
    """The position of its word in the line."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The units of a page, and the tokens and characters that are compared.

    A token is a run of letters and digits without case, accents and punctuation, a number with its
    separators, or one wide character. A text of tokens ignores what engines write differently: spaces,
    quotes, Markdown, ligatures.
    """

    units: tuple[Unit, ...]
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    """The position of each token in `text`, and the length of the text."""
    text: str
    unit_at: tuple[int, ...]
    """The unit of each character of `text`."""
    position_at: tuple[int, ...]
    """The position of each character of `text` in its unit."""

    @classmethod
    def of(cls, units: Sequence[Unit]) -> Reading:
        """The reading that these units make."""
        tokens: list[str] = []
        starts: list[int] = [0]
        unit_at: list[int] = []
        position_at: list[int] = []
        for number, unit in enumerate(units):
            for token, positions in folded_tokens(unit.text):
                tokens.append(token)
                starts.append(starts[-1] + len(token))
                unit_at += [number] * len(token)
                position_at += positions
        return cls(
            tuple(units), tuple(tokens), tuple(starts), "".join(tokens), tuple(unit_at), tuple(position_at)
        )


def units_of(page: PageResult) -> Iterator[Unit]:
    """The units of a page in its order."""
    number = 0
    for block, each in enumerate(page.blocks):
        for line in each.lines:
            for word, (start, end) in enumerate(word_spans(line)):
                for first, last in _pieces(line.text, start, end):
                    yield Unit(line.text[first:last], block, number, first, word)
            number += 1


def word_spans(line: Line) -> list[tuple[int, int]]:
    """The ranges of the words in the text of a line; runs without spaces where the line has no words."""
    spans = []
    position = 0
    for word in line.words:
        found = line.text.find(word.text, position) if word.text else -1
        if found < 0:
            return _chunks(line)
        position = found + len(word.text)
        spans.append((found, position))
    return spans or _chunks(line)


def own_words(line: Line) -> tuple[Word, ...]:
    """The words of a line that `word_spans` refers to; none where the line has no usable words."""
    spans = word_spans(line)
    matches = len(spans) == len(line.words) and all(
        line.text[start:end] == word.text for (start, end), word in zip(spans, line.words, strict=True)
    )
    return line.words if matches else ()


def _chunks(line: Line) -> list[tuple[int, int]]:
    return [match.span() for match in _CHUNK.finditer(line.text)]


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The range itself, or its wide characters one by one and the runs between them."""
    first = start
    for position in range(start, end):
        if not text.isascii() and is_unspaced_character(text[position]):
            if first < position:
                yield first, position
            yield position, position + 1
            first = position + 1
    if first < end:
        yield first, end


@functools.lru_cache(maxsize=16_384)
def folded_tokens(text: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The tokens of a text, each with the position of its characters in the text."""
    if text.isascii():
        folded, positions = text.lower(), tuple(range(len(text)))
    else:
        pairs = [(part, at) for at, character in enumerate(text) for part in _fold(character)]
        folded, positions = "".join(part for part, _ in pairs), tuple(at for _, at in pairs)
    return tuple(
        (folded[start:end], positions[start:end])
        for run in _RUN.finditer(folded)
        for start, end in _pieces(folded, *run.span())
    )


@functools.lru_cache(maxsize=16_384)
def _fold(character: str) -> str:
    """A character without case, accent and compatibility form."""
    plain = unicodedata.normalize("NFKD", character.translate(LOOK_ALIKES).casefold())
    kept = "".join(part for part in plain if not unicodedata.combining(part))
    return unicodedata.normalize("NFC", kept).casefold() if kept else ""
