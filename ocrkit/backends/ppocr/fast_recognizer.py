"""Reads lines with a small model, and those that it doubts again with a larger one.

The small model is several times as fast, and clean print is hardly ever doubtful.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from ocrkit.backends.ppocr.alphabets import Limit, Script
from ocrkit.backends.ppocr.recognition import RecognizedText, Recognizer
from ocrkit.page import Pixels

SURE = 0.5
"""A line is doubtful if its least sure character is below this confidence."""


class LineRecognizer(Protocol):
    """Reads crops of lines."""

    @property
    def name(self) -> str:
        """The model, as reported in results."""
        ...

    @property
    def alphabet(self) -> tuple[str, ...]: ...

    @property
    def limit(self) -> Limit | None:
        """The characters to choose among, except where a line is clearly in another script."""
        ...

    def limited(self, scripts: frozenset[Script] | None) -> LineRecognizer:
        """The same recognizer for text in these scripts; for any text without scripts."""
        ...

    def for_columns(self) -> LineRecognizer:
        """The same recognizer for turned columns of vertical text."""
        ...

    def read(self, crops: Iterable[Pixels]) -> Iterator[RecognizedText]:
        """Read crops made by `crop_line`, in order."""
        ...


class FastRecognizer:
    """Two recognizers of different sizes that work as one."""

    name = "PP-OCRv6 tiny and small"

    def __init__(self, small: Recognizer, large: Recognizer) -> None:
        self._small = small
        self._large = large

    @property
    def alphabet(self) -> tuple[str, ...]:
        return self._large.alphabet

    @property
    def limit(self) -> Limit | None:
        return self._large.limit

    def limited(self, scripts: frozenset[Script] | None) -> FastRecognizer:
        return FastRecognizer(self._small.limited(scripts), self._large.limited(scripts))

    def for_columns(self) -> FastRecognizer:
        return FastRecognizer(self._small.for_columns(), self._large.for_columns())

    def read(self, crops: Iterable[Pixels]) -> Iterator[RecognizedText]:
        crops = list(crops)
        texts = list(self._small.read(crops))
        doubtful = [index for index, text in enumerate(texts) if is_doubtful(text)]
        again = self._large.read(crops[index] for index in doubtful)
        for index, text in zip(doubtful, again, strict=True):
            texts[index] = text
        return iter(texts)


def is_doubtful(text: RecognizedText) -> bool:
    """Whether a line must be read again. One without text may hold letters that the model does not know."""
    return not text.characters or min(each.confidence for each in text.characters) < SURE
