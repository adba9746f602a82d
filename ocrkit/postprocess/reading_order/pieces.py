"""Pieces of text on a level page that reads from left to right, whatever the page they come from."""

from __future__ import annotations

import itertools
import math
import statistics
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ocrkit.geometry import Box, Polygon, Transform, bounding_box
from ocrkit.result import Block, Line, PageResult, join_words

_LEAST_SKEW, _MOST_SKEW = 0.2, 20.0  # in degrees
_APART = 1.5  # words of one line that stand further apart, in line heights, belong to two columns
_CAPITAL = 1.7  # a letter this many times as tall as the lines is a drop capital
_TOGETHER = 0.5  # pieces that share more than this of their height stand side by side

_MIRROR = Transform(xx=-1)


class Piece(NamedTuple):
    """A piece of text, and where it stands once the page is level and its lines run to the right."""

    line: Line
    box: Box
    whole: Block | None = None
    """The block it is part of, if that stays as it is: a table, or what a backend called a heading."""

    @property
    def width(self) -> float:
        return self.box.right - self.box.left

    @property
    def first_word(self) -> float:
        """About how wide the first word is: what cannot be broken. Of Chinese, a character."""
        text = self.line.text.strip()
        if text and unicodedata.east_asian_width(text[0]) in "WF":
            return min(self.width, self.box.height)
        first = text.split(maxsplit=1)[0] if text else text
        return self.width * len(first) / max(1, len(text))


def pieces_of(result: PageResult) -> list[Piece] | None:
    """All lines of a page as pieces, or None where it is not known of all of them where they stand.

    A line that reaches over a wide gap, from one column into the next, becomes two.
    """
    if not any(line.polygon and len(line.polygon) > 1 for line in result.lines):
        return None
    level = _levelling(result)
    whole: list[Piece] = []
    for block in result.blocks:
        known = block if block.table or block.kind != "text" else None
        lines = block.lines or ((Line(text="", polygon=block.polygon),) if known else ())
        for line in lines:
            if not line.polygon or len(line.polygon) < 2:
                return None
            whole.append(Piece(line, _extent(line, level), known))
    height = usual_height(whole)
    return [_lifted(piece, height) for each in whole for piece in _split(each, level, height)]


def usual_height(pieces: Sequence[Piece]) -> float:
    """The height of a line of the page, at least a hair."""
    heights = [piece.box.height for piece in pieces]
    return max(1e-6, statistics.median(heights)) if heights else 1.0


def around(pieces: Iterable[Piece]) -> Box:
    """The smallest box around some pieces."""
    lefts, tops, rights, bottoms = zip(*(piece.box for piece in pieces), strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def rows_of(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces that stand side by side, top row first, each from left to right."""
    rows: list[list[Piece]] = []
    above = below = 0.0
    for piece in sorted(pieces, key=lambda piece: (piece.box.top + piece.box.bottom, piece.box.left)):
        _, top, _, bottom = piece.box
        if rows and min(bottom, below) - max(top, above) > _TOGETHER * min(bottom - top, below - above):
            rows[-1].append(piece)
            count = len(rows[-1])
            above, below = above + (top - above) / count, below + (bottom - below) / count
        else:
            rows.append([piece])
            above, below = top, bottom
    return [sorted(row, key=lambda piece: piece.box.left) for row in rows]


def flat(rows: Iterable[Iterable[Piece]]) -> list[Piece]:
    """The pieces of some rows."""
    return [piece for row in rows for piece in row]


def joined(row: Sequence[Piece]) -> Line:
    """The pieces of a row, from left to right, as one line."""
    if len(row) == 1:
        return row[0].line
    lines = [piece.line for piece in row]
    outline = Block.of(lines)
    told_apart = all(line.words for line in lines)
    return Line(
        text=join_words([line.text for line in lines]),
        words=tuple(word for line in lines for word in line.words) if told_apart else (),
        polygon=outline.polygon,
        confidence=outline.confidence,
        language=outline.language,
        handwritten=outline.handwritten,
    )


def _extent(line: Line, level: Transform) -> Box:
    """Where a line stands: from its first word to its last, and as high as most of its words.

    Detection leaves a margin at the ends that can fill a narrow gutter; a speck that was taken for a word can
    be taller than the line.
    """
    words = [_upright(word.polygon, level) for word in line.words if word.polygon]
    if not words:
        return _upright(line.polygon or (), level)
    return Box(
        min(box.left for box in words),
        statistics.median(box.top for box in words),
        max(box.right for box in words),
        statistics.median(box.bottom for box in words),
    )


def _upright(polygon: Polygon, level: Transform) -> Box:
    """An outline as a box of the same width and height: one that is led through a turn would grow."""
    corners = level.polygon(polygon)
    box = bounding_box(corners)
    if len(polygon) != 4:
        return box
    (x, y), (right, below), (far, bottom), _ = corners
    along_x = abs(right - x) >= abs(below - y)
    wide, high = math.hypot(right - x, below - y), math.hypot(far - right, bottom - below)
    width, height = (wide, high) if along_x else (high, wide)
    x, y = box.center
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _split(piece: Piece, level: Transform, height: float) -> Iterator[Piece]:
    """A piece in parts where its words stand far apart, if nothing but its words is in it."""
    words = piece.line.words
    if piece.whole or len(words) < 2 or any(not word.polygon for word in words):
        yield piece
        return
    boxes = [_upright(word.polygon or (), level) for word in words]
    gap = _APART * max(height, piece.box.height)
    cuts = [n for n, (one, other) in enumerate(itertools.pairwise(boxes), 1) if other.left - one.right > gap]
    if not cuts or piece.line.text != join_words([word.text for word in words]):
        yield piece
        return
    for start, end in itertools.pairwise([0, *cuts, len(words)]):
        line = Line.of(words[start:end], language=piece.line.language, handwritten=piece.line.handwritten)
        yield Piece(line, Box(boxes[start].left, piece.box.top, boxes[end - 1].right, piece.box.bottom))


def _lifted(piece: Piece, height: float) -> Piece:
    """A drop capital begins the first of the lines beside it, and stands on that one alone."""
    box = piece.box
    if len(piece.line.text) > 2 or box.height < _CAPITAL * height or box.height < 0.7 * box.width:
        return piece
    return piece._replace(box=box._replace(bottom=box.top + height))


def _levelling(result: PageResult) -> Transform:
    """Makes the lines run to the right, and level: gutters are only straight on a page without skew.

    What counts is the direction most of the text has, not how the page lies: a page of vertical Japanese is
    upright, and its columns follow one another as lines do once they are laid on their side. Hebrew and
    Arabic are seen in a mirror.
    """
    slopes = [slope for line in result.lines if len(line.polygon or ()) > 1 and (slope := _slope(line))]
    weights = [0.0] * 4
    for angle, length in slopes:
        weights[round(angle / 90) % 4] += length
    turns = weights.index(max(weights))
    skews = [((angle - 90 * turns + 180) % 360 - 180, length) for angle, length in slopes]
    skew = _weighted_median([(angle, length) for angle, length in skews if abs(angle) < _MOST_SKEW])
    level = Transform.quarter_turns(-turns, result.width, result.height)
    if abs(skew) > _LEAST_SKEW:
        level = level.then(Transform.rotation(-skew))
    return level.then(_MIRROR) if _runs_to_the_left(result.lines) else level


def _runs_to_the_left(lines: Iterable[Line]) -> bool:
    leftward = 0.0
    for line in lines:
        for character in line.text:
            if character > "\u0590":
                leftward += unicodedata.bidirectional(character) in ("R", "AL")
            if character.isalpha():
                leftward -= 0.5
    return leftward > 0


def _slope(line: Line) -> tuple[float, float] | None:
    """The direction in which a line runs, in degrees clockwise from the right, and its length.

    Some engines give upright boxes only. Then the direction shows from word to word.
    """
    start, end = (line.polygon or ())[:2]
    angle, length = math.degrees(math.atan2(end.y - start.y, end.x - start.x)), math.dist(start, end)
    outlines = [word.polygon for word in line.words if word.polygon]
    if len(outlines) > 1 and angle % 90 == 0:
        (x, y), (right, below) = (bounding_box(outline).center for outline in (outlines[0], outlines[-1]))
        from_words = math.degrees(math.atan2(below - y, right - x))
        if abs((from_words - angle + 180) % 360 - 180) < _MOST_SKEW:
            return from_words, length
    return (angle, length) if length else None


def _weighted_median(values: list[tuple[float, float]]) -> float:
    total, half = 0.0, sum(weight for _, weight in values) / 2
    for value, weight in sorted(values):
        total += weight
        if total >= half:
            return value
    return 0.0
