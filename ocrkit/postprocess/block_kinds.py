"""What the blocks of a page are: headings, lists, captions, page numbers and what stands in the margins.

It is read off their heights, their places and how their lines begin. A doubt makes a `text`.
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

_TALLER = 1.4
"""Letters above and below the line alone make a line this much less than this taller than another."""
_TALLEST = 2.0
_LONGEST_HEADING = 100
_FEWEST_OTHERS = 3
"""Fewer lines beside a block do not show what is usual on a page."""

_EDGE = 0.12  # headers and footers stand in this share of the page at the top and the bottom
_APART = 1.2  # at least so far from everything else, in line heights
_FEWEST_ROWS = 6  # on a page with so many lines at least
_FULL = 0.6  # lines of this share of the longest one show where the columns of the page stand

_CAPTION = re.compile(
    r"(fig(ure|\.)?|tab(le|elle|leau|\.)|abb(ildung|\.)|plate|図|表|圖|图)\s*\d+([.:\s\d-]|$)", re.IGNORECASE
)
_PAGE_NUMBER = re.compile(
    r"\W{0,3}((page|seite|p\.|s\.|sida|side)\s*)?(\d{1,4}|[ivxlc]{1,7})(\s*(/|of|von|de)\s*\d{1,4})?\W{0,3}",
    re.IGNORECASE,
)


class _Margins(NamedTuple):
    """Where the text of a page stands, and what is outside of it."""

    body: Box | None
    edges: dict[int, BlockKind]
    """Headers, footers and page numbers, by the identity of their block."""

    def kind(self, block: Block) -> BlockKind | None:
        found = self.edges.get(id(block))
        if found or not self.body or not block.box:
            return found
        outside = block.box.right <= self.body.left or block.box.left >= self.body.right
        return "note" if outside and self.body.top < block.box.center.y < self.body.bottom else None


def structure(result: PageResult) -> PageResult:
    """The same page with the kinds of its blocks; lists begin blocks of their own.

    Where a backend has said of any block what it is, all of them stay as they are. Tables stay as well.
    """
    blocks = result.blocks
    if any(block.kind not in ("text", "table") for block in blocks):
        return result
    blocks = tuple(_lists(blocks))
    usual = _usual_height(result)
    margins = _margins(result, blocks)
    kinds = [_with_kind(block, blocks, usual, margins) for block in blocks]
    return result.model_copy(update={"blocks": tuple(kinds)})


def _with_kind(block: Block, blocks: Sequence[Block], usual: float | None, margins: _Margins) -> Block:
    if block.kind != "text" or block.table or not block.text.strip():
        return block
    kind = margins.kind(block)
    level = None
    if kind is None and len(block.lines) <= 4 and _CAPTION.match(block.text.lstrip()):
        kind = "caption"
    if kind is None and (level := _heading_level(block, blocks, usual)):
        kind = "heading"
    return block.model_copy(update={"kind": kind, "level": level}) if kind else block


# ── what is not part of the text that runs through ──


def _margins(page: PageResult, blocks: Sequence[Block]) -> _Margins:
    lines = [line for line in page.lines if line.box and line.polygon]
    level = [
        line for line in lines if line.polygon and abs(line.polygon[1].x - line.polygon[0].x) > _height(line)
    ]
    if len(lines) < _FEWEST_ROWS or 2 * len(level) < len(lines) or page.rotation:
        return _Margins(None, {})  # few lines, or vertical ones: nothing shows where text stands
    height = statistics.median(_height(line) for line in lines)
    longest = max(line.box.width for line in level if line.box)
    full = [line.box for line in level if line.box and line.box.width >= _FULL * longest]
    body = Box(
        min(box.left for box in full),
        min(box.top for box in full),
        max(box.right for box in full),
        max(box.bottom for box in full),
    )
    edges: dict[int, BlockKind] = {}
    for block in blocks:
        kind = _at_the_edge(block, blocks, page, height)
        if kind:
            edges[id(block)] = kind
    return _Margins(body if len(full) >= _FEWEST_ROWS else None, edges)


def _at_the_edge(block: Block, blocks: Sequence[Block], page: PageResult, height: float) -> BlockKind | None:
    """Whether a block is a header, a footer or a page number: a line far up or down, apart from others."""
    box = block.box
    if box is None or len(block.lines) > 1 or max(map(_height, block.lines), default=0) > _TALLER * height:
        return None
    top = box.bottom < _EDGE * page.height
    if not top and box.top < (1 - _EDGE) * page.height:
        return None
    for other in blocks:
        if other is block or not other.box:
            continue
        beside = min(box.bottom, other.box.bottom) - max(box.top, other.box.top) > 0
        gap = other.box.top - box.bottom if top else box.top - other.box.bottom
        if not beside and gap < _APART * height:
            return None
        if beside and len(other.lines) > 1:
            return None
    if _PAGE_NUMBER.fullmatch(block.text.strip()):
        return "page_number"
    return "header" if top else "footer"


# ── lists ──


def _lists(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks; what comes before the first item of a list is one of its own."""
    items = find_list_items([[line.text for line in block.lines] for block in blocks])
    for position, block in enumerate(blocks):
        first = min((line for where, line in items if where == position), default=None)
        if first is None or block.kind != "text" or block.table:
            yield block
            continue
        if first:
            yield Block.of(block.lines[:first])
        rest = Block.of(block.lines[first:]) if first else block
        yield rest.model_copy(update={"kind": "list"})


# ── headings ──


def _usual_height(page: PageResult) -> float | None:
    """The height that half of the text has at least."""
    heights = sorted((height, len(line.text)) for line in page.lines if (height := _height(line)))
    half = sum(length for _, length in heights) / 2
    for height, length in heights:
        half -= length
        if half <= 0:
            return height
    return None


def _height(line: Line) -> float:
    """Across the reading direction; 0 where it is not known."""
    if line.polygon and len(line.polygon) == 4:
        first, second, third, fourth = line.polygon
        return (math.dist(first, fourth) + math.dist(second, third)) / 2
    return line.box.height if line.box else 0.0


def _heading_level(block: Block, blocks: Sequence[Block], usual: float | None) -> int | None:
    text = " ".join(block.text.split())
    letters = sum(character.isalpha() for character in text)
    if (
        usual is None
        or len(block.lines) > 3
        or len(text) > _LONGEST_HEADING
        or letters < max(2, len(text) / 2)
        or text[-1] in ".,;"
        or sum(len(each.lines) for each in blocks if each is not block) < _FEWEST_OTHERS
    ):
        return None
    least = min(_height(line) for line in block.lines) / usual
    return None if least < _TALLER else 1 if least >= _TALLEST else 2
