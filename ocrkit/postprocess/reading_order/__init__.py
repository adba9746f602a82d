"""Reading order, lines and paragraphs for engines that only find fragments of text.

The page is leveled so that its lines run to the right (`line_fragments`). It is cut along gutters, the white
space between columns (`gutters`) of prose (`prose`): the part above, the left column, the right column and
the part below, each cut again until no gutter is left. Within a part, text is read row by row or, in tables
whose cells have several lines, cell by cell (`cells`). Fragments side by side in a row, such as an article
and its price, become one line. A larger distance, a different letter size or an indent begins a new block
(`paragraphs`). Lines that run up or down the side of a page of level lines come last.

See docs/explanation/reading-order.md for pictures.
"""

from __future__ import annotations

from ocrkit.postprocess.reading_order.balloons import balloons
from ocrkit.postprocess.reading_order.drop_capitals import join_drop_capitals
from ocrkit.postprocess.reading_order.gutters import find_gutter
from ocrkit.postprocess.reading_order.line_fragments import (
    LineFragment,
    flatten,
    fragments_of,
    group_rows,
    is_turned,
    median_height,
)
from ocrkit.postprocess.reading_order.paragraphs import paragraphs
from ocrkit.result import Block, PageResult

__all__ = ["AMBIGUOUS", "order"]

AMBIGUOUS = (
    "the reading order is ambiguous: text side by side may be columns of prose or rows of a table; "
    'if it is a table, the scene "table" reads its rows'
)
"""The warning about a page whose columns cannot be told from cells."""


def order(result: PageResult) -> PageResult:
    """Join fragments into lines and paragraphs in reading order, one block per paragraph.

    Tables, and blocks whose kind the backend has set, are moved as a whole. If the position of any line is
    unknown, the page is returned unchanged.
    """
    fragments = fragments_of(result)
    if not fragments:
        return result
    height = median_height(fragments)
    fragments = join_drop_capitals(fragments, height)
    turned = [fragment for fragment in fragments if is_turned(fragment)]
    level = [fragment for fragment in fragments if not is_turned(fragment)]
    fragments, turned = (level, turned) if level else (turned, [])
    scattered = balloons(fragments, result)
    parts, is_certain = (scattered, True) if scattered else _cut(fragments, height)
    blocks: list[Block] = []
    seen: set[int] = set()
    for part in parts:
        for block in paragraphs(part, height):
            if id(block) not in seen:
                blocks.append(block)
            seen.add(id(block))
    blocks += [Block.of([fragment.line]) for fragment in turned]
    warnings = result.warnings if is_certain else (*result.warnings, AMBIGUOUS)
    return result.model_copy(update={"blocks": tuple(blocks), "warnings": warnings})


def _cut(fragments: list[LineFragment], height: float) -> tuple[list[list[LineFragment]], bool]:
    """The parts of the page without columns, in reading order, and whether the cuts are certain."""
    is_certain = True
    parts: list[list[LineFragment]] = []
    pending = [fragments]
    while pending:
        part = pending.pop()
        rows = group_rows(part)
        gutter, is_sure = find_gutter(rows, height)
        is_certain = is_certain and is_sure
        if gutter is None:
            parts.append(part)
            continue
        cuts = (flatten(rows[: gutter.start]), gutter.left, gutter.right, flatten(rows[gutter.end :]))
        pending += [each for each in reversed(cuts) if each]
    return parts, is_certain
