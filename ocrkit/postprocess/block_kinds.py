"""Classify the blocks of a page: headings, lists, captions, headers, footers, page numbers and margin notes.

The rules use letter height, position and how lines begin. A block that no rule matches clearly stays `text`.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ocrkit.geometry import Box
from ocrkit.result import Block, BlockKind, Line, PageResult
from ocrkit.result.list_markers import find_list_items

_HEADING_HEIGHT = 1.4
"""Letter height of a heading, relative to body text. Ascenders and descenders alone make less difference."""
_TOP_HEADING_HEIGHT = 2.0
_MAX_HEADING_CHARACTERS = 100
_MIN_OTHER_LINES = 3
"""With fewer lines on the page, the usual letter height is unknown."""

_EDGE = 0.12  # headers and footers lie in this share of the page at the top and the bottom
_MIN_EDGE_GAP = 1.2  # distance of a header or footer from other blocks, in line heights
_MIN_LINES = 6  # pages with fewer lines have no known text area
_FULL_LINE = 0.6  # lines at least this long, relative to the longest one, mark the text area

_CAPTION = re.compile(
    r"(fig(ure|\.)?|tab(le|elle|leau|\.)|abb(ildung|\.)|plate|図|表|圖|图)\s*\d+([.:\s\d-]|$)", re.IGNORECASE
)
_PAGE_NUMBER = re.compile(
    r"\W{0,3}((page|seite|p\.|s\.|sida|side)\s*)?(\d{1,4}|[ivxlc]{1,7})(\s*(/|of|von|de)\s*\d{1,4})?\W{0,3}",
    re.IGNORECASE,
)


class _Margins(NamedTuple):
    """The text area of a page and the blocks at its edges."""

    text_area: Box | None
    edge_kinds: dict[int, BlockKind]
    """Headers, footers and page numbers, by the `id` of the block."""

    def kind(self, block: Block) -> BlockKind | None:
        kind = self.edge_kinds.get(id(block))
        if kind or not self.text_area or not block.box:
            return kind
        area = self.text_area
        is_beside = block.box.right <= area.left or block.box.left >= area.right
        return "note" if is_beside and area.top < block.box.center.y < area.bottom else None


def classify_blocks(result: PageResult) -> PageResult:
    """Set the kind of each text block, and split lists off the text before them.

    If the backend has already set a kind other than `text` or `table`, the page is returned unchanged. Tables
    always stay as they are.
    """
    blocks = result.blocks
    if any(block.kind not in ("text", "table") for block in blocks):
        return result
    blocks = tuple(_split_lists(blocks))
    usual_height = _usual_height(result)
    margins = _margins(result, blocks)
    classified = tuple(_with_kind(block, blocks, usual_height, margins) for block in blocks)
    return result.model_copy(update={"blocks": classified})


def _with_kind(block: Block, blocks: Sequence[Block], usual_height: float | None, margins: _Margins) -> Block:
    if block.kind != "text" or block.table or not block.text.strip():
        return block
    kind = margins.kind(block)
    level = None
    if kind is None and len(block.lines) <= 4 and _CAPTION.match(block.text.lstrip()):
        kind = "caption"
    if kind is None and (level := _heading_level(block, blocks, usual_height)):
        kind = "heading"
    return block.model_copy(update={"kind": kind, "level": level}) if kind else block


# ── headers, footers, page numbers and margin notes ──


def _margins(page: PageResult, blocks: Sequence[Block]) -> _Margins:
    lines = [line for line in page.lines if line.box and line.polygon]
    horizontal = [
        line for line in lines if line.polygon and abs(line.polygon[1].x - line.polygon[0].x) > _height(line)
    ]
    if len(lines) < _MIN_LINES or 2 * len(horizontal) < len(lines) or page.rotation:
        return _Margins(None, {})  # the text area cannot be told from few lines or from vertical ones
    line_height = statistics.median(_height(line) for line in lines)
    edge_kinds: dict[int, BlockKind] = {}
    for block in blocks:
        kind = _edge_kind(block, blocks, page, line_height)
        if kind:
            edge_kinds[id(block)] = kind
    return _Margins(_text_area([line.box for line in horizontal if line.box]), edge_kinds)


def _text_area(boxes: Sequence[Box]) -> Box | None:
    """The area that the long lines cover."""
    longest = max(box.width for box in boxes)
    full = [box for box in boxes if box.width >= _FULL_LINE * longest]
    if len(full) < _MIN_LINES:
        return None
    return Box(
        min(box.left for box in full),
        min(box.top for box in full),
        max(box.right for box in full),
        max(box.bottom for box in full),
    )


def _edge_kind(
    block: Block, blocks: Sequence[Block], page: PageResult, line_height: float
) -> BlockKind | None:
    """The kind of a single line set apart at the top or bottom of the page; None for any other block."""
    box = block.box
    if box is None or len(block.lines) > 1:
        return None
    if max(map(_height, block.lines), default=0) > _HEADING_HEIGHT * line_height:
        return None
    is_top = box.bottom < _EDGE * page.height
    if not is_top and box.top < (1 - _EDGE) * page.height:
        return None
    for other in blocks:
        if other is block or not other.box:
            continue
        is_beside = min(box.bottom, other.box.bottom) - max(box.top, other.box.top) > 0
        gap = other.box.top - box.bottom if is_top else box.top - other.box.bottom
        if not is_beside and gap < _MIN_EDGE_GAP * line_height:
            return None
        if is_beside and len(other.lines) > 1:
            return None
    if _PAGE_NUMBER.fullmatch(block.text.strip()):
        return "page_number"
    return "header" if is_top else "footer"


# ── lists ──


def _split_lists(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks, each split before its first list item."""
    items = find_list_items([[line.text for line in block.lines] for block in blocks])
    for index, block in enumerate(blocks):
        first_item = min((line for of_block, line in items if of_block == index), default=None)
        if first_item is None or block.kind != "text" or block.table:
            yield block
            continue
        if first_item:
            yield Block.of(block.lines[:first_item])
        rest = Block.of(block.lines[first_item:]) if first_item else block
        yield rest.model_copy(update={"kind": "list"})


# ── headings ──


def _usual_height(page: PageResult) -> float | None:
    """The median line height, weighted by the length of the lines."""
    heights = sorted((height, len(line.text)) for line in page.lines if (height := _height(line)))
    remaining = sum(length for _, length in heights) / 2
    for height, length in heights:
        remaining -= length
        if remaining <= 0:
            return height
    return None


def _height(line: Line) -> float:
    """The height across the reading direction; 0 if unknown."""
    if line.polygon and len(line.polygon) == 4:
        first, second, third, fourth = line.polygon
        return (math.dist(first, fourth) + math.dist(second, third)) / 2
    return line.box.height if line.box else 0.0


def _heading_level(block: Block, blocks: Sequence[Block], usual_height: float | None) -> int | None:
    text = " ".join(block.text.split())
    letters = sum(character.isalpha() for character in text)
    if (
        usual_height is None
        or len(block.lines) > 3
        or len(text) > _MAX_HEADING_CHARACTERS
        or letters < max(2, len(text) / 2)
        or text[-1] in ".,;"
        or sum(len(other.lines) for other in blocks if other is not block) < _MIN_OTHER_LINES
    ):
        return None
    ratio = min(_height(line) for line in block.lines) / usual_height
    return None if ratio < _HEADING_HEIGHT else 1 if ratio >= _TOP_HEADING_HEIGHT else 2
