"""Selection marks as words of the text: `☐` and `☑` beside their labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ocrkit.geometry import Box
from ocrkit.result import Block, Correction, Line, PageResult, SelectionMark, Table, Word
from ocrkit.result.blocks import enclosing_polygon

STEP = "marks"
"""The name of this step in corrections."""
_MISREAD = frozenset("□■☐☑☒◻◼▢口囗回国图凶区図囚田日因四○●◯◎@©®OoQ0DXxVv√✓✔✗[]()|lLUu+*·.-_")
"""Characters that engines read in the place of a mark."""
_MISREAD_LENGTH = 4
_LABEL_DISTANCE = 3.0
"""The largest distance between a mark and its label, in heights of the mark."""
_GROWN = 0.25
"""Engines draw the box of a misread mark larger than it is."""


class _Place(NamedTuple):
    """A line beside a mark, and the distance between the two."""

    block: int
    line: int
    distance: float


def with_symbols(result: PageResult, marks: Sequence[SelectionMark]) -> PageResult:
    """The page with a word for each mark: in the line of its label, in a table cell, or in a line of its own.

    Words that the engine misread in the place of a mark are replaced; `raw_text` keeps the recognized text.

    Args:
        result: the page.
        marks: the marks, with polygons in the coordinates of the page.
    """
    for mark in marks:
        if mark.box:
            result = result.model_copy(update={"blocks": _with_symbol(result.blocks, mark, mark.box)})
    return result


def _with_symbol(blocks: tuple[Block, ...], mark: SelectionMark, box: Box) -> tuple[Block, ...]:
    place = min(_places(blocks, box), key=lambda place: place.distance, default=None)
    if place is not None:
        block = blocks[place.block]
        lines = list(block.lines)
        lines[place.line] = _insert(lines[place.line], mark, box)
        changed = block.with_lines(lines)
        if not block.table:
            changed = changed.model_copy(update={"polygon": enclosing_polygon(lines)})
        return (*blocks[: place.block], changed, *blocks[place.block + 1 :])
    line = Line.of([_word(mark)], raw_text="")
    for number, block in enumerate(blocks):
        if block.table and (table := _with_cell(block.table, box, len(block.lines), mark.symbol)):
            changed = block.model_copy(update={"table": table, "lines": (*block.lines, line)})
            return (*blocks[:number], changed, *blocks[number + 1 :])
    position = next(
        (n for n, block in enumerate(blocks) if block.box and block.box.top > box.bottom), len(blocks)
    )
    return (*blocks[:position], Block.of([line]), *blocks[position:])


def _word(mark: SelectionMark) -> Word:
    return Word(text=mark.symbol, raw_text="", polygon=mark.polygon, confidence=mark.confidence)


def _places(blocks: Sequence[Block], box: Box) -> Iterator[_Place]:
    """The lines at the height of a mark that begin or end beside it, or surround it."""
    for number, block in enumerate(blocks):
        for index, line in enumerate(block.lines):
            of_line = line.box
            if of_line is None or not line.text.strip():
                continue
            shared = min(of_line.bottom, box.bottom) - max(of_line.top, box.top)
            if shared < 0.5 * min(of_line.height, box.height) or of_line.height > 4 * box.height:
                continue
            gap = max(of_line.left - box.right, box.left - of_line.right, 0.0)
            if gap <= _LABEL_DISTANCE * box.height:
                # The label is usually at the right of its mark.
                yield _Place(number, index, gap * (1.0 if of_line.center.x > box.center.x else 1.5))


def _insert(line: Line, mark: SelectionMark, box: Box) -> Line:
    """The line with the mark as a word."""
    if not line.words:
        return _insert_in_text(line, mark, box)
    words = list(line.words)
    misread = next((index for index, word in enumerate(words) if _is_misread(word, box)), None)
    if misread is not None:
        before = words[misread]
        words[misread] = before.model_copy(
            update={
                "text": mark.symbol,
                "polygon": mark.polygon,
                "probability": None,
                "corrections": (*before.corrections, _correction(before.text, mark)),
            }
        )
        text = _replaced(line.text, line.words, misread, mark.symbol)
    else:
        position = sum(bool(word.box and word.box.center.x < box.center.x) for word in words)
        words.insert(position, _word(mark))
        text = _inserted(line.text, line.words, position, mark.symbol)
    polygon = enclosing_polygon([line, mark])
    return line.model_copy(update={"words": tuple(words), "text": text, "polygon": polygon})


def _insert_in_text(line: Line, mark: SelectionMark, box: Box) -> Line:
    """The same for a line without words."""
    text, of_line = line.text, line.box
    is_before = bool(of_line and box.center.x < of_line.center.x)
    if of_line and box.intersection(of_line):  # the line includes what the engine read in the mark
        first, last = text.split()[0], text.split()[-1]
        if is_before and set(first) <= _MISREAD and first != text.strip():
            text = text.lstrip()[len(first) :].lstrip()
        elif not is_before and set(last) <= _MISREAD and last != text.strip():
            text = text.rstrip()[: -len(last)].rstrip()
    text = f"{mark.symbol} {text}" if is_before else f"{text} {mark.symbol}"
    return line.model_copy(update={"text": text, "polygon": enclosing_polygon([line, mark])})


def _is_misread(word: Word, box: Box) -> bool:
    """Whether a word is the engine's misreading of a mark."""
    if not word.box or len(word.text) > _MISREAD_LENGTH or not set(word.text) <= _MISREAD:
        return False
    margin = _GROWN * box.height
    grown = Box(box.left - margin, box.top - margin, box.right + margin, box.bottom + margin)
    shared = grown.intersection(word.box)
    return shared is not None and shared.area >= 0.5 * word.box.area


def _correction(before: str, mark: SelectionMark) -> Correction:
    return Correction(before=before, after=mark.symbol, by=STEP, reason="a check box or radio button is here")


def _end_of(text: str, words: Sequence[Word], count: int) -> int:
    """The offset where the first words of a text end."""
    position = 0
    for word in words[:count]:
        found = text.find(word.text, position)
        position = found + len(word.text) if found >= 0 else position
    return position


def _inserted(text: str, words: Sequence[Word], position: int, symbol: str) -> str:
    end = _end_of(text, words, position)
    return f"{text[:end]} {symbol} {text[end:].lstrip()}".strip()


def _replaced(text: str, words: Sequence[Word], index: int, symbol: str) -> str:
    start, end = _end_of(text, words, index), _end_of(text, words, index + 1)
    return f"{text[:start]} {symbol} {text[end:].lstrip()}".strip()


def _with_cell(table: Table, box: Box, line: int, symbol: str) -> Table | None:
    """The table with the mark in the cell around it; None if no cell is there."""
    for number, cell in enumerate(table.cells):
        inside = cell.box
        if (
            inside
            and inside.left <= box.center.x <= inside.right
            and inside.top <= box.center.y <= inside.bottom
        ):
            update = {"text": f"{cell.text} {symbol}".strip(), "lines": (*cell.lines, line)}
            changed = cell.model_copy(update=update)
            return table.model_copy(
                update={"cells": (*table.cells[:number], changed, *table.cells[number + 1 :])}
            )
    return None
