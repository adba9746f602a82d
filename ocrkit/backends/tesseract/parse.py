"""Parses Tesseract's TSV output."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ocrkit.backends.tesseract.pieces import Piece, join_pieces, repaired
from ocrkit.geometry import Box, Polygon, Transform
from ocrkit.result import Alternative, Block, Line, Word

_WORD_LEVEL = "5"
_COLUMNS = 12


def parse(
    tsv: str,
    to_page: Transform,
    width: int,
    height: int,
    alternatives: Mapping[int, tuple[Alternative, ...]] | None = None,
) -> tuple[Block, ...]:
    """Group the words of the TSV output into lines and paragraphs, in the engine's reading order.

    Args:
        tsv: rows of level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
        to_page: the transform from the engine's image to the page.
        width: width of the page; polygons are clipped to it.
        height: height of the page; polygons are clipped to it.
        alternatives: the other readings of words, by the position of the word in the output.

    Raises:
        ValueError: the output is malformed.
    """
    paragraphs: dict[tuple[str, ...], dict[tuple[str, ...], list[Piece]]] = {}
    rows = (row.split("\t", _COLUMNS - 1) for row in tsv.split("\n"))
    for position, fields in enumerate(row for row in rows if row[0] == _WORD_LEVEL):
        if len(fields) < _COLUMNS - 1:
            raise ValueError(f"a word has {len(fields)} of {_COLUMNS} columns")
        text = repaired(fields[-1]) if len(fields) == _COLUMNS else ""
        if not text:
            continue
        left, top, piece_width, piece_height = (float(field) for field in fields[6:10])
        box = Box(left, top, left + piece_width, top + piece_height)
        lines = paragraphs.setdefault(tuple(fields[1:4]), {})
        pieces = lines.setdefault(tuple(fields[1:5]), [])
        pieces.append(Piece(text, box, _confidence(fields[10]), position))

    def word(piece: Piece) -> Word:
        return Word(
            text=piece.text,
            polygon=_clip(to_page.polygon(piece.box.polygon), width, height),
            confidence=piece.confidence,
            alternatives=(alternatives or {}).get(piece.position, ()),
        )

    return tuple(
        Block.of(Line.of([word(piece) for piece in join_pieces(pieces)]) for pieces in lines.values())
        for lines in paragraphs.values()
    )


def _confidence(field: str) -> float | None:
    value = float(field)  # percent; -1 if unknown
    return None if value < 0 else min(1.0, value / 100)


def _clip(polygon: Polygon, width: int, height: int) -> Polygon:
    return tuple(
        point._replace(x=min(max(point.x, 0.0), float(width)), y=min(max(point.y, 0.0), float(height)))
        for point in polygon
    )


def mean_confidence(blocks: tuple[Block, ...]) -> float:
    """The mean confidence of the words, weighted by their length; 0 without words."""
    words = [word for block in blocks for line in block.lines for word in line.words]
    length = sum(len(word.text) for word in words)
    return sum((word.confidence or 0.0) * len(word.text) for word in words) / length if length else 0.0


def is_sideways(blocks: tuple[Block, ...]) -> bool:
    """Whether most words are taller than wide, so the page is rotated by 90° or 270°.

    Confidence does not show this, because Tesseract's layout analysis also reads vertical lines.
    """
    polygons = [
        word.polygon
        for block in blocks
        for line in block.lines
        for word in line.words
        if word.polygon and len(word.text) >= 3
    ]
    tall = sum(math.dist(start, below) > 1.2 * math.dist(start, end) for start, end, _, below in polygons)
    return tall * 2 > len(polygons)
