"""Classify the blocks of a page: headings, lists, captions, headers, footers, page numbers and notes.

The rules use letter height, position and how lines begin. A block that no rule matches clearly stays `text`.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator, Sequence

from ocrkit.geometry import Box
from ocrkit.postprocess.furniture import page_furniture, with_kinds
from ocrkit.postprocess.furniture.patterns import is_footnote
from ocrkit.postprocess.furniture.rows import MIN_LINES, has_text_area, is_horizontal, letter_height
from ocrkit.result import Block, BlockKind, PageResult
from ocrkit.result.list_markers import find_list_items

_HEADING_HEIGHT = 1.4
"""Letter height of a heading, relative to body text. Ascenders and descenders alone make less difference."""
_TOP_HEADING_HEIGHT = 2.0
_MAX_HEADING_CHARACTERS = 100
_MIN_OTHER_LINES = 3
"""With fewer lines on the page, the usual letter height is unknown."""

_FULL_LINE = 0.6  # lines at least this long, relative to the longest one, mark the text area

_NOTE_HEIGHT = 0.9
"""Letter height of a footnote, relative to body text, at most."""
_CAPTION = re.compile(
    r"(fig(ure|\.)?|tab(le|elle|leau|\.)|abb(ildung|\.)|plate|図|表|圖|图)\s*\d+([.:\s\d-]|$)", re.IGNORECASE
)


def classify_blocks(result: PageResult) -> PageResult:
    """Set the kind of each text block, and split lists off the text before them.

    If the backend has already set a kind other than `text` or `table`, the page is returned unchanged. Tables
    always stay as they are.
    """
    blocks = result.blocks
    if any(block.kind not in ("text", "table") for block in blocks):
        return result
    blocks = tuple(_split_lists(with_kinds(blocks, page_furniture(blocks, result))))
    usual_height = _usual_height(result)
    text_area = _text_area(result)
    classified = tuple(_with_kind(block, blocks, usual_height, text_area) for block in blocks)
    return result.model_copy(update={"blocks": classified})


def _with_kind(
    block: Block, blocks: Sequence[Block], usual_height: float | None, text_area: Box | None
) -> Block:
    if block.kind != "text" or block.table or not block.text.strip():
        return block
    kind: BlockKind | None = None
    if _is_note(block, text_area) or _is_footnote(block, blocks, usual_height):
        kind = "note"
    level = None
    if kind is None and len(block.lines) <= 4 and _CAPTION.match(block.text.lstrip()):
        kind = "caption"
    if kind is None and (level := _heading_level(block, blocks, usual_height)):
        kind = "heading"
    return block.model_copy(update={"kind": kind, "level": level}) if kind else block


# ── margin notes ──


def _text_area(page: PageResult) -> Box | None:
    """The area that the long lines cover; None where it cannot be told."""
    if not has_text_area(page):
        return None
    boxes = [box for line in page.lines if (box := line.box) and is_horizontal(line)]
    longest = max(box.width for box in boxes)
    full = [box for box in boxes if box.width >= _FULL_LINE * longest]
    if len(full) < MIN_LINES:
        return None
    return Box(
        min(box.left for box in full),
        min(box.top for box in full),
        max(box.right for box in full),
        max(box.bottom for box in full),
    )


def _is_note(block: Block, text_area: Box | None) -> bool:
    """Whether a block is beside the text."""
    if text_area is None or block.box is None:
        return False
    is_beside = block.box.right <= text_area.left or block.box.left >= text_area.right
    return is_beside and text_area.top < block.box.center.y < text_area.bottom


# ── footnotes ──


def _is_footnote(block: Block, blocks: Sequence[Block], usual_height: float | None) -> bool:
    """Whether a block of small letters begins with the mark of a footnote, above no text of usual size."""
    box = block.box
    if usual_height is None or box is None or not is_footnote(block.text):
        return False
    most = _NOTE_HEIGHT * usual_height
    if statistics.median(map(letter_height, block.lines)) > most:
        return False
    return not any(
        other.kind == "text"
        and (place := other.box) is not None
        and place.top >= box.bottom
        and min(place.right, box.right) > max(place.left, box.left)
        and max(map(letter_height, other.lines), default=0) > most
        for other in blocks
    )


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
    heights = sorted((height, len(line.text)) for line in page.lines if (height := letter_height(line)))
    remaining = sum(length for _, length in heights) / 2
    for height, length in heights:
        remaining -= length
        if remaining <= 0:
            return height
    return None


def _heading_level(block: Block, blocks: Sequence[Block], usual_height: float | None) -> int | None:
    if usual_height is None or len(block.lines) > 3:
        return None
    text = " ".join(block.text.split())
    letters = sum(character.isalpha() for character in text)
    if (
        len(text) > _MAX_HEADING_CHARACTERS
        or letters < max(2, len(text) / 2)
        or text[-1] in ".,;"
        or sum(len(other.lines) for other in blocks if other is not block) < _MIN_OTHER_LINES
    ):
        return None
    ratio = min(letter_height(line) for line in block.lines) / usual_height
    return None if ratio < _HEADING_HEIGHT else 1 if ratio >= _TOP_HEADING_HEIGHT else 2
