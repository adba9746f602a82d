"""Reading order, lines and paragraphs, for engines that only find pieces of text.

The page is cut recursively: into columns where an empty gutter runs between two stacks of text, otherwise
above or below the rows that bridge such a gutter (a heading over two columns), until no gutter is left. What
is left is read row by row; pieces side by side in a row, a label and its value, an article and its price,
become one line. A larger distance between rows, or another size of letters, begins a new block.

A gutter only counts between columns of prose. The columns of a table, a form or a receipt belong to their
rows: they are narrow, or they are ragged and stand in pairs on common baselines.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ocrkit.geometry import Box, Polygon, Transform, bounding_box
from ocrkit.result import Block, Line, PageResult, join_words

_GUTTER = 0.6  # narrowest gutter, in line heights
_PROSE = 7.0  # narrowest column that counts as prose, in line heights
_BULLET = 1.4  # widest bullet or list number, in line heights
_FILLED = 0.8  # how much of its column a line of prose fills
_ALONE = 0.25  # the share of rows that a table may have on one side only
_ROWS = 2  # shortest column that counts, in rows
_PARAGRAPH = 1.4  # a distance between rows this many times the usual one begins a block
_SIZE = 1.45  # so does a change of letter height by this factor
_LEAST_SKEW, _MOST_SKEW = 0.2, 20.0  # in degrees


class _Piece(NamedTuple):
    line: Line
    box: Box


def order(result: PageResult) -> PageResult:
    """The same text with its lines put together, in reading order, one block a paragraph."""
    lines = result.lines
    if any(line.polygon is None for line in lines):
        return result  # without places there is nothing to order by
    level = _levelling(result)
    pieces = [_Piece(line, _extent(line, level)) for line in lines]
    if not pieces:
        return result
    height = statistics.median(piece.box.height for piece in pieces)
    blocks = [block for part in _cut(pieces, height) for block in _paragraphs(part)]
    return result.model_copy(update={"blocks": tuple(blocks)})


def _extent(line: Line, level: Transform) -> Box:
    """Where a line stands: as high as it was detected, and from its first word to its last.

    Detection leaves a margin at the ends that can fill a narrow gutter.
    """
    box = bounding_box(level.polygon(line.polygon or ()))
    corners = [corner for word in line.words for corner in level.polygon(word.polygon or ())]
    tight = bounding_box(corners) if corners else box
    return Box(tight.left, box.top, tight.right, box.bottom)


def _levelling(result: PageResult) -> Transform:
    """Makes the lines run to the right, and level: gutters are only straight on a page without skew.

    What counts is the direction most of the text has, not how the page lies: a page of vertical Japanese is
    upright, and its columns follow one another as lines do once they are laid on their side.
    """
    slopes = [slope for line in result.lines if line.polygon and (slope := _slope(line.polygon))]
    weights = [0.0] * 4
    for angle, length in slopes:
        weights[round(angle / 90) % 4] += length
    turns = weights.index(max(weights))
    skews = [((angle - 90 * turns + 180) % 360 - 180, length) for angle, length in slopes]
    skew = _weighted_median([(angle, length) for angle, length in skews if abs(angle) < _MOST_SKEW])
    upright = Transform.quarter_turns(-turns, result.width, result.height)
    return upright.then(Transform.rotation(-skew)) if abs(skew) > _LEAST_SKEW else upright


def _slope(polygon: Polygon) -> tuple[float, float] | None:
    """The direction in which a line runs, in degrees clockwise from the right, and its length."""
    start, end = polygon[0], polygon[1]
    length = math.hypot(end.x - start.x, end.y - start.y)
    return (math.degrees(math.atan2(end.y - start.y, end.x - start.x)), length) if length else None


def _weighted_median(values: list[tuple[float, float]]) -> float:
    total, half = 0.0, sum(weight for _, weight in values) / 2
    for value, weight in sorted(values):
        total += weight
        if total >= half:
            return value
    return 0.0


def _cut(pieces: list[_Piece], height: float) -> list[list[_Piece]]:
    """The pieces in parts without columns, in reading order."""
    columns = _columns(pieces, height)
    if len(columns) > 1:
        return [part for column in columns for part in _cut(column, height)]
    rows = _rows(pieces)
    start, end = _longest_run_of_columns(rows, height)
    if start == end:
        return [pieces]
    parts = (rows[:start], rows[start:end], rows[end:])
    return [cut for part in parts if part for cut in _cut(_flat(part), height)]


def _columns(pieces: Sequence[_Piece], height: float) -> list[list[_Piece]]:
    """The pieces by column, left to right; one list when there is no gutter that counts."""
    stacks: list[list[_Piece]] = []
    reach = -math.inf
    for piece in sorted(pieces, key=lambda piece: piece.box.left):
        if piece.box.left - reach > _GUTTER * height or not stacks:
            stacks.append([])
        stacks[-1].append(piece)
        reach = max(reach, piece.box.right)
    if len(stacks) > 2 and any(_is_figures(stack, stacks, height) for stack in stacks):
        return [list(pieces)]
    columns: list[list[_Piece]] = []
    for stack in stacks:
        # What is no prose (a bullet, a price, a page number) stays with its left neighbour.
        prose = columns and _is_prose(stack, height) and _is_prose(columns[-1], height)
        if columns and (not prose or _is_paired(columns[-1], stack)):
            columns[-1].extend(stack)
        else:
            columns.append(stack)
    return columns


def _is_prose(pieces: Sequence[_Piece], height: float) -> bool:
    wide = sorted(piece.box.width for piece in pieces)[len(pieces) // 2] >= _PROSE * height
    return wide and len(_rows(pieces)) >= _ROWS


def _is_figures(stack: Sequence[_Piece], stacks: Sequence[Sequence[_Piece]], height: float) -> bool:
    """A column of a table: too narrow for prose, wider than bullets, and in step with all other columns."""
    width = statistics.median(piece.box.width for piece in stack)
    if not _BULLET * height < width < _PROSE * height or len(_rows(stack)) < _ROWS:
        return False
    return all(other is stack or _in_step(stack, other) for other in stacks)


def _is_paired(left: Sequence[_Piece], right: Sequence[_Piece]) -> bool:
    """Whether two columns are labels and values, row by row.

    Prose may stand on common baselines, too. But its lines fill their column, the last ones of paragraphs
    apart, and they do not end in colons.
    """
    labels = sum(piece.line.text.rstrip().endswith((":", "：")) for piece in left)
    return (labels > len(left) / 2 or (_is_ragged(left) and _is_ragged(right))) and _in_step(left, right)


def _in_step(one: Sequence[_Piece], other: Sequence[_Piece]) -> bool:
    """Whether the rows of two columns stand on common baselines."""
    counts = len(_rows(one)), len(_rows(other))
    alone = 2 * len(_rows([*one, *other])) - sum(counts)  # rows that only one of them has
    return alone <= _ALONE * min(counts)


def _is_ragged(stack: Sequence[_Piece]) -> bool:
    rows = [_around(row).width for row in _rows(stack)]
    return statistics.median(rows) < _FILLED * _around(stack).width


def _around(pieces: Iterable[_Piece]) -> Box:
    return bounding_box(corner for piece in pieces for corner in piece.box.polygon)


def _longest_run_of_columns(rows: list[list[_Piece]], height: float) -> tuple[int, int]:
    """The rows from and to which columns stand, between whatever bridges their gutters; empty if nowhere."""

    def stand(start: int, end: int) -> bool:
        return len(_columns(_flat(rows[start:end]), height)) > 1

    best = (0, 0)
    end = 0
    for start in range(len(rows)):
        # A gutter that runs through many rows runs through fewer, so the end never moves back.
        end = max(end, start + _ROWS)
        while end <= len(rows) and stand(start, end):
            if end - start > best[1] - best[0]:
                best = (start, end)
            end += 1
    start, end = best
    while end and start and stand(start - 1, end):
        start -= 1
    return start, end


def _flat(rows: Sequence[Sequence[_Piece]]) -> list[_Piece]:
    return [piece for row in rows for piece in row]


def _rows(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Pieces that stand side by side, top row first, each from left to right."""
    rows: list[list[_Piece]] = []
    spans: list[tuple[float, float]] = []
    for piece in sorted(pieces, key=lambda piece: piece.box.center.y):
        top, bottom = piece.box.top, piece.box.bottom
        if rows:
            above, below = spans[-1]
            overlap = min(bottom, below) - max(top, above)
            if overlap > 0.5 * min(bottom - top, below - above):
                rows[-1].append(piece)
                count = len(rows[-1])
                spans[-1] = above + (top - above) / count, below + (bottom - below) / count
                continue
        rows.append([piece])
        spans.append((top, bottom))
    return [sorted(row, key=lambda piece: piece.box.left) for row in rows]


def _paragraphs(pieces: Sequence[_Piece]) -> list[Block]:
    rows = _rows(pieces)
    boxes = [_around(row) for row in rows]
    distances = [after.center.y - before.center.y for before, after in itertools.pairwise(boxes)]
    heights = [statistics.median(piece.box.height for piece in row) for row in rows]
    usual = _usual_distance(distances, heights)
    blocks: list[list[Line]] = [[_line(rows[0])]]
    for index, distance in enumerate(distances):
        smaller, larger = sorted(heights[index : index + 2])
        if distance > _PARAGRAPH * usual or larger > _SIZE * smaller:
            blocks.append([])
        blocks[-1].append(_line(rows[index + 1]))
    return [Block.of(lines) for lines in blocks]


def _usual_distance(distances: Sequence[float], heights: Sequence[float]) -> float:
    """The distance from row to row inside a paragraph: the lower middle, for breaks only make it larger."""
    if not distances:
        return 0.0
    ranked = sorted(distances)
    lower_middle = ranked[(len(ranked) - 1) * 2 // 5]
    return min(lower_middle, 2.2 * statistics.median(heights))


def _line(row: Sequence[_Piece]) -> Line:
    if len(row) == 1:
        return row[0].line
    lines = [piece.line for piece in row]
    whole = Block.of(lines)
    told_apart = all(line.words for line in lines)
    return Line(
        text=join_words([line.text for line in lines]),
        words=tuple(word for line in lines for word in line.words) if told_apart else (),
        polygon=whole.polygon,
        confidence=whole.confidence,
        language=whole.language,
        handwritten=whole.handwritten,
    )
