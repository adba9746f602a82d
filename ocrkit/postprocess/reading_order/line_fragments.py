"""Text fragments on a leveled page, on which every line runs from left to right."""

from __future__ import annotations

import itertools
import math
import statistics
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ocrkit.geometry import IDENTITY, Box, Polygon, Transform, bounding_box
from ocrkit.result import Block, Line, PageResult, Word, join_words

_MIN_SKEW, _MAX_SKEW = 0.2, 20.0  # in degrees
_COLUMN_GAP = 1.5  # words of one line further apart than this, in line heights, belong to two columns
_DROP_CAPITAL = 1.7  # a letter this many times as tall as a line is a drop capital
_ROW_OVERLAP = 0.5  # fragments that share more than this part of their height are in the same row
_TURNED, _MIN_TURNED = 2.5, 4  # a line of so many letters this many times as high as wide runs up or down
_VISIBLE_GAP = 0.5  # a gap between two pieces of a row that is wider than this, in line heights, is a space

_FIRST_RIGHT_TO_LEFT = "\u0591"
_MIRROR = Transform(xx=-1)


class LineFragment(NamedTuple):
    """A line as the engine found it, or part of one, with its box on the leveled page."""

    line: Line
    box: Box
    kept_block: Block | None = None
    """The block of the line, if it must not be taken apart: a table, or a block of a known kind."""

    @property
    def width(self) -> float:
        return self.box.right - self.box.left

    @property
    def first_word_width(self) -> float:
        """Estimated width of the first word; in Chinese and Japanese, of one character."""
        text = self.line.text.strip()
        if text and unicodedata.east_asian_width(text[0]) in "WF":
            return min(self.width, self.box.height)
        first = text.split(maxsplit=1)[0] if text else text
        return self.width * len(first) / max(1, len(text))


def fragments_of(result: PageResult) -> list[LineFragment] | None:
    """The lines of a page as fragments, or None if the position of any line is unknown.

    A line that spans two columns becomes two fragments.
    """
    if not any(line.polygon and len(line.polygon) > 1 for line in result.lines):
        return None
    leveling = _leveling_transform(result)
    whole: list[LineFragment] = []
    word_boxes: list[list[Box]] = []
    for block in result.blocks:
        kept = block if block.table or block.kind != "text" else None
        lines = block.lines or ((Line(text="", polygon=block.polygon),) if kept else ())
        for line in lines:
            if not line.polygon or len(line.polygon) < 2:
                return None
            words = [_level_box(word.polygon, leveling) for word in line.words if word.polygon]
            whole.append(LineFragment(line, _text_box(line, words, leveling), kept))
            word_boxes.append(words)
    height = median_height(whole)
    return [
        _shorten_drop_capital(part, height)
        for fragment, words in zip(whole, word_boxes, strict=True)
        for part in _split_columns(fragment, words, height)
    ]


def median_height(fragments: Sequence[LineFragment]) -> float:
    """The median height of the fragments, always above 0."""
    heights = [fragment.box.height for fragment in fragments]
    return max(1e-6, statistics.median(heights)) if heights else 1.0


def is_turned(fragment: LineFragment) -> bool:
    """Whether a line runs up or down the leveled page, as a stamp at its side or the label of an axis does.

    Chinese and Japanese columns are upright, and belong to the text.
    """
    text = fragment.line.text.strip()
    if fragment.kept_block or len(text) < _MIN_TURNED or fragment.box.height < _TURNED * fragment.box.width:
        return False
    return 2 * sum(unicodedata.east_asian_width(character) in "WF" for character in text) < len(text)


def enclosing_box(fragments: Iterable[LineFragment]) -> Box:
    lefts, tops, rights, bottoms = zip(*(fragment.box for fragment in fragments), strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def word_count(text: str) -> float:
    """The number of words; two Chinese or Japanese characters count as one."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text.split()) if not wide else wide / 2


def group_rows(fragments: Iterable[LineFragment]) -> list[list[LineFragment]]:
    """Rows of fragments that are side by side, from top to bottom, each from left to right."""
    rows: list[list[LineFragment]] = []
    row_top = row_bottom = 0.0
    for fragment in sorted(
        fragments, key=lambda fragment: (fragment.box.top + fragment.box.bottom, fragment.box.left)
    ):
        _, top, _, bottom = fragment.box
        overlap = min(bottom, row_bottom) - max(top, row_top)
        if rows and overlap > _ROW_OVERLAP * min(bottom - top, row_bottom - row_top):
            rows[-1].append(fragment)
            count = len(rows[-1])
            row_top, row_bottom = (
                row_top + (top - row_top) / count,
                row_bottom + (bottom - row_bottom) / count,
            )
        else:
            rows.append([fragment])
            row_top, row_bottom = top, bottom
    return [sorted(row, key=lambda fragment: fragment.box.left) for row in rows]


def flatten(rows: Iterable[Iterable[LineFragment]]) -> list[LineFragment]:
    return [fragment for row in rows for fragment in row]


def join_row(row: Sequence[LineFragment]) -> Line:
    """The fragments of a row, from left to right, as one line. A visible gap between them is a space."""
    if len(row) == 1:
        return row[0].line
    lines = [fragment.line for fragment in row]
    whole = Block.of(lines)
    return Line(
        text=_joined_text(row, [line.text for line in lines]),
        raw_text=_joined_text(row, [line.raw_text for line in lines]),
        words=_joined_words(lines),
        polygon=whole.polygon,
        confidence=whole.confidence,
        language=whole.language,
        handwritten=whole.handwritten,
        script=max(lines, key=lambda line: len(line.text)).script,
        read_by=whole.read_by,
    )


def _joined_text(row: Sequence[LineFragment], texts: Sequence[str]) -> str:
    text = texts[0]
    for (left, right), following in zip(itertools.pairwise(row), texts[1:], strict=True):
        gap = right.box.left - left.box.right
        if text and following and gap > _VISIBLE_GAP * min(left.box.height, right.box.height):
            text = f"{text} {following}"
        else:
            text = join_words([text, following])
    return text


def _joined_words(lines: Sequence[Line]) -> tuple[Word, ...]:
    """The words of all lines. A line without words is one word if others have some, or other handwriting."""
    if not any(line.words for line in lines) and len({line.handwritten for line in lines}) == 1:
        return ()
    words: list[Word] = []
    for line in lines:
        shared = {name: getattr(line, name) for name in ("polygon", "confidence", "language", "handwritten")}
        own = line.words or (Word(text=line.text, raw_text=line.raw_text, **shared),)
        words += [
            word.model_copy(update={"handwritten": word.handwritten or line.handwritten}) for word in own
        ]
    return tuple(words)


def _text_box(line: Line, words: Sequence[Box], leveling: Transform) -> Box:
    """The box of a line from its first to its last word, with the median height of the words.

    The line's own polygon is less exact: detection adds margins that can fill a narrow gutter, and a speck
    recognized as a word can be taller than the line. In a line that runs up or down, the words are above
    one another.
    """
    whole = _level_box(line.polygon or (), leveling)
    if not words or whole.height > _TURNED * whole.width:
        return whole
    lefts, tops, rights, bottoms = zip(*words, strict=True)
    return Box(min(lefts), statistics.median(tops), max(rights), statistics.median(bottoms))


def _level_box(polygon: Polygon, leveling: Transform) -> Box:
    """The leveled polygon as a box of the same width and height; its bounding box could be larger."""
    if leveling == IDENTITY and len(polygon) == 4 and polygon[0].y == polygon[1].y < polygon[2].y:
        return bounding_box(polygon)
    corners = leveling.polygon(polygon)
    box = bounding_box(corners)
    if len(polygon) != 4:
        return box
    first, second, third, _ = corners
    is_horizontal = abs(second.x - first.x) >= abs(second.y - first.y)
    sides = math.dist(first, second), math.dist(second, third)
    width, height = sides if is_horizontal else sides[::-1]
    x, y = box.center
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _split_columns(fragment: LineFragment, boxes: Sequence[Box], height: float) -> Iterator[LineFragment]:
    """Split a fragment at wide gaps between its words, if its text consists of these words only."""
    words = fragment.line.words
    if fragment.kept_block or len(words) < 2 or len(boxes) < len(words):
        yield fragment
        return
    gap = _COLUMN_GAP * max(height, fragment.box.height)
    cuts = [n for n, (one, other) in enumerate(itertools.pairwise(boxes), 1) if other.left - one.right > gap]
    if not cuts or fragment.line.text != join_words([word.text for word in words]):
        yield fragment
        return
    for start, end in itertools.pairwise([0, *cuts, len(words)]):
        line = Line.of(
            words[start:end],
            language=fragment.line.language,
            handwritten=fragment.line.handwritten,
            script=fragment.line.script,
            read_by=fragment.line.read_by,
        )
        box = Box(boxes[start].left, fragment.box.top, boxes[end - 1].right, fragment.box.bottom)
        yield LineFragment(line, box)


def _shorten_drop_capital(fragment: LineFragment, height: float) -> LineFragment:
    """Limit a drop capital to the first of the lines beside it, so that it is read with that line."""
    box = fragment.box
    if len(fragment.line.text) > 2 or box.height < _DROP_CAPITAL * height or box.height < 0.7 * box.width:
        return fragment
    return fragment._replace(box=box._replace(bottom=box.top + height))


def _leveling_transform(result: PageResult) -> Transform:
    """Rotate the page so that its lines run to the right and are level.

    The direction of most of the text counts, not that of the page: on a page of vertical Japanese the columns
    become lines. Pages in Hebrew or Arabic are mirrored. Skew is removed because it closes gutters.
    """
    slopes = [slope for line in result.lines if len(line.polygon or ()) > 1 and (slope := _slope(line))]
    weights = [0.0] * 4
    for angle, length in slopes:
        weights[round(angle / 90) % 4] += length
    turns = weights.index(max(weights))
    skews = [((angle - 90 * turns + 180) % 360 - 180, length) for angle, length in slopes]
    skew = _weighted_median([(angle, length) for angle, length in skews if abs(angle) < _MAX_SKEW])
    leveling = Transform.quarter_turns(-turns, result.width, result.height)
    if abs(skew) > _MIN_SKEW:
        leveling = leveling.then(Transform.rotation(-skew))
    return leveling.then(_MIRROR) if _is_right_to_left(result.lines) else leveling


def _is_right_to_left(lines: Iterable[Line]) -> bool:
    """Whether more than half of the letters are Hebrew or Arabic."""
    balance = 0.0
    texts = [line.text for line in lines]
    if all(text.isascii() or max(text) < _FIRST_RIGHT_TO_LEFT for text in texts):
        return False
    for text in texts:
        for character in text:
            if character >= _FIRST_RIGHT_TO_LEFT:
                balance += unicodedata.bidirectional(character) in ("R", "AL")
            if character.isalpha():
                balance -= 0.5
    return balance > 0


def _slope(line: Line) -> tuple[float, float] | None:
    """The direction of a line, in degrees clockwise from the right, and its length.

    For engines that return upright boxes only, the direction is measured from the first to the last word.
    """
    start, end = (line.polygon or ())[:2]
    angle, length = math.degrees(math.atan2(end.y - start.y, end.x - start.x)), math.dist(start, end)
    polygons = [word.polygon for word in line.words if word.polygon]
    if len(polygons) > 1 and angle % 90 == 0:
        first, last = (bounding_box(polygon).center for polygon in (polygons[0], polygons[-1]))
        from_words = math.degrees(math.atan2(last.y - first.y, last.x - first.x))
        if abs((from_words - angle + 180) % 360 - 180) < _MAX_SKEW:
            return from_words, length
    return (angle, length) if length else None


def _weighted_median(values: list[tuple[float, float]]) -> float:
    total, half = 0.0, sum(weight for _, weight in values) / 2
    for value, weight in sorted(values):
        total += weight
        if total >= half:
            return value
    return 0.0
