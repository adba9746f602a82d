"""What stands in the cells of a table, as a block; and the page around it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby

from ocrkit.geometry import Box, Transform, bounding_box
from ocrkit.result import Block, Cell, Line, PageResult, Table, join_words
from ocrkit.tables.grid import Grid, Place
from ocrkit.tables.pieces import Piece, Row


def block_of(grid: Grid, rows: Sequence[Row], lines: Sequence[Line], back: Transform) -> Block:
    """The table as a block: its lines are what stands in the cells, cell by cell."""
    by_cell: dict[tuple[int, int], list[list[Piece]]] = defaultdict(list)
    for row in rows:
        here: dict[tuple[int, int], list[Piece]] = defaultdict(list)
        for run in row:
            for piece in run.pieces:
                here[grid.first_of(*piece.box.center)].append(piece)
        for key, pieces in here.items():
            by_cell[key].append(pieces)
    made: list[Line] = []
    cells: list[Cell] = []
    for place in grid.places():
        own = [_line(pieces, lines) for pieces in by_cell[place.row, place.column]]
        cells.append(_cell(place, own, len(made), back))
        made += own
    table = Table(
        cells=tuple(cells),
        polygon=back.polygon(Box(grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1]).polygon),
    )
    return Block.of(made, kind="table", table=table, polygon=table.polygon)


def _cell(place: Place, own: list[Line], first: int, back: Transform) -> Cell:
    whole = Block.of(own)
    return Cell(
        text="\n".join(line.text for line in own),
        row=place.row,
        column=place.column,
        row_span=place.row_span,
        column_span=place.column_span,
        lines=tuple(range(first, first + len(own))),
        polygon=back.polygon(place.box.polygon),
        confidence=whole.confidence,
        language=whole.language,
        handwritten=whole.handwritten,
    )


def _line(pieces: Sequence[Piece], lines: Sequence[Line]) -> Line:
    """Pieces of one cell that stand side by side, as one line."""
    parts = [
        _part(lines[number], list(group)) for number, group in groupby(pieces, key=lambda each: each.line)
    ]
    if len(parts) == 1:
        return parts[0]
    whole = Block.of(parts)
    told_apart = all(part.words for part in parts)
    return Line(
        text=join_words([part.text for part in parts]),
        words=tuple(word for part in parts for word in part.words) if told_apart else (),
        polygon=whole.polygon,
        confidence=whole.confidence,
        language=whole.language,
        handwritten=whole.handwritten,
    )


def _part(line: Line, pieces: Sequence[Piece]) -> Line:
    """A line, or the words of it that are meant."""
    words = [piece.word for piece in pieces if piece.word]
    if len(words) in (0, len(line.words)):  # whole, or its words have no places
        return line
    return Line.of(words, language=line.language, handwritten=line.handwritten)


def without(result: PageResult, pieces: Sequence[Piece], taken: set[int]) -> PageResult:
    """The page without the pieces that were taken."""
    left: dict[int, list[Piece]] = defaultdict(list)
    gone = {piece.line for piece in pieces if id(piece) in taken}
    for piece in pieces:
        if id(piece) not in taken:
            left[piece.line].append(piece)
    rest = []
    number = 0
    for block in result.blocks:
        kept = []
        for line in block.lines:
            if number not in gone:
                kept.append(line)
            elif left[number]:
                kept.append(_part(line, left[number]))
            number += 1
        if len(kept) == len(block.lines) and all(a is b for a, b in zip(kept, block.lines, strict=True)):
            rest.append(block)
        elif kept:
            rest.append(Block.of(kept, kind=block.kind, level=block.level))
    return result.model_copy(update={"blocks": tuple(rest)})


def with_tables(result: PageResult, tables: Sequence[Block]) -> PageResult:
    """The page with these blocks in their places: above what stands below them."""
    if not tables:
        return result
    upright = Transform.quarter_turns(result.rotation // 90, result.width, result.height)

    def box(block: Block) -> Box | None:
        return bounding_box(upright.polygon(block.polygon)) if block.polygon else None

    blocks = [(block, box(block)) for block in result.blocks]
    placed = [(table, place) for table in tables if (place := box(table))]
    for table, place in sorted(placed, key=lambda each: each[1].top):
        blocks.insert(_place_of(place, [other for _, other in blocks]), (table, place))
    return result.model_copy(update={"blocks": tuple(block for block, _ in blocks)})


def _place_of(table: Box, others: Sequence[Box | None]) -> int:
    """Before the first block that stands below, or else behind the last one that stands above.

    Blocks beside the table, in another column, follow an order of their own and do not count.
    """
    near = [
        (place, box)
        for place, box in enumerate(others)
        if box and min(box.right, table.right) > max(box.left, table.left)
    ]
    below = [place for place, box in near if box.center.y > table.center.y]
    above = [place for place, box in near if box.center.y <= table.center.y]
    return below[0] if below else above[-1] + 1 if above else len(others)
