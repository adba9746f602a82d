"""The values right of a backend: Word < Line < Block < PageResult < Document.

Stated once, true everywhere:

- Coordinates are pixels of the page that was handed in, origin top left, y down. A polygon runs clockwise
  from the corner where the text begins at the top, so its first edge points in reading direction.
- `confidence` is between 0 and 1, as the engine meant it, or None where the engine gives none. Unknown is
  never 0 and never 1. A line's or block's own confidence, where the engine has none for it, is the average
  of its words, weighted by their length.
- `language` is a BCP-47 tag or None.
- `handwritten` is "detected" when the engine found it so, "requested" when it was only asked to read so.

All models are frozen. `Document.to_json()` and `Document.from_json()` are exact inverses.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    computed_field,
    model_validator,
)
from pydantic_core import from_json, to_json

from ocrkit.errors import OcrkitError
from ocrkit.geometry import Box, Point, Polygon, Transform, bounding_box

SCHEMA_VERSION: Literal["1"] = "1"


def _writable(value: Any) -> Any:
    """Text that UTF-8 has no form for (parts of characters, bytes of a file's name) as what JSON can hold."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


Text: TypeAlias = Annotated[str, BeforeValidator(_writable)]
Confidence: TypeAlias = Annotated[float, Field(ge=0.0, le=1.0)]
Handwritten: TypeAlias = Literal["requested", "detected"]


class Model(BaseModel):
    """Frozen, strict about unknown keys, and deaf to what it computes itself when read back."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _drop_computed(cls, data: Any) -> Any:
        if isinstance(data, dict) and any(name in data for name in cls.model_computed_fields):
            return {key: value for key, value in data.items() if key not in cls.model_computed_fields}
        return data


class Region(Model):
    """What words, lines and blocks have in common."""

    polygon: Polygon | None = None
    confidence: Confidence | None = None
    language: str | None = None
    handwritten: Handwritten | None = None

    @property
    def box(self) -> Box | None:
        """The upright box around the polygon."""
        return bounding_box(self.polygon) if self.polygon else None


class Word(Region):
    """A word; in scripts without spaces, a run of characters the engine kept together."""

    text: Text


class Line(Region):
    """A line of text. `words` is empty where the engine does not tell words apart."""

    text: Text
    words: tuple[Word, ...] = ()

    @classmethod
    def of(cls, words: Iterable[Word], **fields: Any) -> Line:
        """A line made of its words: text, polygon and confidence follow from them unless given."""
        words = tuple(words)
        fields.setdefault("text", join_words([word.text for word in words]))
        fields.setdefault("polygon", _around(words))
        fields.setdefault("confidence", _average(words))
        fields.setdefault("handwritten", _shared([word.handwritten for word in words]))
        return cls(words=words, **fields)


class Block(Region):
    """Lines that belong together: a paragraph, a heading, a caption, a cell."""

    lines: tuple[Line, ...] = ()

    @classmethod
    def of(cls, lines: Iterable[Line], **fields: Any) -> Block:
        """A block made of its lines: polygon and confidence follow from them unless given."""
        lines = tuple(lines)
        fields.setdefault("polygon", _around(lines))
        fields.setdefault("confidence", _average(lines))
        fields.setdefault("language", _shared([line.language for line in lines]))
        fields.setdefault("handwritten", _shared([line.handwritten for line in lines]))
        return cls(lines=lines, **fields)

    @computed_field  # type: ignore[prop-decorator]  # pydantic's documented way; mypy lacks the combination
    @property
    def text(self) -> str:
        """The lines, one below the other."""
        return "\n".join(line.text for line in self.lines)


def _plain(value: Any) -> Any:
    """As JSON has it, so that what is read back is equal: lists for tuples, text for what is not data."""
    return from_json(to_json(value, fallback=repr, inf_nan_mode="strings"))


class AppliedStep(Model):
    """One step of the preprocessing chain, as it went."""

    name: str
    changed: bool
    parameters: Annotated[dict[str, Any], BeforeValidator(_plain)] = {}
    seconds: float = 0.0
    reason: str | None = None


class Decision(Model):
    """One choice ocrkit made while reading a page, with what it was based on."""

    topic: str
    """What was decided, for instance `orientation`."""
    choice: str
    reason: str


class Engine(Model):
    """Who read the page: written by the backend."""

    name: str
    """The engine's own name, for instance `PP-OCRv6 small`."""
    version: str | None = None
    model: str | None = None
    runtime: str | None = None
    device: str | None = None
    """The device that really did the work, not the one asked for."""
    threads: int | None = None


class Trace(Model):
    """Where a page's text came from: enough to explain it, and to get it again."""

    backend: str
    engine: Engine | None = None
    preprocess: tuple[AppliedStep, ...] = ()
    timings: dict[str, float] = {}
    """Seconds by stage, in the order they ran."""
    attempts: int = 1
    decisions: tuple[Decision, ...] = ()
    source: dict[str, str | int | float | bool] = {}
    """How the page was read from its file."""


class Quality(Model):
    """How far a page can be trusted. The mean alone hides a page that lost half of its text."""

    mean: Confidence | None = None
    """Mean confidence of the words (of the lines, where there are no words)."""
    p05: Confidence | None = None
    """The confidence that one word in twenty falls below."""
    worst_line: Confidence | None = None
    coverage: Confidence | None = None
    """The share of the page's text-like ink that lies inside recognised text; None on a blank page."""


class PageResult(Model):
    """What was read on one page."""

    index: int = Field(0, ge=0)
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    dpi: float | None = None
    rotation: Literal[0, 90, 180, 270] = 0
    """The clockwise turn, in degrees, that puts the page upright. Polygons stay on the page as it lies."""
    blocks: tuple[Block, ...] = ()
    quality: Quality = Quality()
    warnings: tuple[str, ...] = ()
    trace: Trace

    @computed_field  # type: ignore[prop-decorator]
    @property
    def text(self) -> str:
        """The blocks in reading order, an empty line between two of them."""
        return "\n\n".join(block.text for block in self.blocks)

    @property
    def number(self) -> int:
        """The page number people use, counted from 1."""
        return self.index + 1

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for block in self.blocks for line in block.lines)

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for line in self.lines for word in line.words)

    @property
    def backend(self) -> str:
        return self.trace.backend

    @property
    def preprocess(self) -> tuple[AppliedStep, ...]:
        return self.trace.preprocess

    @property
    def timings(self) -> dict[str, float]:
        return self.trace.timings

    def transformed(self, transform: Transform, width: int, height: int) -> PageResult:
        """The same text with every polygon led through a transform, onto a page of the given size."""
        if transform.is_identity and (width, height) == (self.width, self.height):
            return self
        start = Point(self.width / 2, self.height / 2)
        ahead = Transform.rotation(-self.rotation).point(Point(1, 0))
        begin, end = transform.point(start), transform.point(Point(start.x + ahead.x, start.y + ahead.y))
        direction = math.degrees(math.atan2(end.y - begin.y, end.x - begin.x))
        limit = Box(0, 0, width, height)
        return self.model_copy(
            update={
                "width": width,
                "height": height,
                "rotation": -round(direction / 90) % 4 * 90,
                "blocks": tuple(_moved(block, transform, limit) for block in self.blocks),
            }
        )


class Document(Model):
    """All that was read from one source."""

    schema_version: Literal["1"] = SCHEMA_VERSION
    source: Text | None = None
    """The file's name as it was given, or None for bytes and pictures in memory."""
    page_count: int = Field(ge=0)
    """How many pages the source has; more than `pages` when only some were asked for."""
    pages: tuple[PageResult, ...] = ()

    @property
    def text(self) -> str:
        """The text of all pages, an empty line between two of them; blank pages leave no trace."""
        return "\n\n".join(page.text for page in self.pages if page.text)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is worth knowing, each with its page."""
        return tuple(f"page {page.number}: {text}" for page in self.pages for text in page.warnings)

    def to_json(self, *, indent: int | None = None) -> str:
        """The whole result as JSON, `schema_version` first."""
        return self.model_dump_json(indent=indent)

    @classmethod
    def from_json(cls, text: str | bytes) -> Document:
        """Read what `to_json` wrote. Raises `OcrkitError` when it is something else."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the file"
            raise OcrkitError(
                f"this is not an ocrkit result of schema version {SCHEMA_VERSION}: {where}: {first['msg']}"
            ) from error

    def explain(self) -> str:
        """How each page was read and why: engine, device, preprocessing, timings, decisions, warnings."""
        return "\n\n".join(_explanation(page) for page in self.pages)


def join_words(texts: Sequence[str]) -> str:
    """Words as a line of text: a space between two, none inside Chinese or Japanese."""
    line = ""
    for text in texts:
        gap = " " if line and text and not (_no_space(line[-1]) and _no_space(text[0])) else ""
        line += gap + text
    return line


def _no_space(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF" and not "\uac00" <= character <= "\ud7a3"


_R = TypeVar("_R", Word, Line, Block)


def _moved(region: _R, transform: Transform, limit: Box) -> _R:
    """A region and all in it, led through a transform; what would stick out of the page is cut back."""
    update: dict[str, Any] = {}
    if region.polygon:
        update["polygon"] = tuple(limit.nearest(point) for point in transform.polygon(region.polygon))
    if isinstance(region, Block):
        update["lines"] = tuple(_moved(line, transform, limit) for line in region.lines)
    elif isinstance(region, Line):
        update["words"] = tuple(_moved(word, transform, limit) for word in region.words)
    return region.model_copy(update=update)


def _around(parts: Sequence[Region]) -> Polygon | None:
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


def _explanation(page: PageResult) -> str:
    trace = page.trace
    dpi = f", {page.dpi:g} dpi" if page.dpi else ""
    rows = [f"page {page.number}: {page.width} × {page.height} px{dpi}"]
    if trace.source:
        rows.append("  source: " + ", ".join(f"{key} {value}" for key, value in trace.source.items()))
    rows.append(f"  backend: {trace.backend}" + (f" ({_described(trace.engine)})" if trace.engine else ""))
    for step in trace.preprocess:
        options = ", ".join(f"{key}={value}" for key, value in step.parameters.items())
        remark = step.reason or ("" if step.changed else "nothing to do")
        rows.append(f"  preprocess: {step.name}({options})" + (f" — {remark}" if remark else ""))
    rows += [f"  {item.topic}: {item.choice} — {item.reason}" for item in trace.decisions]
    rows.append("  quality: " + _judged(page.quality))
    if trace.timings:
        rows.append(
            "  seconds: " + ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in trace.timings.items())
        )
    rows += [f"  warning: {warning}" for warning in page.warnings]
    return "\n".join(rows)


def _described(engine: Engine) -> str:
    threads = engine.threads and f"{engine.threads} thread{'s' if engine.threads > 1 else ''}"
    name = f"{engine.name} {engine.version}" if engine.version else engine.name
    return ", ".join(part for part in (name, engine.model, engine.runtime, engine.device, threads) if part)


def _judged(quality: Quality) -> str:
    figures = {
        "mean": quality.mean,
        "p05": quality.p05,
        "worst line": quality.worst_line,
        "ink covered": quality.coverage,
    }
    known = [f"{name} {value:.2f}" for name, value in figures.items() if value is not None]
    return ", ".join(known) or "nothing to judge"
