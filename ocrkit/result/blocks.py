"""Words, lines and blocks: text with its place on the page."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias, TypeVar

from pydantic import Field, computed_field

from ocrkit.geometry import Box, Point, Polygon, Transform, bounding_box
from ocrkit.result.corrections import Correction
from ocrkit.result.model import Confidence, ReprArgs, Text, WithText, as_read, shortened
from ocrkit.result.region import Region
from ocrkit.result.tables import Table

BlockKind: TypeAlias = Literal[
    "text", "heading", "list", "table", "caption", "header", "footer", "page_number", "note"
]
"""What a block is on its page. `text` is also what nothing is known of; a `note` stands in the margin."""


class Word(Region):
    """A word; in scripts without spaces, a run of characters the engine kept together."""

    text: Text
    raw_text: Text = Field(default_factory=as_read)
    corrections: tuple[Correction, ...] = ()
    """What was changed since, the first change first."""
    probability: Confidence | None = None
    """How probable it is that the word is right: the confidence, calibrated on pages whose text is known.
    None without a confidence, without a calibration of the engine, and for a word that was changed."""

    def __repr_args__(self) -> ReprArgs:
        yield None, self.text
        yield "confidence", self.confidence and round(self.confidence, 3)
        yield "box", self.box and tuple(round(side) for side in self.box)


class Line(Region):
    """A line of text. `words` is empty where the engine does not tell words apart."""

    text: Text
    raw_text: Text = Field(default_factory=as_read)
    words: tuple[Word, ...] = ()

    @classmethod
    def of(cls, words: Iterable[Word], **fields: Any) -> Line:
        """A line made of its words: text, polygon and confidence follow from them unless given."""
        words = tuple(words)
        if "text" not in fields:
            fields.setdefault("raw_text", join_words([word.raw_text for word in words]))
        fields.setdefault("text", join_words([word.text for word in words]))
        fields.setdefault("polygon", enclosing_polygon(words))
        fields.setdefault("confidence", _average(words))
        fields.setdefault("handwritten", _shared([word.handwritten for word in words]))
        return cls(words=words, **fields)

    def __repr_args__(self) -> ReprArgs:
        yield None, shortened(self.text)
        yield "words", len(self.words)
        yield "confidence", self.confidence and round(self.confidence, 3)


class Block(WithText, Region):
    """Lines that belong together: a paragraph, a heading, a caption, a table."""

    lines: tuple[Line, ...] = ()
    kind: BlockKind = "text"
    level: int | None = Field(None, ge=1, le=6)
    """Of a heading: 1 is the title."""
    table: Table | None = None
    """Of a table: its cells. The lines are what stands in them, cell by cell."""
    corrections: tuple[Correction, ...] = ()
    """What was changed and has no word to say so: a word that is gone, or a line without words."""

    @classmethod
    def of(cls, lines: Iterable[Line], **fields: Any) -> Block:
        """A block made of its lines: polygon and confidence follow from them unless given."""
        lines = tuple(lines)
        fields.setdefault("polygon", enclosing_polygon(lines))
        fields.setdefault("confidence", _average(lines))
        fields.setdefault("language", _shared([line.language for line in lines]))
        fields.setdefault("handwritten", _shared([line.handwritten for line in lines]))
        return cls(lines=lines, **fields)

    @computed_field  # type: ignore[prop-decorator]  # pydantic's documented way; mypy lacks the combination
    @property
    def text(self) -> str:
        """The lines, one below the other; the rows of a table, with a tab between two cells."""
        return self.table.text if self.table else "\n".join(line.text for line in self.lines)

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for line in self.lines for word in line.words)

    @property
    def raw_text(self) -> str:
        """The text as the engine read it."""
        return self.table.raw_text if self.table else "\n".join(line.raw_text for line in self.lines)

    def __repr_args__(self) -> ReprArgs:
        yield "kind", self.kind
        yield "lines", len(self.lines)
        yield "text", shortened(self.text)

    def with_lines(self, lines: Iterable[Line]) -> Block:
        """The same block with as many other lines; the cells of a table say what theirs say.

        A cell whose lines are as they were stays, too: a service may write it otherwise than line by line.
        """
        lines = tuple(lines)
        known = len(self.lines)
        other = {place for place, line in enumerate(lines) if place >= known or self.lines[place] != line}
        update: dict[str, Any] = {"lines": lines}
        if self.table:
            cells = tuple(
                cell.model_copy(update={"text": "\n".join(lines[index].text for index in cell.lines)})
                if other.intersection(cell.lines)
                else cell
                for cell in self.table.cells
            )
            update["table"] = self.table.model_copy(update={"cells": cells})
        return self.model_copy(update=update)


def join_words(texts: Sequence[str]) -> str:
    """Words as a line of text: a space between two, none inside Chinese or Japanese."""
    line = ""
    for text in texts:
        gap = " " if line and text and not (stands_alone(line[-1]) and stands_alone(text[0])) else ""
        line += gap + text
    return line


def stands_alone(character: str) -> bool:
    """Whether a letter is of a script that puts no spaces between words."""
    return unicodedata.east_asian_width(character) in "WF" and not "\uac00" <= character <= "\ud7a3"


_R = TypeVar("_R", bound=Region)


def moved(region: _R, transform: Transform, limit: Box) -> _R:
    """A region and all in it, led through a transform; what would stick out of the page is cut back."""
    update: dict[str, Any] = {}
    if region.polygon:
        update["polygon"] = tuple(limit.nearest(point) for point in transform.polygon(region.polygon))
    if isinstance(region, Block):
        update["lines"] = tuple(moved(line, transform, limit) for line in region.lines)
        update["table"] = region.table and moved(region.table, transform, limit)
    elif isinstance(region, Table):
        update["cells"] = tuple(moved(cell, transform, limit) for cell in region.cells)
    elif isinstance(region, Line):
        update["words"] = tuple(moved(word, transform, limit) for word in region.words)
    return region.model_copy(update=update)


def enclosing_polygon(parts: Sequence[Region]) -> Polygon | None:
    """The outline of some parts. Turned text keeps its direction: the hull is taken along the first edge."""
    polygons = [part.polygon for part in parts if part.polygon]
    if not polygons:
        return None
    if len(polygons) == 1:
        return polygons[0]
    first = polygons[0]
    along = Transform.rotation(0) if len(first) < 2 else _upright(first[0], first[1])
    hull = bounding_box(along.point(point) for polygon in polygons for point in polygon)
    return along.inverse().polygon(hull.polygon)


def _upright(start: Point, end: Point) -> Transform:
    """Turns the direction from start to end into the direction of the x axis."""
    x, y = end.x - start.x, end.y - start.y
    length = (x * x + y * y) ** 0.5
    if length == 0 or y == 0 < x:
        return Transform()
    cosine, sine = x / length, y / length
    return Transform(xx=cosine, xy=sine, yx=-sine, yy=cosine)


def _average(parts: Sequence[Word] | Sequence[Line]) -> float | None:
    known = [(part.confidence, len(part.text)) for part in parts if part.confidence is not None and part.text]
    weight = sum(length for _, length in known)
    return min(1.0, sum(value * length for value, length in known) / weight) if weight else None


_T = TypeVar("_T")


def _shared(values: Sequence[_T | None]) -> _T | None:
    """The value all parts agree on, else None."""
    return values[0] if values and all(value == values[0] for value in values) else None
