"""Where each word is written: a box in the direction of its text, in pixels of the page.

What the engine did not place is placed by what is around it: words share out their line, lines their block,
and a block the page. So nothing that was read is missing, and a search leads to the right page at least.
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

_SLANT = 0.5
_TALL = 1.5
_SAME_WAY = 0.9
_SEEN, _NARROW = 0.05, 0.5  # of the height of the words


class Placed(NamedTuple):
    """A word in its box."""

    text: str
    """The letters in the order they stand in along the box."""
    start: Point
    """The corner where the box begins, below the first letter."""
    along: Point
    """From there to the end of the word."""
    up: Point
    """From there to the top of the letters."""

    @property
    def end(self) -> Point:
        return Point(self.start.x + self.along.x, self.start.y + self.along.y)


def placed_lines(page: PageResult) -> Iterator[list[Placed]]:
    """The words of each line, in the order they stand in along the line."""
    everywhere = Box(0, 0, page.width, page.height)
    for number, block in enumerate(page.blocks):
        outline = block.box or _share(everywhere, number, len(page.blocks))
        for index, line in enumerate(block.lines):
            words = _words(line, _share(outline, index, len(block.lines)).polygon)
            if words:
                yield words


def _words(line: Line, otherwise: Polygon) -> list[Placed]:
    known = [(text, word.polygon) for word in line.words if (text := _clean(word.text))]
    if not known or any(not polygon for _, polygon in known):
        text = bidi.visual(_clean(line.text or " ".join(text for text, _ in known)))
        return list(_shared(text, _box(text, line.polygon or otherwise))) if text else []
    words = [_box(bidi.visual(text), polygon) for text, polygon in known if polygon]
    if bidi.runs_left(line.text):
        ahead = words[0].along
        words.sort(key=lambda word: word.start.x * ahead.x + word.start.y * ahead.y)
    return _closed_up([part for word in words for part in _shared(word.text, word)])


def _closed_up(words: list[Placed]) -> list[Placed]:
    """Words that no space belongs between, without the narrow gap that programs would take for one."""
    closed = []
    for word, following in itertools.zip_longest(words, words[1:]):
        length, height = math.hypot(*word.along), math.hypot(*word.up)
        gap = gap_between(word, following) if following and are_joined(word, following) else 0.0
        if _SEEN * height < gap < _NARROW * height:
            part = 1 + gap / length
            word = word._replace(along=Point(word.along.x * part, word.along.y * part))  # noqa: PLW2901
        closed.append(word)
    return closed


def are_joined(word: Placed, following: Placed) -> bool:
    """Whether there is no space between two words, as in Chinese and Japanese."""
    return " " not in join_words([word.text, following.text])


def gap_between(word: Placed, following: Placed) -> float:
    """How far the next word begins behind the end of this one; 0 where it stands in another direction."""
    length, next_length = math.hypot(*word.along), math.hypot(*following.along)
    ahead = Point(word.along.x / length, word.along.y / length)
    same = (ahead.x * following.along.x + ahead.y * following.along.y) / next_length
    if same < _SAME_WAY:
        return 0.0
    return (following.start.x - word.end.x) * ahead.x + (following.start.y - word.end.y) * ahead.y


def _clean(text: str) -> str:
    """On one line, without characters that control something."""
    plain = "".join(" " if character.isspace() else character for character in text)
    kept = (character for character in plain if unicodedata.category(character) not in {"Cc", "Cs"})
    return " ".join("".join(kept).split())


def _share(box: Box, index: int, count: int) -> Box:
    height = box.height / count
    return Box(box.left, box.top + index * height, box.right, box.top + (index + 1) * height)


def _shared(text: str, whole: Placed) -> Iterator[Placed]:
    """The words of a text, over the parts of its box that are theirs if all letters are as wide."""
    words = text.split(" ")
    total = _width(text)
    before = 0.0
    for word in words:
        part = _width(word)
        start = Point(
            whole.start.x + whole.along.x * before / total, whole.start.y + whole.along.y * before / total
        )
        along = Point(whole.along.x * part / total, whole.along.y * part / total)
        yield Placed(word, start, along, whole.up)
        before += part + 1


def _width(text: str) -> float:
    """In halves of a square."""
    return sum(2 if _is_wide(character) else 1 for character in text)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _box(text: str, polygon: Polygon) -> Placed:
    """The box around an outline in the direction of its first edge.

    Where the slant is small it is left out: programs that take text out of a PDF cut a word in pieces as soon
    as its letters stand at different heights, and every word has a height of its own anyway.
    """
    first, second = polygon[0], polygon[min(1, len(polygon) - 1)]
    angle = math.degrees(math.atan2(second.y - first.y, second.x - first.x))
    quarters = round(angle / 90)
    exact = _around(text, polygon, math.cos(math.radians(angle)), math.sin(math.radians(angle)))
    length, height = math.hypot(*exact.along), math.hypot(*exact.up)
    if length * abs(math.sin(math.radians(angle - 90 * quarters))) > _SLANT * height:
        return exact
    cosine, sine = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarters % 4]
    straight = _around(text, polygon, cosine, sine)
    return _down(straight) if _is_column(straight) else straight


def _around(text: str, polygon: Sequence[Point], cosine: float, sine: float) -> Placed:
    ahead = [point.x * cosine + point.y * sine for point in polygon]
    below = [point.y * cosine - point.x * sine for point in polygon]
    length, height = max(ahead) - min(ahead), max(below) - min(below)
    length, height = max(length, 1.0), max(height, 1.0)  # what has no size could not be found
    begin, bottom = min(ahead), min(below) + height
    return Placed(
        text,
        Point(begin * cosine - bottom * sine, begin * sine + bottom * cosine),
        Point(length * cosine, length * sine),
        Point(height * sine, -height * cosine),
    )


def _is_column(word: Placed) -> bool:
    """Whether these are the characters of Chinese or Japanese writing, one below the other."""
    is_tall = math.hypot(*word.up) > _TALL * math.hypot(*word.along)
    return is_tall and len(word.text) > 1 and all(_is_wide(character) for character in word.text)


def _down(word: Placed) -> Placed:
    """The same box, read from its top to its bottom."""
    top = Point(word.start.x + word.up.x, word.start.y + word.up.y)
    return Placed(word.text, top, Point(-word.up.x, -word.up.y), word.along)
