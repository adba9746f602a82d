"""Repairs of what some packs do to words.

The packs for Thai, Lao, Khmer, Burmese, Tibetan and Korean report words in pieces, most of them single
letters, and do not report where a space is. The gap between two pieces tells it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ocrkit.geometry import Box

# Thai, Lao, Tibetan, Burmese, Khmer, Hangul.
_IN_PIECES = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3130-\u318f\uac00-\ud7a3]")
_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")
_USELESS_JOINERS = re.compile(r"[\u200c\u200d]+(?=\W|$)")
_SPACE = 0.35  # a gap at least this wide, relative to the height of high letters, is a space


class Piece(NamedTuple):
    """A word of the engine, or a part of one, in the engine's image."""

    text: str
    box: Box
    confidence: float | None
    position: int
    """Its position in the output; -1 if it was joined."""


def join_pieces(pieces: Sequence[Piece]) -> list[Piece]:
    """The words of a line, with the pieces of one word joined."""
    if not any(_IN_PIECES.search(piece.text) for piece in pieces):
        return list(pieces)
    heights = sorted(piece.box.height for piece in pieces)
    space = _SPACE * heights[3 * (len(heights) - 1) // 4]  # most marks of Thai are low pieces of their own
    words: list[Piece] = []
    for piece in pieces:
        if words and _is_one_word(words[-1], piece, space):
            words[-1] = _joined(words[-1], piece)
        else:
            words.append(piece)
    return words


def repaired(text: str) -> str:
    """A word without joiners that join nothing, and with Greek letters in Greek words.

    The pack for Tamil ends words with a zero-width non-joiner; that for Greek writes mu as the micro sign.
    """
    text = _USELESS_JOINERS.sub("", text.strip())
    return text.replace("\u00b5", "\u03bc") if _GREEK.search(text) else text


def _is_one_word(before: Piece, after: Piece, space: float) -> bool:
    if not (_IN_PIECES.match(before.text[-1]) or _IN_PIECES.match(after.text[0])):
        return False
    overlap = min(before.box.bottom, after.box.bottom) - max(before.box.top, after.box.top)
    return overlap > 0 and after.box.left - before.box.right < space


def _joined(before: Piece, after: Piece) -> Piece:
    boxes = (before.box, after.box)
    box = Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )
    known = before.confidence is not None and after.confidence is not None
    lengths = len(before.text), len(after.text)
    confidence = (
        ((before.confidence or 0) * lengths[0] + (after.confidence or 0) * lengths[1]) / sum(lengths)
        if known
        else None
    )
    return Piece(before.text + after.text, box, confidence, -1)
