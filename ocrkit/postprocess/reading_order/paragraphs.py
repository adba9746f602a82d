"""Turn the rows of one column into lines and paragraphs."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator, Sequence

from ocrkit.postprocess.reading_order.cells import Band, group_bands, split_cells
from ocrkit.postprocess.reading_order.line_fragments import LineFragment, enclosing_box, group_rows, join_row
from ocrkit.result import Block

_PARAGRAPH_GAP = 1.4  # a distance between rows this many times the usual one begins a block
_SIZE_CHANGE = 1.45  # so does a change of letter height by this factor
_INDENT = (0.8, 4.0)  # and a line indented this far from the lines above and below, in line heights


def paragraphs(fragments: Sequence[LineFragment], height: float) -> Iterator[Block]:
    """The blocks of one column. A kept block comes at the position of its first line."""
    rows = [row for band in group_bands(group_rows(fragments)) for row in _lines(band, height)]
    breaks = _breaks(rows, height)
    pending: list[list[LineFragment]] = []
    for index, row in enumerate(rows):
        loose = [fragment for fragment in row if not fragment.kept_block]
        kept = [fragment.kept_block for fragment in row if fragment.kept_block]
        if pending and (index in breaks or kept):
            yield Block.of(map(join_row, pending))
            pending = []
        yield from kept
        if loose:
            pending.append(loose)
    if pending:
        yield Block.of(map(join_row, pending))


def _lines(band: Band, height: float) -> list[list[LineFragment]]:
    """The lines of a band, each a list of fragments side by side: cell by cell if it has several rows."""
    if len(band) == 1:
        return [band[0]]
    lines: list[list[LineFragment]] = []
    follows_single_row = False
    for cell in split_cells(band, height):
        rows = group_rows(cell)
        if follows_single_row and len(rows) == 1 and len(group_rows([*lines[-1], *rows[0]])) == 1:
            lines[-1] += rows[0]
        else:
            lines += rows
            follows_single_row = len(rows) == 1
    return lines


def _breaks(rows: Sequence[Sequence[LineFragment]], height: float) -> set[int]:
    """The indexes of the rows that begin a paragraph."""
    boxes = [enclosing_box(row) for row in rows]
    distances = [after.center.y - before.center.y for before, after in itertools.pairwise(boxes)]
    heights = [statistics.median(fragment.box.height for fragment in row) for row in rows]
    usual_distance = _usual_distance(distances, heights)
    breaks: set[int] = set()
    for index, distance in enumerate(distances, 1):
        smaller, larger = sorted(heights[index - 1 : index + 1])
        if distance > _PARAGRAPH_GAP * usual_distance or larger > _SIZE_CHANGE * smaller:
            breaks.add(index)
    for index, (above, box, below) in enumerate(zip(boxes, boxes[1:], boxes[2:], strict=False), 1):
        indent = box.left - max(above.left, below.left)
        is_aligned = abs(above.left - below.left) < _INDENT[0] * height / 2
        if is_aligned and _INDENT[0] * height < indent < _INDENT[1] * height:
            breaks.add(index)
    return breaks


def _usual_distance(distances: Sequence[float], heights: Sequence[float]) -> float:
    """The distance between rows inside a paragraph: the 40th percentile, because breaks are only larger."""
    if not distances:
        return 0.0
    percentile = sorted(distances)[(len(distances) - 1) * 2 // 5]
    return min(percentile, 2.2 * statistics.median(heights))
