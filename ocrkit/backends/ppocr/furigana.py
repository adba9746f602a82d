"""Furigana: small kana beside the characters of a column that tell how these are pronounced."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ocrkit.backends.ppocr.page_reader import PlacedLine

_KANA = re.compile(r"[\u3040-\u30ff\s]+")
_KANJI = re.compile(r"[\u3400-\u9fff々]")
_MAX_THICKNESS = 0.75  # of the column; the small kana themselves are half as large
_NEAREST, _FARTHEST = 0.1, -0.35  # of their middle from the edge of the column, in its thickness


def furigana(lines: Sequence[PlacedLine]) -> frozenset[int]:
    """The indices of the lines of vertical text that are furigana of another line."""
    columns = [each for each in lines if _KANJI.search(each.line.text.text)]
    return frozenset(
        index
        for index, each in enumerate(lines)
        if _KANA.fullmatch(each.line.text.text) and any(_is_beside(each, column) for column in columns)
    )


def _is_beside(small: PlacedLine, column: PlacedLine) -> bool:
    """Whether a line is thin and beside a column where furigana are: above it, in its direction."""
    start, end, _, side = column.corners
    along, across = end - start, side - start
    length, thickness = float(np.linalg.norm(along)), float(np.linalg.norm(across))
    if float(np.linalg.norm(small.corners[3] - small.corners[0])) > _MAX_THICKNESS * thickness:
        return False
    middle = small.corners.mean(axis=0) - start
    position = float(middle @ along) / max(1.0, length) ** 2
    distance = float(middle @ across) / max(1.0, thickness) ** 2
    return 0 <= position <= 1 and _FARTHEST <= distance <= _NEAREST
