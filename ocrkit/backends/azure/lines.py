"""The lines of a page, each with the cell or paragraph that it belongs to.

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
from ocrkit.backends.azure.schema import AnalyzeResult, Formula, Mark, PageItem, Word
from ocrkit.backends.azure.spans import Scale, SpanIndex, start
from ocrkit.result import Handwritten, Line
from ocrkit.result import Word as ResultWord

_MARK = re.compile(r":(un)?selected:")
_FORMULA = ":formula:"
_NO_SYMBOLS = str.maketrans("☐☑", "  ")


class Piece(NamedTuple):
    """A line, or the part of one that belongs to the same cell or paragraph."""

    offset: int
    line: Line


class _Item(NamedTuple):
    """A word or a check box, with its owner."""

    offset: int
    word: ResultWord
    owner: Any
    line: int | None
    is_mark: bool


def without_marks(text: str) -> str:
    """A text without check boxes."""
    return " ".join(_MARK.sub(" ", text).translate(_NO_SYMBOLS).split())


def with_symbols(text: str) -> str:
    """A text with its check boxes as characters."""
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
        """Pairs of an owner and its piece, in the order of the content."""
        items = self._items(owners)
        counts = Counter(item.line for item in items if not item.is_mark)
        found = []
        for (owner, number), group in itertools.groupby(items, key=lambda item: (item.owner, item.line)):
            own = list(group)
            is_whole = sum(not item.is_mark for item in own) == counts[number]
            found.append((owner, self._piece(own, number if is_whole else None)))
        for number, item in enumerate(self._page.lines):
            text = self._text(number)
            if number not in counts and without_marks(text):
                offset = start(item.spans) or 0
                line = Line(text=text, polygon=self._scale.polygon(item.polygon), **self._facts(offset))
                found.append((owners.at(offset), Piece(offset, line)))
        yield from sorted(found, key=lambda pair: pair[1].offset)

    def _items(self, owners: SpanIndex[Any]) -> list[_Item]:
        """The words and check boxes of the page in the order of the content."""
        words = [(_offset(each), self._word(each), False) for each in self._page.words if _is_text(each)]
        marks = [
            (each.span.offset, self._mark(each), True) for each in self._page.selection_marks if each.span
        ]
        found = sorted((*words, *marks), key=lambda entry: entry[0])
        items = [
            _Item(offset, word, owners.at(offset), self._lines.at(offset), is_mark)
            for offset, word, is_mark in found
        ]
        return [_beside_its_label(items, position) for position in range(len(items))]

    @property
    def loose_formulas(self) -> Sequence[Formula]:
        """The formulas outside all lines."""
        return self._formulas.get(None, ())

    def _piece(self, items: Sequence[_Item], number: int | None) -> Piece:
        """A piece of a line. A whole line keeps the text and the polygon of the service."""
        offset = items[0].offset
        known: dict[str, Any] = {}
        if number is not None:
            text = self._text(number)
            polygon = self._scale.polygon(self._page.lines[number].polygon)
            shown = text.count("☐") + text.count("☑")
            if text and shown == sum(item.is_mark for item in items):
                known = {"text": text, **({"polygon": polygon} if polygon else {})}
        line = Line.of([item.word for item in items], language=self._languages.at(offset), **known)
        if line.polygon and "polygon" not in known:  # the rectangle around rotated words may leave the page
            line = line.model_copy(update={"polygon": self._scale.clipped(line.polygon)})
        return Piece(offset, line)

    def _mark(self, mark: Mark) -> ResultWord:
        """A check box as a word."""
        return ResultWord(
            text="☑" if mark.state == "selected" else "☐",
            polygon=self._scale.polygon(mark.polygon),
            confidence=mark.confidence,
        )

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
        """The text of a line with its check boxes, and the source of its formulas."""
        values = iter([formula.value for formula in self._formulas.get(number, ())])
        parts = with_symbols(self._page.lines[number].content).split(_FORMULA)
        text = parts[0]
        for part in parts[1:]:
            text += next(values, _FORMULA) + part
        return " ".join(text.split())


def _beside_its_label(items: Sequence[_Item], position: int) -> _Item:
    """Move a check box outside all lines to the line of an adjacent word that is beside it."""
    item = items[position]
    if not item.is_mark or item.line is not None:
        return item
    for other in (*items[position + 1 : position + 2], *items[max(0, position - 1) : position]):
        if other.owner == item.owner and other.line is not None and _share_a_row(item.word, other.word):
            return item._replace(line=other.line)
    return item


def _share_a_row(one: ResultWord, other: ResultWord) -> bool:
    if one.box is None or other.box is None:
        return False
    shared = min(one.box.bottom, other.box.bottom) - max(one.box.top, other.box.top)
    return shared >= 0.5 * min(one.box.height, other.box.height)


def _is_text(word: Word) -> bool:
    return bool(without_marks(word.content)) and word.content != _FORMULA


def _offset(item: Word | Formula) -> int:
    return item.span.offset if item.span else 0
