"""Pages and documents."""

from __future__ import annotations

import importlib
import math
import os
from typing import TYPE_CHECKING, Literal, overload

import pydantic
from pydantic import ValidationError, computed_field

from ocrkit.errors import OcrkitError
from ocrkit.geometry import Box, Point, Transform
from ocrkit.result.blocks import Block, Line, Word, moved
from ocrkit.result.corrections import Correction
from ocrkit.result.fields import Field
from ocrkit.result.model import Model, Text, WithText
from ocrkit.result.tables import Table
from ocrkit.result.trace import AppliedStep, Engine, Measurements, Quality, Trace

if TYPE_CHECKING:
    import pandas as pd
    from PIL.Image import Image

    from ocrkit.result.drawing import Drawable, TextPlace

SCHEMA_VERSION: Literal["1"] = "1"


class PageResult(WithText, Model):
    """What was read on one page."""

    index: int = pydantic.Field(0, ge=0)
    width: int = pydantic.Field(gt=0)
    height: int = pydantic.Field(gt=0)
    dpi: float | None = None
    rotation: Literal[0, 90, 180, 270] = 0
    """The clockwise turn, in degrees, that puts the page upright. Polygons stay on the page as it lies."""
    blocks: tuple[Block, ...] = ()
    fields: dict[str, Field] = pydantic.Field(default_factory=dict)
    """What a known kind of paper says, by name, for the scenes `receipt`, `id_card` and `bank_card`."""
    quality: Quality = Quality()
    warnings: tuple[str, ...] = ()
    trace: Trace

    @computed_field  # type: ignore[prop-decorator]
    @property
    def text(self) -> str:
        """The blocks in reading order, an empty line between two of them."""
        return "\n\n".join(block.text for block in self.blocks)

    @property
    def raw_text(self) -> str:
        """The same as the engine has read it, before any step changed it."""
        return "\n\n".join(block.raw_text for block in self.blocks)

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """What was changed since, from top to bottom."""
        found: list[Correction] = []
        for block in self.blocks:
            for line in block.lines:
                for word in line.words:
                    found += word.corrections
            found += block.corrections
        return tuple(found)

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
    def tables(self) -> tuple[Table, ...]:
        return tuple(block.table for block in self.blocks if block.table)

    @property
    def backend(self) -> str:
        return self.trace.backend

    @property
    def preprocess(self) -> tuple[AppliedStep, ...]:
        """The steps that were taken; chosen by `auto`, with what it has measured and why."""
        return self.trace.preprocess

    @property
    def postprocess(self) -> tuple[AppliedStep, ...]:
        """The steps that were taken after the page was read."""
        return self.trace.postprocess

    @property
    def measurements(self) -> Measurements | None:
        """What the page was like before; None where nobody measured."""
        return next((step.measurements for step in self.preprocess if step.measurements), None)

    @property
    def timings(self) -> dict[str, float]:
        return self.trace.timings

    def without_timings(self) -> PageResult:
        """The same result without the seconds it took: so two runs over the same page give the same bytes."""
        chains = {
            chain: tuple(step.model_copy(update={"seconds": 0.0}) for step in steps)
            for chain, steps in (("preprocess", self.preprocess), ("postprocess", self.postprocess))
        }
        trace = self.trace.model_copy(update={"timings": {}, **chains})
        return self.model_copy(update={"trace": trace})

    def draw(self, image: Drawable | None = None, *, text: TextPlace | None = None) -> Image:
        """A picture of the page with a box around every word, in the colour of its confidence, and the text.

        Blue is sure, orange is not, gray is unknown. A notebook shows the picture.

        Args:
            image: the page that was read, because a result does not hold its pixels: a `Page`, a Pillow
                image, an array, or the path of an image. White paper if not given.
            text: `"beside"` the picture, on white paper; `"over"` the words; or `"none"`, boxes only. Beside,
                or on white paper over, if not given.

        Raises:
            SourceError: the image cannot be opened, or is of another shape than the page that was read.
        """
        from ocrkit.result.drawing import draw  # Pillow is loaded when something is drawn

        return draw(self, image, text)

    def _repr_html_(self) -> str:
        from ocrkit.result.notebook import page_html

        return page_html(self)

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
                "blocks": tuple(moved(block, transform, limit) for block in self.blocks),
                "fields": {name: moved(field, transform, limit) for name, field in self.fields.items()},
            }
        )


class PageFailure(Model):
    """A page that could not be read, in a document whose other pages were."""

    index: int = pydantic.Field(ge=0)
    kind: str
    """The name of the error, for instance `BackendTimeoutError`."""
    message: Text

    @property
    def number(self) -> int:
        """The page number people use, counted from 1."""
        return self.index + 1


class Document(Model):
    """All that was read from one source."""

    schema_version: Literal["1"] = SCHEMA_VERSION
    source: Text | None = None
    """The file's name as it was given, or None for bytes and pictures in memory."""
    page_count: int = pydantic.Field(ge=0)
    """How many pages the source has; more than `pages` when only some were asked for."""
    failures: tuple[PageFailure, ...] = ()
    """The pages that are missing from `pages` because they failed; only batches go on after one."""
    pages: tuple[PageResult, ...] = ()

    @property
    def text(self) -> str:
        """The text of all pages, an empty line between two of them; blank pages leave no trace."""
        return "\n\n".join(page.text for page in self.pages if page.text)

    @property
    def raw_text(self) -> str:
        """The same as the engine has read it, before any step changed it."""
        return "\n\n".join(page.raw_text for page in self.pages if page.raw_text)

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

    def to_dataframe(self) -> pd.DataFrame:
        """The words as a pandas table, with the columns of the format `csv`. Needs `ocrkit[pandas]`."""
        from ocrkit.result.rows import data_frame

        return data_frame(self)

    @overload
    def export(self, format: str, path: None = None) -> bytes: ...

    @overload
    def export(self, format: str | None, path: str | os.PathLike[str]) -> None: ...

    @overload
    def export(self, *, path: str | os.PathLike[str]) -> None: ...

    def export(
        self,
        format: str | None = None,  # noqa: A002 – what everybody calls it
        path: str | os.PathLike[str] | None = None,
    ) -> bytes | None:
        """The document in another format: as bytes, or, with a path, as a file, there whole or not at all.

        Args:
            format: a name (`text`, `markdown`, `csv`, …), or the dotted path of an exporter. Left out, the
                end of the path decides.
            path: where the file goes.

        Raises:
            ConfigError: there is no such format.
            ExportError: the file cannot be written.
        """
        # A result does not know its formats: they are parts, found by name when one is asked for, as the
        # registry itself finds them. So nothing of the layers above is needed to import this one, to build
        # results or to read them back; and a hook that those layers set when they are imported would be
        # missing in a program that has only read a document from its JSON.
        registry = importlib.import_module("ocrkit.registry")
        written: bytes | None = registry.export_document(self, format, path)
        return written

    def _repr_html_(self) -> str:
        from ocrkit.result.notebook import document_html

        return document_html(self)

    def explain(self) -> str:
        """How each page was read and why: engine, device, preprocessing, timings, decisions, warnings."""
        return "\n\n".join(_explanation(page) for page in self.pages)


def _explanation(page: PageResult) -> str:
    trace = page.trace
    dpi = f", {page.dpi:g} dpi" if page.dpi else ""
    rows = [f"page {page.number}: {page.width} × {page.height} px{dpi}"]
    if trace.source:
        rows.append("  source: " + ", ".join(f"{key} {value}" for key, value in trace.source.items()))
    rows.append(f"  backend: {trace.backend}" + (f" ({_described(trace.engine)})" if trace.engine else ""))
    rows += [_step("preprocess", step) for step in trace.preprocess]
    rows += [f"  {item.topic}: {item.choice} — {item.reason}" for item in trace.decisions]
    rows += [_step("postprocess", step) for step in trace.postprocess]
    rows += [f"  {name}: {field.value}" for name, field in page.fields.items()]
    rows.append("  quality: " + _judged(page.quality))
    if trace.timings:
        rows.append(
            "  seconds: " + ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in trace.timings.items())
        )
    rows += [f"  warning: {warning}" for warning in page.warnings]
    return "\n".join(rows)


def _step(chain: str, step: AppliedStep) -> str:
    options = ", ".join(f"{key}={value}" for key, value in step.parameters.items())
    remark = step.reason or ("" if step.changed else "nothing to do")
    return f"  {chain}: {step.name}({options})" + (f" — {remark}" if remark else "")


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
