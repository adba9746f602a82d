"""Reading order, lines and paragraphs, for engines that only find pieces of text.

The page is laid level and seen so that its lines run to the right (`pieces`). It is cut where rivers of white
run between columns of prose (`gutters`): what is above, the left column, the right one, what is below, and so
on in each of these until no gutter is left. What is left is read row by row, and where rows are those of a
table with cells of several lines, cell by cell (`cells`). Pieces side by side in a row, a label and its
value, an article and its price, become one line; a larger distance, another size of letters or an indent
begins a new block (`paragraphs`).

docs/explanation/reading-order.md has the pictures.
"""

from __future__ import annotations

from ocrkit.postprocess.reading_order.gutters import find_gutter
from ocrkit.postprocess.reading_order.paragraphs import paragraphs
from ocrkit.postprocess.reading_order.pieces import Piece, flat, pieces_of, rows_of, usual_height
from ocrkit.result import Block, PageResult

__all__ = ["order"]


def order(result: PageResult) -> PageResult:
    """The same text with its lines put together, in reading order, one block a paragraph.

    A table, and a block of which a backend has said what it is, stays as it is and finds its place. Where it
    is not known of all lines where they stand, nothing changes.
    """
    pieces = pieces_of(result)
    if not pieces:
        return result
    height = usual_height(pieces)
    blocks: list[Block] = []
    placed: set[int] = set()
    for part in _cut(pieces, height):
        for block in paragraphs(part, height):
            if id(block) not in placed:
                blocks.append(block)
            placed.add(id(block))
    return result.model_copy(update={"blocks": tuple(blocks)})


def _cut(pieces: list[Piece], height: float) -> list[list[Piece]]:
    """The pieces in parts without columns, in reading order."""
    parts: list[list[Piece]] = []
    waiting = [pieces]
    while waiting:
        part = waiting.pop()
        rows = rows_of(part)
        gutter = find_gutter(rows, height)
        if gutter is None:
            parts.append(part)
            continue
        following = (flat(rows[: gutter.start]), gutter.left, gutter.right, flat(rows[gutter.end :]))
        waiting += [each for each in reversed(following) if each]
    return parts
