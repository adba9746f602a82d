"""Tesseract's answer, a table of tab-separated values, as blocks."""

from __future__ import annotations

import math

from ocrkit.geometry import Box, Polygon, Transform
from ocrkit.result import Block, Line, Word

_WORD = "5"
_COLUMNS = 12


def parse(tsv: str, to_page: Transform, width: int, height: int) -> tuple[Block, ...]:
    """The words of the table, grouped into lines and paragraphs in the engine's reading order.

    Args:
        tsv: rows of level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
        to_page: from the pixels the engine saw to those of the page.
        width: of the page, as is the height: what lies outside is cut off.
        height: of the page.

    Raises:
        ValueError: it is not such a table.
    """
    paragraphs: dict[tuple[str, ...], dict[tuple[str, ...], list[Word]]] = {}
    for row in tsv.split("\n"):
        fields = row.split("\t", _COLUMNS - 1)
        if fields[0] != _WORD:
            continue
        if len(fields) < _COLUMNS - 1:
            raise ValueError(f"Tesseract answered a word with {len(fields)} of {_COLUMNS} columns")
        text = fields[-1].strip() if len(fields) == _COLUMNS else ""
        if not text:
            continue
        left, top, wide, high = (float(field) for field in fields[6:10])
        polygon = to_page.polygon(Box(left, top, left + wide, top + high).polygon)
        word = Word(text=text, polygon=_inside(polygon, width, height), confidence=_confidence(fields[10]))
        lines = paragraphs.setdefault(tuple(fields[1:4]), {})
        lines.setdefault(tuple(fields[1:5]), []).append(word)
    return tuple(Block.of(Line.of(words) for words in lines.values()) for lines in paragraphs.values())


def _confidence(field: str) -> float | None:
    value = float(field)  # per cent; -1 where the engine has none
    return None if value < 0 else min(1.0, value / 100)


def _inside(polygon: Polygon, width: int, height: int) -> Polygon:
    return tuple(
        point._replace(x=min(max(point.x, 0.0), float(width)), y=min(max(point.y, 0.0), float(height)))
        for point in polygon
    )


def mean_confidence(blocks: tuple[Block, ...]) -> float:
    """How well a page was read, from 0 (nothing) to 1: words weighted by their length."""
    words = [word for block in blocks for line in block.lines for word in line.words]
    length = sum(len(word.text) for word in words)
    return sum((word.confidence or 0.0) * len(word.text) for word in words) / length if length else 0.0


def stands_on_end(blocks: tuple[Block, ...]) -> bool:
    """Whether most words are taller than wide as they were read: the page lies on its side.

    Tesseract's layout analysis reads such lines, so their confidence does not tell.
    """
    outlines = [
        word.polygon
        for block in blocks
        for line in block.lines
        for word in line.words
        if word.polygon and len(word.text) >= 3
    ]
    tall = sum(math.dist(start, below) > 1.2 * math.dist(start, end) for start, end, _, below in outlines)
    return tall * 2 > len(outlines)
