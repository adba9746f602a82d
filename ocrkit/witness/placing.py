"""Add the places of its words to a text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ocrkit.geometry import Box, Point, Polygon
from ocrkit.result import Block, Decision, Line, PageResult, Region, Table, Word
from ocrkit.result.blocks import enclosing_polygon
from ocrkit.witness.alignment import PageAlignment
from ocrkit.witness.reading import Unit, own_words, word_spans

_MIN_INSIDE = 0.5
"""A block box is right if it contains this part of the words that were found."""
_SAME_ROW = 0.5
"""Two lines are in one row if their centers differ by less than this part of their height."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word with its place, and its range in the text of its line."""

    word: Word
    start: int
    stop: int
    units: tuple[int, ...]
    seen_line: int | None


def placed(said: PageResult, alignment: PageAlignment) -> tuple[PageResult, list[tuple[int, ...]]]:
    """The page with places, and for each of its words the units of the alignment."""
    placer = _Placer(said, alignment)
    blocks = tuple(placer.block(block) for block in said.blocks)
    count = sum(len(block.words) for block in blocks)
    known = sum(word.polygon is not None for block in blocks for word in block.words)
    reason = "aligned with the reading of the local engine"
    if placer.replaced:
        reason += f"; replaced block boxes that disagree with the words found: {placer.replaced}"
    decision = Decision(topic="places", choice=f"{known} of {count} words have a place", reason=reason)
    trace = said.trace.model_copy(update={"decisions": (*said.trace.decisions, decision)})
    return said.model_copy(update={"blocks": blocks, "trace": trace}), placer.units


class _Placer:
    """Builds the blocks of a page one by one, and counts."""

    def __init__(self, said: PageResult, alignment: PageAlignment) -> None:
        self.replaced = 0
        self.units: list[tuple[int, ...]] = []
        self._alignment = alignment
        self._limit = Box(0, 0, said.width, said.height)
        self._line = self._next_unit = 0

    def block(self, block: Block) -> Block:
        lines: list[Line] = []
        parts: list[tuple[int, ...]] = []  # for each old line, the positions of the new ones
        for line in block.lines:
            divided = list(self._lines(line))
            parts.append(tuple(range(len(lines), len(lines) + len(divided))))
            lines += divided
        polygon = self._checked(block, lines)
        table = block.table and self._table(block.table, lines, parts, polygon)
        return block.model_copy(update={"lines": tuple(lines), "polygon": polygon, "table": table})

    def _lines(self, line: Line) -> Iterator[Line]:
        """The line with its words, divided where the page begins a new line."""
        pieces = list(self._pieces(line))
        rows = list(self._rows(pieces))
        if len(rows) < 2:
            words = tuple(piece.word for piece in pieces)
            yield line.model_copy(update={"words": words, "polygon": _around(words) or line.polygon})
            return
        for number, row in enumerate(rows):
            start = 0 if number == 0 else row[0].start
            stop = len(line.text) if number + 1 == len(rows) else row[-1].stop
            words = tuple(piece.word for piece in row)
            text = line.text[start:stop].strip()
            update = {"text": text, "raw_text": text, "words": words, "polygon": _around(words)}
            yield line.model_copy(update=update)

    def _pieces(self, line: Line) -> Iterator[_Piece]:
        """The words of a line with their places."""
        own = own_words(line)
        units = self._alignment.said.units
        for number, (start, stop) in enumerate(word_spans(line)):
            mine = []
            while self._next_unit < len(units) and self._is_of(units[self._next_unit], number):
                mine.append(self._next_unit)
                self._next_unit += 1
            word = own[number] if own else Word(text=line.text[start:stop])
            for group in self._groups(mine, whole=word.text != word.raw_text):
                yield self._piece(line, word, group, whole=len(group) == len(mine), span=(start, stop))
        self._line += 1

    def _is_of(self, unit: Unit, word: int) -> bool:
        return (unit.line, unit.word) == (self._line, word)

    def _groups(self, numbers: Sequence[int], *, whole: bool) -> list[tuple[int, ...]]:
        """The units of a word; divided where the other reading begins a new word in a wide script."""
        counterparts = self._alignment.counterparts
        groups = [[numbers[0]]]
        for before, after in pairwise(numbers):
            one, other = counterparts[before].seen, counterparts[after].seen
            if not whole and one and other and self._begins_word(one[-1], other[0]):
                groups.append([])
            groups[-1].append(after)
        return [tuple(group) for group in groups]

    def _begins_word(self, before: int, after: int) -> bool:
        """Whether two units of the other reading belong to different words."""
        units = self._alignment.seen.units
        return (units[before].line, units[before].word) != (units[after].line, units[after].word)

    def _piece(
        self, line: Line, word: Word, group: tuple[int, ...], *, whole: bool, span: tuple[int, int]
    ) -> _Piece:
        units, counterparts = self._alignment.said.units, self._alignment.counterparts
        found = [counterparts[number] for number in group]
        polygon = self._inside(_around([Region(polygon=each.polygon) for each in found if each.polygon]))
        start, stop = (
            span if whole else (units[group[0]].start, units[group[-1]].start + len(units[group[-1]].text))
        )
        update: dict[str, object] = {"polygon": polygon or word.polygon}
        if not whole:
            text = line.text[start:stop]
            update |= {"text": text, "raw_text": text, "alternatives": ()}
        self.units.append(group)
        seen = next((each.seen[0] for each in found if each.seen), None)
        seen_line = None if seen is None else self._alignment.seen_units[seen].line
        return _Piece(word.model_copy(update=update), start, stop, group, seen_line)

    def _rows(self, pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
        """The pieces by rows of the page. A word without a place stays with the word before."""
        row: list[_Piece] = []
        last: _Piece | None = None
        for piece in pieces:
            if piece.seen_line is not None and piece.word.polygon:
                if last is not None and piece.seen_line != last.seen_line and _is_below(last, piece):
                    yield row
                    row = []
                last = piece
            row.append(piece)
        if row:
            yield row

    def _checked(self, block: Block, lines: Sequence[Line]) -> Polygon | None:
        """The box of a block if it agrees with its words, else the one around them."""
        found = [word for line in lines for word in line.words if word.polygon]
        if block.box is None or not found:
            return self._inside(block.polygon) or _around(lines)
        box = block.box
        inside = sum(_contains(box, word.box.center) for word in found if word.box)
        if inside >= _MIN_INSIDE * len(found):
            return self._inside(block.polygon)
        self.replaced += 1
        return _around(lines)

    def _table(
        self, table: Table, lines: Sequence[Line], parts: Sequence[tuple[int, ...]], polygon: Polygon | None
    ) -> Table:
        cells = []
        for cell in table.cells:
            numbers = tuple(new for old in cell.lines if old < len(parts) for new in parts[old])
            around = _around([lines[number] for number in numbers])
            cells.append(cell.model_copy(update={"lines": numbers, "polygon": around or cell.polygon}))
        return table.model_copy(update={"cells": tuple(cells), "polygon": polygon})

    def _inside(self, polygon: Polygon | None) -> Polygon | None:
        """The polygon, with points outside the page moved to its edge."""
        return polygon and tuple(self._limit.nearest(point) for point in polygon)


def _around(parts: Sequence[Region]) -> Polygon | None:
    return enclosing_polygon(parts)


def _contains(box: Box, point: Point) -> bool:
    return box.left <= point.x <= box.right and box.top <= point.y <= box.bottom


def _is_below(before: _Piece, after: _Piece) -> bool:
    """Whether a word is in another row than the one before it, seen along the direction of reading."""
    one, other = before.word.polygon, after.word.polygon
    if not one or not other or before.word.box is None or after.word.box is None:
        return False
    down = Point(one[-1].x - one[0].x, one[-1].y - one[0].y)
    height = math.hypot(down.x, down.y)
    if height == 0:
        return False
    first, second = before.word.box.center, after.word.box.center
    distance = ((second.x - first.x) * down.x + (second.y - first.y) * down.y) / height
    return abs(distance) > _SAME_ROW * height
