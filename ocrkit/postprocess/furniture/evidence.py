"""Furniture of a single page, by its position, size and text."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from ocrkit.geometry import Box
from ocrkit.postprocess.furniture.patterns import (
    is_footnote,
    is_page_number,
    is_stamp,
    names_issue,
    page_number,
)
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
_TALL, _TALL_CAPITALS = 1.15, 1.0
"""Higher letters than these, relative to the text, are more often a heading."""
_MAX_NUMBER_HEIGHT = 2.0
_OUTER = 0.06
"""This share of the page height at the edge is margin on most pages."""
_NEAR = 0.1
_SIDE = 0.1
"""A stamp up the side of a page lies in this share of its width."""
_SMALL = 0.85
_DESCENDERS, _NO_DESCENDER = frozenset("gjpqyQ,;()[]|/"), 0.78
_NUMBER_GAP, _SIGNED_NUMBER_GAP, _STAMP_GAP = 0.5, 0.0, 0.5  # in line heights
_WIDER = 1.3
"""The distance of a row with a page number from the text, relative to the usual distance of rows."""
_NUMBER_DISTANCE = 4.0
"""The distance of a page number from the words beside it, in letter heights, if there is no other sign."""
_NUMBER_APART = 1.5
"""And if the row has a distance from the text, too: `1 Introduction` is closer together."""
_MIN_FIGURES = 2
"""So many other rows that end in a number at the same place make a column of figures."""
_STRONG = 2
"""The worth of a sign that headings and last lines hardly have; the others are worth 1."""
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
    numbers = {edge: _number_rows(rows, page, line_height) for edge, rows in edges.items()}
    for edge, rows in edges.items():
        other = numbers["bottom" if edge == "top" else "top"]
        for row in _stamp_rows(rows) or numbers[edge]:
            found |= row_kinds(row, edge)
        if rows.apart:
            score = _score(rows, edge, page, line_height, has_number_elsewhere=bool(other))
            if score >= _score_needed(rows.apart):
                for row in rows.apart:
                    found |= row_kinds(row, edge)
    return found


def row_kinds(row: Row, edge: Edge) -> dict[int, BlockKind]:
    """The kind of each line of a row of furniture."""
    running: BlockKind = "header" if edge == "top" else "footer"
    return {id(line): "page_number" if is_page_number(line.text) else running for line in row.lines}


def _number_rows(edge: EdgeRows, page: PageResult, line_height: float) -> tuple[Row, ...]:
    """The outermost row if it is a page number, which may be close to the text."""
    if not edge.rows:
        return ()
    row, gap = edge.rows[0], edge.gaps[0]
    if is_page_number(row.text):
        if row.height > _MAX_NUMBER_HEIGHT * line_height:
            return ()
        least = _NUMBER_GAP if row.text.strip().isalnum() else _SIGNED_NUMBER_GAP
    elif _number_distance(row) >= _NUMBER_DISTANCE * row.height and row.height <= _MAX_HEIGHT * line_height:
        least = max(_NUMBER_GAP, _WIDER * edge.usual_gap)
    else:
        return ()
    return (row,) if gap >= least and not _ends_column_of_figures(edge, page) else ()


def _number_distance(row: Row) -> float:
    """How far a page number at an end of a row is from the other words: `CHAPTER 4     158`. 0 if none."""
    words = sorted(
        ((word.text, box) for line in row.lines for word in (line.words or (line,)) if (box := word.box)),
        key=lambda word: word[1].left,
    )
    if len(words) < 2:
        return 0.0
    ends = (
        (words[0][0], words[1][1].left - words[0][1].right),
        (words[-1][0], words[-1][1].left - words[-2][1].right),
    )
    return max(
        (gap for text, gap in ends if is_page_number(text) and page_number(text) is not None), default=0.0
    )


def _ends_column_of_figures(edge: EdgeRows, page: PageResult) -> bool:
    """Whether the next row and others, too, end in a number at the place where the outermost row does."""
    last = _last_number(edge.rows[0].lines[-1])
    if last is None or len(edge.rows) < 2:
        return False

    def is_aligned(line: Line) -> bool:
        other = _last_number(line)
        return other is not None and abs(other.right - last.right) < last.height

    own = {id(line) for line in edge.rows[0].lines}
    same = sum(id(line) not in own and is_aligned(line) for line in page.lines)
    return same >= _MIN_FIGURES and any(map(is_aligned, edge.rows[1].lines))


def _last_number(line: Line) -> Box | None:
    """The box of the number at the end of a line."""
    last = line.words[-1] if line.words else line
    return last.box if last.text.strip(" .,$€£%").replace(",", "").replace(".", "").isdecimal() else None


def _stamp_rows(edge: EdgeRows) -> tuple[Row, ...]:
    """The outermost rows up to the last stamp, if a gap separates them from the text."""
    for count in range(len(edge.rows), 0, -1):
        rows = edge.rows[:count]
        are_stamps = all(is_stamp(row.text) or is_page_number(row.text) for row in rows)
        has_stamp = any(is_stamp(row.text) for row in rows)
        if are_stamps and has_stamp and edge.gaps[count - 1] >= max(_STAMP_GAP, _WIDER * edge.usual_gap):
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


def _score_needed(rows: Sequence[Row]) -> int:
    """Several rows are more often a letterhead or a title than a single one."""
    return _STRONG if len(rows) == 1 else len(rows) + 2


def _score(
    edge_rows: EdgeRows, edge: Edge, page: PageResult, line_height: float, *, has_number_elsewhere: bool
) -> int:
    """How much speaks for furniture in the rows that a gap separates from the text."""
    rows = edge_rows.apart
    height = max(row.height for row in rows)
    if height > _MAX_HEIGHT * line_height:
        return -1
    text = " ".join(row.text for row in rows).strip()
    distance = rows[0].box.top if edge == "top" else page.height - rows[0].box.bottom
    is_tall_page = page.height > _RECEIPT * page.width
    is_outer = distance < _OUTER * page.height and not is_tall_page
    is_small = (
        all(row.height < _SMALL * line_height * _extent(row.text) for row in rows)
        and distance < _NEAR * page.height
        and not is_tall_page
    )
    has_number = any(map(_has_number, rows)) and not _ends_column_of_figures(edge_rows, page)
    is_sentence = len(text) > _SENTENCE and text[-1] in ".!?:;"
    is_tall = height > (_TALL_CAPITALS if text.isupper() else _TALL) * line_height
    return (
        _STRONG * has_number
        + _STRONG * (edge == "top" and (_continues(page, rows) or names_issue(text)))
        + has_number_elsewhere
        + is_outer
        + is_small
        - is_tall
        - _STRONG * is_sentence
        - 3 * _STRONG * (edge == "bottom" and is_footnote(text))
    )


def _extent(text: str) -> float:
    """The share of the line height that a tight box around these letters has at least."""
    return 1.0 if any(letter in _DESCENDERS or not letter.isascii() for letter in text) else _NO_DESCENDER


def _has_number(row: Row) -> bool:
    """Whether a page number is in the row: apart from its words, or a line of its own."""
    if any(is_page_number(line.text) for line in row.lines):
        return True
    return _number_distance(row) >= _NUMBER_APART * row.height


def _continues(page: PageResult, rows: Sequence[Row]) -> bool:
    """Whether the text below the rows begins in the middle of a sentence."""
    above = {id(line) for row in rows for line in row.lines}
    first: Line | None = next((line for line in page.lines if id(line) not in above), None)
    return bool(first and first.text[:1].islower())
