"""Furniture of a single page, by its position, size and text."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from ocrkit.geometry import Box
from ocrkit.postprocess.furniture.patterns import is_footnote, is_page_number, is_stamp, page_number
from ocrkit.postprocess.furniture.rows import (
    Edge,
    EdgeRows,
    Row,
    edge_rows,
    has_text_area,
    is_horizontal,
    letter_height,
)
from ocrkit.result import Block, BlockKind, Line, PageResult

_MAX_HEIGHT = 1.4
"""Letter height of running heads, relative to the text. Larger letters are a heading."""
_MAX_NUMBER_HEIGHT = 2.0
_OUTER = 0.06
"""This share of the page height at the edge is margin on most pages."""
_NEAR = 0.1
_SIDE = 0.1
"""A stamp up the side of a page lies in this share of its width."""
_SMALL = 0.85
_NUMBER_GAP, _SIGNED_NUMBER_GAP, _STAMP_GAP = 0.5, 0.0, 0.5  # in line heights
_WIDER = 1.3
"""The distance of a row with a page number from the text, relative to the usual distance of rows."""
_NUMBER_DISTANCE = 4.0
"""The distance of a page number from the words beside it, in letter heights."""
_SENTENCE = 60
_RECEIPT = 2.2
"""Pages that are this much taller than wide are receipts and strips, without margins."""


def page_furniture(blocks: Sequence[Block], page: PageResult) -> Mapping[int, BlockKind]:
    """The kinds of lines that are furniture, by the `id` of the line."""
    if not has_text_area(page):
        return {}
    line_height = statistics.median(letter_height(line) for line in page.lines if line.box) or 1.0
    found = dict(_side_stamps(blocks, page))
    edges = edge_rows(blocks, page)
    numbers = {edge: _number_rows(rows, line_height) for edge, rows in edges.items()}
    for edge, rows in edges.items():
        other = numbers["bottom" if edge == "top" else "top"]
        for row in _stamp_rows(rows) or numbers[edge]:
            found |= row_kinds(row, edge)
        score = _score(rows, edge, page, line_height, has_number_elsewhere=bool(other))
        if score >= _signs_needed(rows.apart):
            for row in rows.apart:
                found |= row_kinds(row, edge)
    return found


def row_kinds(row: Row, edge: Edge) -> dict[int, BlockKind]:
    """The kind of each line of a row of furniture."""
    running: BlockKind = "header" if edge == "top" else "footer"
    return {id(line): "page_number" if is_page_number(line.text) else running for line in row.lines}


def _number_rows(edge: EdgeRows, line_height: float) -> tuple[Row, ...]:
    """The outermost row if it is a page number, which may be close to the text."""
    if not edge.rows:
        return ()
    row, gap = edge.rows[0], edge.gaps[0]
    if _has_number_apart(row) and row.height <= _MAX_HEIGHT * line_height:
        return (row,) if gap >= max(_NUMBER_GAP, _WIDER * edge.usual_gap) else ()
    if not is_page_number(row.text) or row.height > _MAX_NUMBER_HEIGHT * line_height:
        return ()
    least = _NUMBER_GAP if row.text.strip().isalnum() else _SIGNED_NUMBER_GAP
    return (row,) if gap >= least else ()


def _has_number_apart(row: Row) -> bool:
    """Whether a page number stands at one end of a row, far from its other words: `CHAPTER 4      158`."""
    words = sorted(
        ((word.text, box) for line in row.lines for word in line.words if (box := word.box)),
        key=lambda word: word[1].left,
    )
    if len(words) < 2:
        return False
    ends = (
        (words[0], words[1][1].left - words[0][1].right),
        (words[-1], words[-1][1].left - words[-2][1].right),
    )
    return any(
        text.isdecimal() and page_number(text) is not None and gap >= _NUMBER_DISTANCE * row.height
        for (text, _), gap in ends
    )


def _stamp_rows(edge: EdgeRows) -> tuple[Row, ...]:
    """The outermost rows up to the last stamp, if a gap separates them from the text."""
    for count in range(len(edge.rows), 0, -1):
        rows = edge.rows[:count]
        are_stamps = all(is_stamp(row.text) or is_page_number(row.text) for row in rows)
        if are_stamps and edge.gaps[count - 1] >= _STAMP_GAP:
            return rows
    return ()


def _side_stamps(blocks: Sequence[Block], page: PageResult) -> dict[int, BlockKind]:
    """Stamps that run up or down the side of the page."""

    def is_at_side(box: Box) -> bool:
        return box.right < _SIDE * page.width or box.left > (1 - _SIDE) * page.width

    return {
        id(line): "header"
        for block in blocks
        for line in block.lines
        if line.box and not is_horizontal(line) and is_at_side(line.box) and is_stamp(line.text)
    }


def _signs_needed(rows: Sequence[Row]) -> int:
    """One sign for a single row; several rows are more often a letterhead or a title."""
    return 1 if len(rows) == 1 else len(rows) + 1


def _score(
    edge_rows: EdgeRows, edge: Edge, page: PageResult, line_height: float, *, has_number_elsewhere: bool
) -> int:
    """How many signs speak for furniture in the rows that a gap separates from the text."""
    rows = edge_rows.apart
    if not rows or max(row.height for row in rows) > _MAX_HEIGHT * line_height:
        return -1
    text = " ".join(row.text for row in rows).strip()
    distance = rows[0].box.top if edge == "top" else page.height - rows[0].box.bottom
    is_tall = page.height > _RECEIPT * page.width
    score = sum(
        [
            has_number_elsewhere,
            any(page_number(line.text) is not None for row in rows for line in row.lines),
            distance < _OUTER * page.height and not is_tall,
            max(row.height for row in rows) < _SMALL * line_height
            and distance < _NEAR * page.height
            and not is_tall,
            edge == "top" and _continues(page, rows),
        ]
    )
    is_sentence = len(text) > _SENTENCE and text[-1] in ".!?:;"
    return score - is_sentence - 3 * (edge == "bottom" and is_footnote(text))


def _continues(page: PageResult, rows: Sequence[Row]) -> bool:
    """Whether the text below the rows begins in the middle of a sentence."""
    above = {id(line) for row in rows for line in row.lines}
    first: Line | None = next((line for line in page.lines if id(line) not in above), None)
    return bool(first and first.text[:1].islower())
