"""Headings in the letter size of the text, which only their bold letters show."""

from __future__ import annotations

from collections.abc import Collection

from ocrkit.result import Block, PageResult

_LEVEL = 3
"""Larger letters make headings of the levels 1 and 2."""
_MOST_CHARACTERS = 100
_MOST_LINES = 2
_MOST_BOLD = 0.3
"""Share of the text from which bold letters are the usual ones."""


def mark_bold_headings(page: PageResult, bold: Collection[int]) -> PageResult:
    """The page whose short bold blocks, with text below them, are headings.

    Args:
        page: the page, with kinds of blocks.
        bold: the `id` of each line in bold letters.
    """
    if not bold:
        return page
    total = sum(len(line.text) for line in page.lines)
    if sum(len(line.text) for line in page.lines if id(line) in bold) > _MOST_BOLD * total:
        return page
    blocks = [
        block.model_copy(update={"kind": "heading", "level": _LEVEL})
        if _is_heading(block, bold) and following is not None and following.kind in ("text", "list", "table")
        else block
        for block, following in zip(page.blocks, [*page.blocks[1:], None], strict=True)
    ]
    return page.model_copy(update={"blocks": tuple(blocks)})


def _is_heading(block: Block, bold: Collection[int]) -> bool:
    text = block.text.strip()
    return (
        block.kind == "text"
        and 0 < len(block.lines) <= _MOST_LINES
        and all(id(line) in bold for line in block.lines)
        and len(text) <= _MOST_CHARACTERS
        and sum(map(str.isalpha, text)) >= max(2, len(text) / 2)
        and text[-1] not in ".,;:"
    )
