"""The box of each word, along the direction of its text, in pixels of the page.

Words without a polygon share the box of their line, lines without one that of their block, and blocks that of
the page. So no text is missing, and a search at least finds the right page.
"""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ocrkit.exporters.pdf import bidi
from ocrkit.geometry import Box, Point, Polygon
from ocrkit.result import Line, PageResult, join_words

_MAX_SLANT = 0.5
"""In heights of the word: if a word rises by less along its length, its box is upright."""
_COLUMN_RATIO = 1.5
"""The height to width ratio above which East Asian characters are a vertical column."""
_SAME_DIRECTION = 0.9
"""The cosine of the greatest angle between two words with a gap to measure."""
_MIN_GAP, _MAX_GAP = 0.05, 0.5
"""In heights of the word: gaps in this range are closed in text without spaces."""


class WordBox(NamedTuple):
    """A word and its box, which may be rotated."""

    text: str
    """The characters in visual order along the box."""
    start: Point
    """The corner below the first character."""
    along: Point
    """The vector from there to the end of the word."""
    up: Point
    """The vector from there to the top of the characters."""

    @property
    def end(self) -> Point:
        return Point(self.start.x + self.along.x, self.start.y + self.along.y)


def lines_of_word_boxes(page: PageResult) -> Iterator[list[WordBox]]:
    """The words of each line, in visual order along the line."""
    page_box = Box(0, 0, page.width, page.height)
    for block_index, block in enumerate(page.blocks):
        block_box = block.box or _strip(page_box, block_index, len(page.blocks))
        for line_index, line in enumerate(block.lines):
            words = _words(line, _strip(block_box, line_index, len(block.lines)).polygon)
            if words:
                yield words


def _words(line: Line, default: Polygon) -> list[WordBox]:
    """The words of a line; `default` is the polygon of a line that has none."""
    known = [(text, word.polygon) for word in line.words if (text := _clean(word.text))]
    if not known or any(not polygon for _, polygon in known):
        text = bidi.visual_order(_clean(line.text or " ".join(text for text, _ in known)))
        return list(_split(_word_box(text, line.polygon or default))) if text else []
    words = [_word_box(bidi.visual_order(text), polygon) for text, polygon in known if polygon]
    if bidi.has_right_to_left(line.text):
        ahead = words[0].along
        words.sort(key=lambda word: word.start.x * ahead.x + word.start.y * ahead.y)
    return _without_narrow_gaps([part for word in words for part in _split(word)])


def _without_narrow_gaps(words: list[WordBox]) -> list[WordBox]:
    """Close narrow gaps in text without spaces, because programs would extract them as spaces."""
    closed = []
    for word, following in itertools.zip_longest(words, words[1:]):
        length, height = math.hypot(*word.along), math.hypot(*word.up)
        gap = gap_between(word, following) if following and are_joined(word, following) else 0.0
        factor = 1 + gap / length if _MIN_GAP * height < gap < _MAX_GAP * height else 1.0
        closed.append(word._replace(along=Point(word.along.x * factor, word.along.y * factor)))
    return closed


def are_joined(word: WordBox, following: WordBox) -> bool:
    """Whether there is no space between two words, as in Chinese and Japanese."""
    return " " not in join_words([word.text, following.text])


def gap_between(word: WordBox, following: WordBox) -> float:
    """The distance from the end of a word to the next one; 0 if their directions differ."""
    length, next_length = math.hypot(*word.along), math.hypot(*following.along)
    ahead = Point(word.along.x / length, word.along.y / length)
    cosine = (ahead.x * following.along.x + ahead.y * following.along.y) / next_length
    if cosine < _SAME_DIRECTION:
        return 0.0
    return (following.start.x - word.end.x) * ahead.x + (following.start.y - word.end.y) * ahead.y


def _clean(text: str) -> str:
    """The text on one line, without control characters."""
    plain = "".join(" " if character.isspace() else character for character in text)
    kept = (character for character in plain if unicodedata.category(character) not in {"Cc", "Cs"})
    return " ".join("".join(kept).split())


def _strip(box: Box, index: int, count: int) -> Box:
    """One of several horizontal strips of equal height."""
    height = box.height / count
    return Box(box.left, box.top + index * height, box.right, box.top + (index + 1) * height)


def _split(box: WordBox) -> Iterator[WordBox]:
    """A box for each word of a text with spaces, in proportion to the widths of the characters."""
    total = _width(box.text)
    before = 0.0
    for word in box.text.split(" "):
        width = _width(word)
        start = Point(box.start.x + box.along.x * before / total, box.start.y + box.along.y * before / total)
        along = Point(box.along.x * width / total, box.along.y * width / total)
        yield WordBox(word, start, along, box.up)
        before += width + 1


def _width(text: str) -> float:
    """The width in halves of a square character."""
    return sum(2 if _is_wide(character) else 1 for character in text)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _word_box(text: str, polygon: Polygon) -> WordBox:
    """The box around a polygon, along the direction of its first edge.

    A small slant is ignored: programs that extract text split a word whose characters are at different
    heights, and every word has a height of its own anyway.
    """
    first, second = polygon[0], polygon[min(1, len(polygon) - 1)]
    angle = math.degrees(math.atan2(second.y - first.y, second.x - first.x))
    quarter_turns = round(angle / 90)
    slanted = _rotated_box(text, polygon, math.cos(math.radians(angle)), math.sin(math.radians(angle)))
    length, height = math.hypot(*slanted.along), math.hypot(*slanted.up)
    if length * abs(math.sin(math.radians(angle - 90 * quarter_turns))) > _MAX_SLANT * height:
        return slanted
    cosine, sine = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarter_turns % 4]
    upright = _rotated_box(text, polygon, cosine, sine)
    return _top_to_bottom(upright) if _is_column(upright) else upright


def _rotated_box(text: str, polygon: Sequence[Point], cosine: float, sine: float) -> WordBox:
    along = [point.x * cosine + point.y * sine for point in polygon]
    across = [point.y * cosine - point.x * sine for point in polygon]
    length = max(max(along) - min(along), 1.0)  # programs do not find text without a size
    height = max(max(across) - min(across), 1.0)
    start, bottom = min(along), min(across) + height
    return WordBox(
        text,
        Point(start * cosine - bottom * sine, start * sine + bottom * cosine),
        Point(length * cosine, length * sine),
        Point(height * sine, -height * cosine),
    )


def _is_column(word: WordBox) -> bool:
    """Whether the text is a vertical column of Chinese or Japanese characters."""
    is_tall = math.hypot(*word.up) > _COLUMN_RATIO * math.hypot(*word.along)
    return is_tall and len(word.text) > 1 and all(_is_wide(character) for character in word.text)


def _top_to_bottom(word: WordBox) -> WordBox:
    """The same box, read from its top to its bottom."""
    top = Point(word.start.x + word.up.x, word.start.y + word.up.y)
    return WordBox(word.text, top, Point(-word.up.x, -word.up.y), word.along)
