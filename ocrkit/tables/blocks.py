"""Turn a grid into a table block, and put table blocks into the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import groupby

from ocrkit.geometry import Box, Transform, bounding_box
from ocrkit.result import Block, Cell, Line, PageResult, Table, join_words
from ocrkit.tables.grid import Grid, GridCell
from ocrkit.tables.text_rows import Fragment, TextRow


def table_block(grid: Grid, rows: Sequence[TextRow], lines: Sequence[Line], to_result: Transform) -> Block:
    """The table as a block whose lines are the lines of the cells, cell by cell.

    Args:
        grid: the grid on the normalized page.
        rows: the text rows of the table.
        lines: the lines of the result.
        to_result: from the normalized page to the result.
    """
    by_cell: dict[tuple[int, int], list[list[Fragment]]] = defaultdict(list)
    for row in rows:
        in_row: dict[tuple[int, int], list[Fragment]] = defaultdict(list)
        for segment in row:
            for fragment in segment.fragments:
                in_row[grid.cell_at(*fragment.box.center)].append(fragment)
        for key, fragments in in_row.items():
            by_cell[key].append(fragments)
    block_lines: list[Line] = []
    cells: list[Cell] = []
    for grid_cell in grid.cells():
        own = [_line(fragments, lines) for fragments in by_cell[grid_cell.row, grid_cell.column]]
        cells.append(_cell(grid_cell, own, len(block_lines), to_result))
        block_lines += own
    box = Box(grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1])
    table = Table(cells=tuple(cells), polygon=to_result.polygon(box.polygon))
    return Block.of(block_lines, kind="table", table=table, polygon=table.polygon)


def _cell(grid_cell: GridCell, own: list[Line], first: int, to_result: Transform) -> Cell:
    block = Block.of(own)
    return Cell(
        text="\n".join(line.text for line in own),
        row=grid_cell.row,
        column=grid_cell.column,
        row_span=grid_cell.row_span,
        column_span=grid_cell.column_span,
        lines=tuple(range(first, first + len(own))),
        polygon=to_result.polygon(grid_cell.box.polygon),
        confidence=block.confidence,
        language=block.language,
        handwritten=block.handwritten,
    )


def _line(fragments: Sequence[Fragment], lines: Sequence[Line]) -> Line:
    """Fragments side by side in one cell, as one line."""
    parts = [
        _part(lines[index], list(group)) for index, group in groupby(fragments, key=lambda each: each.line)
    ]
    if len(parts) == 1:
        return parts[0]
    block = Block.of(parts)
    have_words = all(part.words for part in parts)
    return Line(
        text=join_words([part.text for part in parts]),
        words=tuple(word for part in parts for word in part.words) if have_words else (),
        polygon=block.polygon,
        confidence=block.confidence,
        language=block.language,
        handwritten=block.handwritten,
        script=max(parts, key=lambda part: len(part.text)).script,
        read_by=block.read_by,
    )


def _part(line: Line, fragments: Sequence[Fragment]) -> Line:
    """The part of a line that the fragments hold."""
    words = [fragment.word for fragment in fragments if fragment.word]
    if len(words) in (0, len(line.words)):  # all of it, or its words have no polygons
        return line
    return Line.of(
        words,
        language=line.language,
        handwritten=line.handwritten,
        script=line.script,
        read_by=line.read_by,
    )


def without_fragments(
    result: PageResult, fragments: Sequence[Fragment], taken: Collection[int]
) -> PageResult:
    """The page without the fragments that tables have taken.

    Args:
        result: the page.
        fragments: all fragments of the page.
        taken: the `id` of each fragment to remove.
    """
    rest: dict[int, list[Fragment]] = defaultdict(list)
    changed = {fragment.line for fragment in fragments if id(fragment) in taken}
    for fragment in fragments:
        if id(fragment) not in taken:
            rest[fragment.line].append(fragment)
    blocks = []
    index = 0
    for block in result.blocks:
        kept = []
        for line in block.lines:
            if index not in changed:
                kept.append(line)
            elif rest[index]:
                kept.append(_part(line, rest[index]))
            index += 1
        if len(kept) == len(block.lines) and all(a is b for a, b in zip(kept, block.lines, strict=True)):
            blocks.append(block)
        elif kept:
            blocks.append(Block.of(kept, kind=block.kind, level=block.level))
    return result.model_copy(update={"blocks": tuple(blocks)})


def with_tables(result: PageResult, tables: Sequence[Block]) -> PageResult:
    """The page with these table blocks inserted in reading order."""
    if not tables:
        return result
    upright = Transform.quarter_turns(result.rotation // 90, result.width, result.height)

    def box_of(block: Block) -> Box | None:
        return bounding_box(upright.polygon(block.polygon)) if block.polygon else None

    blocks = [(block, box_of(block)) for block in result.blocks]
    placed = [(table, box) for table in tables if (box := box_of(table))]
    for table, box in sorted(placed, key=lambda each: each[1].top):
        blocks.insert(_insertion_index(box, [other for _, other in blocks]), (table, box))
    return result.model_copy(update={"blocks": tuple(block for block, _ in blocks)})


def _insertion_index(table: Box, others: Sequence[Box | None]) -> int:
    """Before the first block below the table, or else after the last one above it.

    Blocks beside the table, in another column, have their own order and do not count.
    """
    same_column = [
        (index, box)
        for index, box in enumerate(others)
        if box and min(box.right, table.right) > max(box.left, table.left)
    ]
    below = [index for index, box in same_column if box.center.y > table.center.y]
    above = [index for index, box in same_column if box.center.y <= table.center.y]
    return below[0] if below else above[-1] + 1 if above else len(others)
