"""Lines that one reader could not read, read by another one: as crops, or with the whole page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ocrkit.geometry import Box
from ocrkit.page import Page
from ocrkit.postprocess.block_kinds import classify_blocks
from ocrkit.postprocess.reading_order import order
from ocrkit.request import Request
from ocrkit.result import Block, Line, PageResult, Unread
from ocrkit.scripts import script_of_text
from ocrkit.scripts.advice import doubted_lines
from ocrkit.strategies.base import Reader, sign, signed
from ocrkit.strategies.contact_sheet import contact_sheet
from ocrkit.strategies.merging import is_better, joined, line_probability, merged, with_replaced

_LIKELY = 0.3
"""A reading of which a lower share of the words is expected to be right is no text either."""
_CONVINCING = 0.7
"""A reading in another script replaces a doubted one if this share of its words is expected to be right."""
_COVERED = 0.4
_TALL = 1.5


def read_lines(
    page: Page, request: Request, result: PageResult, script: str, reader: Reader
) -> tuple[PageResult, PageResult]:
    """The result with the unread lines of a script, read from crops on one sheet; and that reading.

    Lines that are not horizontal, or do not fit on a sheet, are read with the whole page.
    """
    boxes = {
        number: Box(*each.box)
        for number, each in enumerate(result.unread)
        if each.script == script and each.box
    }
    horizontal = not result.rotation and all(box.height <= _TALL * box.width for box in boxes.values())
    sheet = contact_sheet(page, boxes, reader.backend.capabilities) if horizontal else None
    if sheet is None:
        return read_page(page, request, result, script, reader)
    reading = reader.backend.recognize(sheet.page, request)
    found: dict[int, Line] = {}
    for number, lines in sheet.lines_of(reading).items():
        line = joined(lines)
        if line.text.strip() and (line_probability(line) or 0.0) >= _LIKELY:
            found[number] = sign(line.model_copy(update={"script": script}), reader.name)
    unread = tuple(each for number, each in enumerate(result.unread) if number not in found)
    blocks = (*result.blocks, *(Block.of([line]) for line in found.values()))
    arranged = classify_blocks(order(result.model_copy(update={"blocks": blocks}))) if found else result
    return arranged.model_copy(update={"unread": unread}), reading


def read_page(
    page: Page, request: Request, result: PageResult, script: str, reader: Reader
) -> tuple[PageResult, PageResult]:
    """The page as another reader reads it, with the lines that only the first one reads; and its reading."""
    reading = reader.backend.recognize(page, request)
    named = signed(reading, reader.name)
    if not _is_likely(named.lines):
        return result, reading
    first = result.lines

    def keeps_first(of_reading: Sequence[int], of_first: Sequence[int]) -> bool:
        lines = [named.lines[number] for number in of_reading]
        old = [first[number] for number in of_first]
        return bool(old) and is_better(old, lines) and not any(line.script == script for line in lines)

    has_places = all(line.box is not None for line in (*first, *named.lines))
    page_read = merged(named, result, keeps_first) if has_places else named
    unread = tuple(_uncovered((*result.unread, *named.unread), page_read.lines))
    kept = {"trace": result.trace, "warnings": (*result.warnings, *reading.warnings), "unread": unread}
    return page_read.model_copy(update=kept), reading


def read_doubted(
    page: Page, request: Request, result: PageResult, script: str, reader: Reader
) -> tuple[PageResult, PageResult, int]:
    """The result with doubted lines that another reader reads better; that reading, and their number.

    A reading is better if it is in the script that the picture shows, and probable. The reader can choose:
    the request has a language in Latin letters, too.
    """
    doubted = {id(line) for line in doubted_lines(result)[script]}
    lines = {number: line for number, line in enumerate(result.lines) if id(line) in doubted}

    def is_better_read(line: Line) -> bool:
        return script_of_text(line.text) == script and (line_probability(line) or 0.0) >= _CONVINCING

    def in_script(line: Line) -> Line:
        return sign(line.model_copy(update={"script": script}), reader.name)

    boxes = {number: Box(*line.box) for number, line in lines.items() if line.box}
    horizontal = not result.rotation and all(box.height <= _TALL * box.width for box in boxes.values())
    sheet = contact_sheet(page, boxes, reader.backend.capabilities) if horizontal and boxes else None
    reading = reader.backend.recognize(page if sheet is None else sheet.page, request)
    if sheet is not None:
        found = {number: joined(new) for number, new in sheet.lines_of(reading).items()}
        replaced = {number: (in_script(line),) for number, line in found.items() if is_better_read(line)}
        return with_replaced(result, replaced), reading, len(replaced)
    better = tuple(Block.of([in_script(line)]) for line in reading.lines if is_better_read(line))
    named = reading.model_copy(update={"blocks": better})
    read = merged(result, named, lambda of_result, _: set(of_result) <= lines.keys())
    left = sum(id(line) in doubted for line in read.lines)
    return read, reading, len(lines) - left


def _is_likely(lines: Sequence[Line]) -> bool:
    known = [value for line in lines if (value := line_probability(line)) is not None]
    return bool(lines) and (not known or sum(known) / len(known) >= _LIKELY)


def _uncovered(unread: Iterable[Unread], lines: Sequence[Line]) -> Iterable[Unread]:
    """The unread lines without text at their places, each place once."""
    boxes = [Box(*line.box) for line in lines if line.box]
    for each in unread:
        if each.box is None:
            continue
        box = Box(*each.box)
        if sum(_overlap(box, other) for other in boxes) < _COVERED * box.width * box.height:
            boxes.append(box)
            yield each


def _overlap(one: Box, other: Box) -> float:
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(0.0, width) * max(0.0, height)
