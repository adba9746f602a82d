"""What stands on a sheet: words, runs of them that belong together, and rows of these."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from ocrkit.geometry import Box, Transform, bounding_box
from ocrkit.result import Line, Word
from ocrkit.tables.rules import Rule
from ocrkit.tables.sheet import LINE

_SPACE = 0.55 * LINE  # the widest inside a cell
_BETWEEN = 0.25 * LINE  # likewise where an engine took it for two lines
_BULLET = re.compile(r"[^\w\s]|[o0]")
_AFTER_BULLET = 2.0 * LINE


class Piece(NamedTuple):
    """A word, or a line whose engine tells no words apart."""

    line: int
    word: Word | None
    text: str
    box: Box


class Run(NamedTuple):
    """Pieces side by side without a wide gap."""

    pieces: tuple[Piece, ...]
    box: Box

    @classmethod
    def of(cls, pieces: Sequence[Piece]) -> Run:
        return cls(tuple(pieces), bounding_box(corner for each in pieces for corner in each.box.polygon))

    @property
    def text(self) -> str:
        return " ".join(piece.text for piece in self.pieces)

    def over(self, left: float, right: float) -> float:
        """How much of it stands between two places."""
        return max(0.0, min(self.box.right, right) - max(self.box.left, left))


Row = list[Run]


def pieces_of(lines: Sequence[Line], placed: Transform) -> list[Piece]:
    """The pieces of some lines. Each is as tall as its line was found."""
    found = []
    for number, line in enumerate(lines):
        if not line.polygon:
            continue
        whole = bounding_box(placed.polygon(line.polygon))
        if not line.words or any(word.polygon is None for word in line.words):
            found.append(Piece(number, None, line.text, whole))
            continue
        for word in line.words:
            box = bounding_box(placed.polygon(word.polygon or ()))
            found.append(Piece(number, word, word.text, Box(box.left, whole.top, box.right, whole.bottom)))
    return found


def rows_of(pieces: Iterable[Piece], upright: Sequence[Rule]) -> list[Row]:
    """Rows from top to bottom, of runs from left to right; a rule between two words parts them."""
    rows: list[list[Piece]] = []
    spans: list[tuple[float, float]] = []
    for piece in sorted(pieces, key=lambda each: each.box.center.y):
        top, bottom = piece.box.top, piece.box.bottom
        if rows:
            above, below = spans[-1]
            if min(bottom, below) - max(top, above) > 0.5 * min(bottom - top, below - above):
                rows[-1].append(piece)
                count = len(rows[-1])
                spans[-1] = above + (top - above) / count, below + (bottom - below) / count
                continue
        rows.append([piece])
        spans.append((top, bottom))
    return [_runs(row, upright) for row in rows]


def _runs(row: list[Piece], upright: Sequence[Rule]) -> Row:
    row = sorted(row, key=lambda each: each.box.left)
    groups = [[row[0]]]
    for before, after in pairwise(row):
        gap = after.box.left - max(piece.box.right for piece in groups[-1])
        widest = _SPACE if after.line == before.line else _BETWEEN
        if len(groups[-1]) == 1 and _BULLET.fullmatch(before.text):
            widest = _AFTER_BULLET
        if gap > widest or any(_parts(rule, before.box, after.box) for rule in upright):
            groups.append([])
        groups[-1].append(after)
    return [Run.of(group) for group in groups]


def _parts(rule: Rule, before: Box, after: Box) -> bool:
    return before.center.x < rule.at < after.center.x and rule.start < before.center.y < rule.end
