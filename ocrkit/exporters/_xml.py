"""What the XML formats share: writing elements, and what all of them ask of a result."""

from __future__ import annotations

import importlib.metadata
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from ocrkit.geometry import Box, Point, Polygon, Transform, bounding_box, polygon_area
from ocrkit.result import Block, Line, PageResult, Region, Trace, Word, join_words

Attributes: TypeAlias = Mapping[str, str | int | None]
"""Those that are None are left out."""

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

# ── elements ──

_SPACES = re.compile("[\x0b\x0c\x1c-\x1f]")
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


def escaped(text: str) -> str:
    """Text for content and attributes alike, without what XML 1.0 has no form for.

    Line breaks become references: so an attribute keeps them, and an element can be indented as it stands.
    """
    return _UNWRITABLE.sub("", _SPACES.sub(" ", text)).translate(_REFERENCES)


def start(name: str, attributes: Attributes) -> str:
    """A start tag."""
    said = [f' {key}="{escaped(str(value))}"' for key, value in attributes.items() if value is not None]
    return f"<{name}{''.join(said)}>"


def leaf(name: str, attributes: Attributes, text: str | None = None) -> str:
    """An element that holds text or nothing."""
    tag = start(name, attributes)
    return f"{tag[:-1]}/>" if text is None else f"{tag}{escaped(text)}</{name}>"


def branch(name: str, attributes: Attributes, children: Sequence[str]) -> str:
    """An element that holds others, one below the other."""
    if not children:
        return leaf(name, attributes)
    return f"{start(name, attributes)}\n{indented(children)}\n</{name}>"


def indented(elements: Iterable[str], depth: int = 1) -> str:
    margin = "  " * depth
    return "\n".join(margin + each.replace("\n", f"\n{margin}") for each in elements)


def number(value: float, places: int = 4) -> str:
    """Without an exponent, and without zeros at its end."""
    text = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def confidence(value: float | None) -> str | None:
    return None if value is None else number(value)


# ── places ──

_Whole: TypeAlias = tuple[int, int]

_WOBBLE = 0.5
"""Degrees that a detected corner, off by a pixel, makes of a line that is not turned at all."""


class Place(NamedTuple):
    """Where something stands: in whole pixels, none of them outside the page."""

    left: int
    top: int
    right: int
    bottom: int
    points: tuple[_Whole, ...]
    """The outline: at least three corners around some area."""
    upright: bool
    """The outline is the box."""
    angle: float
    """How far the text is turned clockwise, in degrees: more than -180, at most 180."""
    side: tuple[_Whole, ...]
    """The side of the outline that the letters stand on, in reading direction: two corners or more."""
    size: float
    """How tall the line is, across the reading direction."""

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


def outline(region: Region) -> Polygon | None:
    """Its own polygon, or else a box around those of its parts."""
    if region.polygon:
        return region.polygon
    parts: Sequence[Region] = ()
    if isinstance(region, Block):
        parts = region.lines
    elif isinstance(region, Line):
        parts = region.words
    points = [point for part in parts for point in outline(part) or ()]
    return bounding_box(points).polygon if points else None


def placed(region: Region, page: PageResult) -> Place | None:
    """Where a region stands; None where nobody knows."""
    polygon = outline(region)
    return None if polygon is None else _place(polygon, page)


def whole_page(page: PageResult) -> Place:
    return _place(Box(0, 0, page.width, page.height).polygon, page)


def points_of(points: Iterable[_Whole]) -> str:
    """As PAGE and ALTO write them."""
    return " ".join(f"{x},{y}" for x, y in points)


def _place(polygon: Polygon, page: PageResult) -> Place:
    limit = Box(0, 0, page.width, page.height)
    points = _rounded(polygon, limit)
    left, right = _apart(min(x for x, _ in points), max(x for x, _ in points), page.width)
    top, bottom = _apart(min(y for _, y in points), max(y for _, y in points), page.height)
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    if polygon_area([Point(*each) for each in points]) == 0:
        points = corners
    upright = {*points} == {*corners}
    angle, quarter = _angle(polygon), 90.0 * round(_angle(polygon) / 90)
    if upright or abs(angle - quarter) < _WOBBLE:
        angle = _half_turn(quarter)
    level = Transform.rotation(-angle).polygon(Point(*each) for each in points)
    height = bounding_box(level).height
    return Place(left, top, right, bottom, points, upright, angle, _lower_side(points, level), height)


def _lower_side(points: Sequence[_Whole], level: Polygon) -> tuple[_Whole, ...]:
    """The corners below the text, from where it begins to where it ends; `level` has them all unturned."""
    count = len(points)
    begin = max(range(count), key=lambda each: level[each].y - level[each].x)
    end = max(range(count), key=lambda each: level[each].y + level[each].x)
    step = -1 if polygon_area(level) > 0 else 1
    steps = (begin - end if step < 0 else end - begin) % count
    return tuple(points[(begin + step * each) % count] for each in range(max(steps, 1) + 1))


def _rounded(polygon: Iterable[Point], limit: Box) -> tuple[_Whole, ...]:
    return tuple((round(x), round(y)) for x, y in map(limit.nearest, polygon))


def _apart(low: int, high: int, limit: int) -> _Whole:
    """Two sides of a box with at least a pixel between them: readers stumble over boxes without area."""
    return (low, high) if low < high else (max(0, min(low, limit - 1)), max(0, min(low, limit - 1)) + 1)


def _angle(polygon: Polygon) -> float:
    """The direction of the first edge."""
    if len(polygon) < 2:
        return 0.0
    begin, end = polygon[:2]
    return _half_turn(round(math.degrees(math.atan2(end.y - begin.y, end.x - begin.x)), 2))


def _half_turn(degrees: float) -> float:
    """The same direction, as more than -180 and at most 180 degrees."""
    turned = degrees % 360
    return turned - 360 if turned > 180 else turned


# ── text ──

_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def language(value: str | None) -> str | None:
    """A language tag that the schemas take; None for what is none."""
    return value if value and _TAG.fullmatch(value) else None


def right_to_left(text: str) -> bool:
    """Most of the letters run that way."""
    kinds = Counter(map(unicodedata.bidirectional, text))
    return kinds["R"] + kinds["AL"] > kinds["L"]


def spaced(line: Line) -> Iterator[tuple[bool, Word]]:
    """The words, each with whether a space stands before it: as the text of the line has it.

    A line whose engine told no words apart is one word, since most readers of these formats take only words.
    Where a word is not in the line's text, the rule of `join_words` decides from there on.
    """
    if not line.words:
        yield (
            False,
            Word(text=line.text, polygon=line.polygon, confidence=line.confidence, language=line.language),
        )
        return
    position, before = 0, ""
    for word in line.words:
        found = line.text.find(word.text, position) if position >= 0 else -1
        if found >= 0:
            gap = any(each.isspace() for each in line.text[position:found])
            position = found + len(word.text)
        else:
            position = -1
            gap = len(join_words([before, word.text])) > len(before) + len(word.text)
        yield gap and word is not line.words[0], word
        before = word.text


# ── pages, and how they were read ──


def keyed(pages: Iterable[PageResult]) -> Iterator[tuple[str, PageResult]]:
    """Each page with its number, as the stem of names that no other page of the file has."""
    seen: Counter[int] = Counter()
    for page in pages:
        seen[page.number] += 1
        again = seen[page.number]
        yield (str(page.number) if again == 1 else f"{page.number}.{again}"), page


def file_name(source: str | None) -> str | None:
    """Without folders: where the file lay is nobody's business, and readers look beside their own."""
    return re.split(r"[/\\]", source)[-1] if source else None


def own_version() -> str:
    return importlib.metadata.version("ocrkit")


def engine_facts(trace: Trace) -> dict[str, str]:
    """Who read the page, as far as the text depends on it: not the device, not the threads."""
    facts: dict[str, str | None] = {"backend": trace.backend}
    if engine := trace.engine:
        facts |= {
            "engine": engine.name, "version": engine.version, "model": engine.model, "runtime": engine.runtime
        }  # fmt: skip
    return {key: value for key, value in facts.items() if value}
