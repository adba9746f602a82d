"""The lines of a page, each with what it belongs to.

The service gives words, lines, paragraphs and cells side by side; spans of the content tie them together. A
line that runs through several cells is divided among them.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ocrkit.backends.azure.languages import detected_language
from ocrkit.backends.azure.schema import AnalyzeResult, Formula, PageItem, Word
from ocrkit.backends.azure.spans import Scale, SpanIndex, start
from ocrkit.result import Handwritten, Line
from ocrkit.result import Word as ResultWord

_MARK = re.compile(r":(un)?selected:")
_FORMULA = ":formula:"


class Piece(NamedTuple):
    """A line, or the part of one that belongs to the same cell or paragraph."""

    offset: int
    line: Line


def without_marks(text: str) -> str:
    """The text of a line without the placeholders of its check boxes."""
    return " ".join(_MARK.sub(" ", text).split())


def with_symbols(text: str) -> str:
    """The text of a cell with its check boxes as characters."""
    text = _MARK.sub(lambda found: "☐" if found[1] else "☑", text)
    return "\n".join(" ".join(row.split()) for row in text.splitlines()).strip()


class LineReader:
    """Makes lines of words."""

    def __init__(self, result: AnalyzeResult, page: PageItem, scale: Scale) -> None:
        self._page = page
        self._scale = scale
        self._lines = SpanIndex((line.spans, number) for number, line in enumerate(page.lines))
        self._handwriting: SpanIndex[Handwritten] = SpanIndex(
            (style.spans, "detected") for style in result.styles if style.is_handwritten
        )
        languages = sorted(result.languages, key=lambda each: each.confidence or 0)
        self._languages = SpanIndex((each.spans, detected_language(each.locale)) for each in languages)
        self._formulas: dict[int | None, list[Formula]] = {}
        for formula in sorted(page.formulas, key=_offset):
            number = self._lines.at(_offset(formula))
            self._formulas.setdefault(number, []).append(formula)

    def pieces(self, owners: SpanIndex[Any]) -> Iterator[tuple[Any, Piece]]:
        """The owner of each piece, and the piece, in the order of the content."""
        words = sorted((each for each in self._page.words if _is_text(each)), key=_offset)
        counts = Counter(self._lines.at(_offset(word)) for word in words)
        found = []
        for (owner, number), group in itertools.groupby(
            words, key=lambda word: (owners.at(_offset(word)), self._lines.at(_offset(word)))
        ):
            own = list(group)
            is_whole = number is not None and len(own) == counts[number]
            found.append((owner, self._piece(own, number if is_whole else None)))
        for number, item in enumerate(self._page.lines):
            text = self._text(number)
            if number not in counts and text:
                offset = start(item.spans) or 0
                line = Line(text=text, polygon=self._scale.polygon(item.polygon), **self._facts(offset))
                found.append((owners.at(offset), Piece(offset, line)))
        yield from sorted(found, key=lambda pair: pair[1].offset)

    @property
    def loose_formulas(self) -> Sequence[Formula]:
        """The formulas that are in no line."""
        return self._formulas.get(None, ())

    def _piece(self, words: Sequence[Word], number: int | None) -> Piece:
        """A piece of some words: with the text and the polygon of the service if it is the whole line."""
        offset = _offset(words[0])
        known: dict[str, Any] = {}
        if number is not None:
            polygon = self._scale.polygon(self._page.lines[number].polygon)
            text = self._text(number)
            known = ({"polygon": polygon} if polygon else {}) | ({"text": text} if text else {})
        language = self._languages.at(offset)
        return Piece(offset, Line.of([self._word(word) for word in words], language=language, **known))

    def _word(self, word: Word) -> ResultWord:
        return ResultWord(
            text=word.content,
            polygon=self._scale.polygon(word.polygon),
            confidence=word.confidence,
            handwritten=self._handwriting.at(_offset(word)),
        )

    def _facts(self, offset: int) -> dict[str, Any]:
        return {"language": self._languages.at(offset), "handwritten": self._handwriting.at(offset)}

    def _text(self, number: int) -> str:
        """The text of a line, with the source of its formulas instead of their placeholders."""
        values = iter([formula.value for formula in self._formulas.get(number, ())])
        parts = without_marks(self._page.lines[number].content).split(_FORMULA)
        text = parts[0]
        for part in parts[1:]:
            text += next(values, _FORMULA) + part
        return text


def _is_text(word: Word) -> bool:
    return bool(without_marks(word.content)) and word.content != _FORMULA


def _offset(item: Word | Formula) -> int:
    return item.span.offset if item.span else 0
