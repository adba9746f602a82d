"""Kinds of lines become kinds of blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from ocrkit.result import Block, BlockKind, Line


def with_kinds(blocks: Sequence[Block], kinds: Mapping[int, BlockKind]) -> tuple[Block, ...]:
    """The blocks, divided where only some of their lines have a kind.

    Args:
        blocks: the blocks. Tables stay as they are.
        kinds: the kinds of lines, by their `id`.
    """
    return tuple(part for block in blocks for part in _parts(block, kinds))


def _parts(block: Block, kinds: Mapping[int, BlockKind]) -> Iterator[Block]:
    if block.table or not any(id(line) in kinds for line in block.lines):
        yield block
        return

    def kind_of(line: Line) -> BlockKind | None:
        return kinds.get(id(line))

    for kind, lines in groupby(block.lines, key=kind_of):
        part = tuple(lines)
        if len(part) == len(block.lines):
            yield block.model_copy(update={"kind": kind, "level": None})
        elif kind is None:
            yield Block.of(part, kind=block.kind, level=block.level, language=block.language)
        else:
            yield Block.of(part, kind=kind, language=block.language)
