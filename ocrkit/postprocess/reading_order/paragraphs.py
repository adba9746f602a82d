"""Rows to lines and paragraphs."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator, Sequence

from ocrkit.postprocess.reading_order.cells import Band, bands_of, cells_of
from ocrkit.postprocess.reading_order.pieces import Piece, around, joined, rows_of
from ocrkit.result import Block

_PARAGRAPH = 1.4  # a distance between rows this many times the usual one begins a block
_SIZE = 1.45  # so does a change of letter height by this factor
_INDENT = (0.8, 4.0)  # and a line that begins so far inside of the lines above and below, in line heights


def paragraphs(pieces: Sequence[Piece], height: float) -> Iterator[Block]:
    """Blocks of the pieces of one column. What is to be kept whole comes where its first line stands."""
    rows = [row for band in bands_of(rows_of(pieces)) for row in _lines(band, height)]
    breaks = _breaks(rows, height)
    waiting: list[list[Piece]] = []
    for index, row in enumerate(rows):
        if waiting and index in breaks:
            yield Block.of(joined(each) for each in waiting)
            waiting = []
        loose = [piece for piece in row if not piece.whole]
        whole = [piece.whole for piece in row if piece.whole]
        if whole and waiting:
            yield Block.of(joined(each) for each in waiting)
            waiting = []
        yield from whole
        if loose:
            waiting.append(loose)
    if waiting:
        yield Block.of(joined(each) for each in waiting)


def _lines(band: Band, height: float) -> list[list[Piece]]:
    """A band as lines, each of them pieces side by side: cell by cell, if its cells have several lines."""
    if len(band) == 1:
        return [band[0]]
    lines: list[list[Piece]] = []
    alone = False
    for cell in cells_of(band, height):
        rows = rows_of(cell)
        if alone and len(rows) == 1 and len(rows_of([*lines[-1], *rows[0]])) == 1:
            lines[-1] += rows[0]
        else:
            lines += rows
            alone = len(rows) == 1
    return lines


def _breaks(rows: Sequence[Sequence[Piece]], height: float) -> set[int]:
    """The rows, by number, that begin a paragraph."""
    boxes = [around(row) for row in rows]
    distances = [after.center.y - before.center.y for before, after in itertools.pairwise(boxes)]
    heights = [statistics.median(piece.box.height for piece in row) for row in rows]
    usual = _usual_distance(distances, heights)
    found: set[int] = set()
    for index, distance in enumerate(distances, 1):
        smaller, larger = sorted(heights[index - 1 : index + 1])
        if distance > _PARAGRAPH * usual or larger > _SIZE * smaller:
            found.add(index)
    for index, (above, box, below) in enumerate(zip(boxes, boxes[1:], boxes[2:], strict=False), 1):
        inside = box.left - max(above.left, below.left)
        aligned = abs(above.left - below.left) < _INDENT[0] * height / 2
        if aligned and _INDENT[0] * height < inside < _INDENT[1] * height:
            found.add(index)
    return found


def _usual_distance(distances: Sequence[float], heights: Sequence[float]) -> float:
    """The distance from row to row inside a paragraph: the lower middle, for breaks only make it larger."""
    if not distances:
        return 0.0
    ranked = sorted(distances)
    lower_middle = ranked[(len(ranked) - 1) * 2 // 5]
    return min(lower_middle, 2.2 * statistics.median(heights))
