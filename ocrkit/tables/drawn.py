"""Tables whose ruling lines are known from the file, as on a digital page.

No picture is looked at. A page has frames, forms and diagrams drawn with the same lines, so a grid is a table
only if most of its cells have text, and not paragraphs of it.
"""

from __future__ import annotations

import statistics
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ocrkit.geometry import Box, Transform, bounding_box
from ocrkit.tables.detection import TableRegion
from ocrkit.tables.grid import Grid, inner_positions
from ocrkit.tables.normalized_page import LINE_HEIGHT
from ocrkit.tables.ruling_lines import RulingLine, RulingLines, join_parts
from ocrkit.tables.text_rows import TextRow, TextSegment

_MIN_LENGTH = LINE_HEIGHT  # of a line, after its parts are joined
_MIN_FILLED = 0.5  # share of the cells that have text
_MIN_FILLED_CELLS = 3
_MAX_CELL_ROWS = 4  # more lines than this, as wide as the next figure, are prose in a frame
_PROSE_WIDTH = 9.0 * LINE_HEIGHT
_MAX_LABELS = 12  # in one cell
_WORD_SPACE = 0.4 * LINE_HEIGHT  # as wide as this, at most


def ruling_lines_of(rules: Iterable[Box], transform: Transform) -> RulingLines:
    """The rules of a page as lines of the normalized page."""
    horizontal: list[RulingLine] = []
    vertical: list[RulingLine] = []
    for rule in rules:
        box = bounding_box(transform.polygon(rule.polygon))
        if not (box.width or box.height):
            continue  # a file may draw lines without length
        if box.width >= box.height:
            horizontal.append(RulingLine(box.center.y, box.left, box.right))
        else:
            vertical.append(RulingLine(box.center.x, box.top, box.bottom))
    return RulingLines(_long(horizontal), _long(vertical))


def _long(lines: list[RulingLine]) -> list[RulingLine]:
    return [line for line in join_parts(list(dict.fromkeys(lines))) if line.length >= _MIN_LENGTH]


def is_table(region: TableRegion, grid: Grid, rows: Sequence[TextRow]) -> bool:
    """Whether lines divide the region into cells, and most of these have text that is not prose."""
    box = region.box
    xs = inner_positions([line.position for line in region.lines.vertical], box.left, box.right)
    ys = inner_positions([line.position for line in region.lines.horizontal], box.top, box.bottom)
    if not (xs and ys):
        return False
    segments = [segment for row in rows for segment in row]
    filled = {grid.cell_at(*segment.box.center) for segment in segments}
    if _is_running_text(grid, rows) or _is_diagram(grid, segments):
        return False
    drawn: dict[tuple[int, int], list[float]] = defaultdict(list)
    for segment in segments:
        x, y = segment.box.center
        drawn[bisect(xs, x), bisect(ys, y)].append(segment.box.width)
    prose = sum(
        len(widths) > _MAX_CELL_ROWS and statistics.median(widths) > _PROSE_WIDTH for widths in drawn.values()
    )
    return (
        len(filled) >= max(_MIN_FILLED_CELLS, _MIN_FILLED * len(grid.cells()))
        and 2 * prose < len(drawn)
        and min(len({row for row, _ in filled}), len({column for _, column in filled})) > 1
    )


def _is_diagram(grid: Grid, segments: Sequence[TextSegment]) -> bool:
    """Whether a cell has many short texts, as the frame around the drawing of a circuit has."""
    cells: dict[tuple[int, int] | None, list[float]] = defaultdict(list)
    for segment in segments:
        cells[grid.cell_at(*segment.box.center)].append(segment.box.width)
    return any(
        len(widths) > _MAX_LABELS and statistics.median(widths) < _PROSE_WIDTH for widths in cells.values()
    )


def _is_running_text(grid: Grid, rows: Sequence[TextRow]) -> bool:
    """Whether cells side by side are usually a word space apart, like framed links in a line of text."""
    gaps = [
        right.box.left - left.box.right
        for row in rows
        for left, right in pairwise(sorted(row, key=lambda segment: segment.box.left))
        if grid.cell_at(*left.box.center) != grid.cell_at(*right.box.center)
    ]
    return bool(gaps) and statistics.median(gaps) < _WORD_SPACE
