"""Words, lines and blocks: text with its position on the page."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias, TypeVar, get_args

from pydantic import Field, computed_field

from ocrkit.errors import ConfigError
from ocrkit.geometry import Box, Point, Polygon, Transform, bounding_box
from ocrkit.result.corrections import Correction
from ocrkit.result.findings import FindingKind
from ocrkit.result.model import Confidence, Model, ReprArgs, Text, WithText, default_raw_text, shortened
from ocrkit.result.region import Region
from ocrkit.result.tables import Table
from ocrkit.validation import unknown

BlockKind: TypeAlias = Literal[
    "text",
    "heading",
    "list",
    "table",
    "caption",
    "header",
    "footer",
    "page_number",
    "note",
    "formula",
    "picture",
    "signature",
]
"""The role of a block on its page: `text` where nothing else is known; a `note` is in the margin or at the
foot of the page. A `picture` or a `signature` may have no lines."""


def check_kinds(names: Iterable[str]) -> tuple[BlockKind, ...]:
    """The kinds with these names. Raises `ConfigError` for a name that is not that of a kind."""
    kinds: dict[str, BlockKind] = {kind: kind for kind in get_args(BlockKind)}
    given = [names] if isinstance(names, str) else list(names)
    wrong = next((name for name in given if name not in kinds), None)
    if wrong is not None:
        raise ConfigError(unknown("kind of block", str(wrong), kinds))
    return tuple(kinds[name] for name in given)


class Alternative(Model):
    """Another reading of a word that the engine considered."""

    text: Text
    probability: Confidence | None = None
    """The engine's own probability of this reading, which is not calibrated."""


class Word(Region):
    """A word; in scripts without spaces, a run of characters that the engine keeps together."""

    text: Text
    raw_text: Text = Field(default_factory=default_raw_text)
    corrections: tuple[Correction, ...] = ()
    """The changes since recognition, oldest first."""
    probability: Confidence | None = None
    """The probability that the word is right: the confidence, calibrated on pages with ground truth.
    None without a confidence, without a calibration of the engine, and for a corrected word."""
    alternatives: tuple[Alternative, ...] = ()
    """Other readings, the most probable first, where the engine gives them."""
    finding: FindingKind | None = None
    """The disagreement with a second reading of the page; `PageResult.findings` has the details."""

    def __repr_args__(self) -> ReprArgs:
        yield None, self.text
        yield "confidence", self.confidence and round(self.confidence, 3)
        yield "box", self.box and tuple(round(side) for side in self.box)


class Line(Region):
    """A line of text. `words` is empty where the engine does not separate words."""

    text: Text
    raw_text: Text = Field(default_factory=default_raw_text)
    words: tuple[Word, ...] = ()
    script: str | None = None
    """The script that is seen in the picture of the line, by its ISO 15924 code (`Latn`, `Grek`); `Zyyy` for
    digits and signs. None where scripts were not checked."""
    read_by: str | None = None
    """The reader of the line, if it is not the backend of the page: `text_layer`, or another backend."""

    @classmethod
    def of(cls, words: Iterable[Word], **fields: Any) -> Line:
        """A line made of words; text, polygon and confidence are derived from them unless given."""
        words = tuple(words)
        if "text" not in fields:
            fields.setdefault("raw_text", join_words([word.raw_text for word in words]))
        fields.setdefault("text", join_words([word.text for word in words]))
        fields.setdefault("polygon", enclosing_polygon(words))
        fields.setdefault("confidence", _average_confidence(words))
        fields.setdefault("handwritten", _common_value([word.handwritten for word in words]))
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
    """The level of a heading; 1 is the title."""
    table: Table | None = None
    """The cells of a table. `lines` then holds the lines of its cells, cell by cell."""
    latex: Text | None = None
    """The source of a formula, where the engine gives it."""
    corrections: tuple[Correction, ...] = ()
    """Changes that no word can record: a removed word, or a change in a line without words."""

    @classmethod
    def of(cls, lines: Iterable[Line], **fields: Any) -> Block:
        """A block made of lines; polygon and confidence are derived from them unless given."""
        lines = tuple(lines)
        fields.setdefault("polygon", enclosing_polygon(lines))
        fields.setdefault("confidence", _average_confidence(lines))
        fields.setdefault("language", _common_value([line.language for line in lines]))
        fields.setdefault("handwritten", _common_value([line.handwritten for line in lines]))
        return cls(lines=lines, **fields)

    @computed_field  # type: ignore[prop-decorator]  # pydantic's documented way; mypy lacks the combination
    @property
    def text(self) -> str:
        """The lines, separated by line breaks; for a table its rows, with tabs between the cells."""
        return self.table.text if self.table else "\n".join(line.text for line in self.lines)

    @property
    def read_by(self) -> str | None:
        """The reader of all lines of the block; None for the backend of the page, or for several readers."""
        return _common_value([line.read_by for line in self.lines])

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for line in self.lines for word in line.words)

    @property
    def raw_text(self) -> str:
        """The text as the engine read it, before any post-processing."""
        return self.table.raw_text if self.table else "\n".join(line.raw_text for line in self.lines)

    def __repr_args__(self) -> ReprArgs:
        yield "kind", self.kind
        yield "lines", len(self.lines)
        yield "text", shortened(self.text)

    def with_lines(self, lines: Iterable[Line]) -> Block:
        """The same block with other lines, as many as before; the cells of a table take over their text.

        A cell whose lines did not change keeps its text: a service may give it another one than its lines.
        """
        lines = tuple(lines)
        count = len(self.lines)
        changed = {index for index, line in enumerate(lines) if index >= count or self.lines[index] != line}
        update: dict[str, Any] = {"lines": lines}
        if self.table:
            cells = tuple(
                cell.model_copy(update={"text": "\n".join(lines[index].text for index in cell.lines)})
                if changed.intersection(cell.lines)
                else cell
                for cell in self.table.cells
            )
            update["table"] = self.table.model_copy(update={"cells": cells})
        return self.model_copy(update=update)


def join_words(texts: Sequence[str]) -> str:
    """Join words into a line of text, with spaces between them, but none inside Chinese or Japanese."""
    line = " ".join(filter(None, texts))
    if line.isascii():
        return line
    line = ""
    for text in texts:
        space = (
            " "
            if line and text and not (is_unspaced_character(line[-1]) and is_unspaced_character(text[0]))
            else ""
        )
        line += space + text
    return line


def is_unspaced_character(character: str) -> bool:
    """Whether a character belongs to a script that puts no spaces between words."""
    return unicodedata.east_asian_width(character) in "WF" and not "\uac00" <= character <= "\ud7a3"


_R = TypeVar("_R", bound=Region)


def transform_region(region: _R, transform: Transform, limit: Box) -> _R:
    """A region and all its parts, transformed. Points outside the page (`limit`) move to its edge."""
    update: dict[str, Any] = {}
    if region.polygon:
        update["polygon"] = tuple(limit.nearest(point) for point in transform.polygon(region.polygon))
    if isinstance(region, Block):
        update["lines"] = tuple(transform_region(line, transform, limit) for line in region.lines)
        update["table"] = region.table and transform_region(region.table, transform, limit)
    elif isinstance(region, Table):
        update["cells"] = tuple(transform_region(cell, transform, limit) for cell in region.cells)
    elif isinstance(region, Line):
        update["words"] = tuple(transform_region(word, transform, limit) for word in region.words)
    return region.model_copy(update=update)


def enclosing_polygon(parts: Sequence[Region]) -> Polygon | None:
    """A rectangle around all parts, aligned with the first edge of the first part, as for rotated text."""
    polygons = [part.polygon for part in parts if part.polygon]
    if not polygons:
        return None
    if len(polygons) == 1:
        return polygons[0]
    first = polygons[0]
    level = Transform() if len(first) < 2 else _rotation_to_x_axis(first[0], first[1])
    if level.is_identity:  # most text: worth a third of the time to make a line
        return bounding_box(point for polygon in polygons for point in polygon).polygon
    hull = bounding_box(level.point(point) for polygon in polygons for point in polygon)
    return level.inverse().polygon(hull.polygon)


def _rotation_to_x_axis(start: Point, end: Point) -> Transform:
    """The rotation that makes the direction from start to end that of the x axis."""
    x, y = end.x - start.x, end.y - start.y
    length = (x * x + y * y) ** 0.5
    if length == 0 or y == 0 < x:
        return Transform()
    cosine, sine = x / length, y / length
    return Transform(xx=cosine, xy=sine, yx=-sine, yy=cosine)


def _average_confidence(parts: Sequence[Word] | Sequence[Line]) -> float | None:
    known = [(part.confidence, len(part.text)) for part in parts if part.confidence is not None and part.text]
    weight = sum(length for _, length in known)
    return min(1.0, sum(value * length for value, length in known) / weight) if weight else None


_T = TypeVar("_T")


def _common_value(values: Sequence[_T | None]) -> _T | None:
    """The value that all parts share, or None."""
    return values[0] if values and all(value == values[0] for value in values) else None
