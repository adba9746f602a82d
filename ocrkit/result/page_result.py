"""The result of one page."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import pydantic
from pydantic import computed_field

from ocrkit.geometry import Box, Point, Transform
from ocrkit.result.blocks import Block, BlockKind, Line, Word, transform_region
from ocrkit.result.corrections import Correction
from ocrkit.result.fields import Field
from ocrkit.result.findings import Finding
from ocrkit.result.marks import Barcode, SelectionMark
from ocrkit.result.model import Model, ReprArgs, WithText, shortened
from ocrkit.result.search import Match, Pattern, find
from ocrkit.result.tables import Table
from ocrkit.result.trace import AppliedStep, Measurements, Quality, Trace
from ocrkit.result.unread import Unread

if TYPE_CHECKING:
    from PIL.Image import Image

    from ocrkit.result.drawing import Drawable, TextPlacement


class PageResult(WithText, Model):
    """The text of one page, with its quality, warnings and trace."""

    index: int = pydantic.Field(0, ge=0)
    width: int = pydantic.Field(gt=0)
    height: int = pydantic.Field(gt=0)
    dpi: float | None = None
    rotation: Literal[0, 90, 180, 270] = 0
    """The clockwise rotation, in degrees, that makes the page upright. Polygons are not rotated."""
    blocks: tuple[Block, ...] = ()
    fields: dict[str, Field] = pydantic.Field(default_factory=dict)
    """Named values of a fillable form, or of a known kind of document: the scenes `receipt`, `id_card` and
    `bank_card`."""
    marks: tuple[SelectionMark, ...] = ()
    """Check boxes and radio buttons, in reading order."""
    barcodes: tuple[Barcode, ...] = ()
    unread: tuple[Unread, ...] = ()
    """Lines in scripts that were not read, by their places. Their text is unknown."""
    findings: tuple[Finding, ...] = ()
    """Disagreements with a second reading, numbers first; empty where there was none."""
    quality: Quality = Quality()
    warnings: tuple[str, ...] = ()
    trace: Trace

    @computed_field  # type: ignore[prop-decorator]
    @property
    def text(self) -> str:
        """The text of all blocks in reading order, separated by empty lines."""
        return "\n\n".join(block.text for block in self.blocks)

    @property
    def raw_text(self) -> str:
        """The text as the engine read it, before any post-processing."""
        return "\n\n".join(block.raw_text for block in self.blocks)

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """All changes made after recognition, in reading order."""
        found: list[Correction] = []
        for block in self.blocks:
            for word in block.words:
                found += word.corrections
            found += block.corrections
        return tuple(found)

    @property
    def number(self) -> int:
        """The page number, counted from 1."""
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
        """The preprocessing steps that ran; those chosen by `auto` give measurements and a reason."""
        return self.trace.preprocess

    @property
    def postprocess(self) -> tuple[AppliedStep, ...]:
        """The post-processing steps that ran."""
        return self.trace.postprocess

    @property
    def measurements(self) -> Measurements | None:
        """Properties of the page before preprocessing; None where they were not measured."""
        return next((step.measurements for step in self.preprocess if step.measurements), None)

    @property
    def timings(self) -> dict[str, float]:
        return self.trace.timings

    def find(
        self, pattern: Pattern, *, case_sensitive: bool = False, similarity: float = 1.0
    ) -> tuple[Match, ...]:
        """Find a text or a value on the page, with the matching words and their positions.

        Args:
            pattern: a text, a compiled regular expression, a number or a date. In a text, any white space
                matches any white space, and a line break inside a word is skipped: in Chinese and Japanese
                anywhere, else after a hyphen. Numbers and dates match the usual ways to write them.
            case_sensitive: whether `A` and `a` differ. A regular expression has its own flags.
            similarity: for a text, the least similarity of a match, from 0 to 1. Below 1, words that are
                misread, divided or joined are found too; letters that engines confuse count little, and
                case and spaces do not count. `Match.similarity` gives the value.

        Returns:
            The matches in reading order. A match may run over several lines of a block, never over two
            blocks. Words that match only in part are included whole.
        """
        return find(
            self.blocks, pattern, page=self.number, case_sensitive=case_sensitive, similarity=similarity
        )

    def without(self, kinds: Iterable[BlockKind]) -> PageResult:
        """The page without the blocks of these kinds, for instance `["header", "footer", "page_number"]`."""
        left_out = frozenset(kinds)
        if not any(block.kind in left_out for block in self.blocks):
            return self
        kept = tuple(block for block in self.blocks if block.kind not in left_out)
        return self.model_copy(update={"blocks": kept})

    def without_timings(self) -> PageResult:
        """The same result without durations, so that two runs over one page give the same bytes."""
        chains = {
            chain: tuple(step.model_copy(update={"seconds": 0.0}) for step in steps)
            for chain, steps in (("preprocess", self.preprocess), ("postprocess", self.postprocess))
        }
        trace = self.trace.model_copy(update={"timings": {}, **chains})
        return self.model_copy(update={"trace": trace})

    def draw(self, image: Drawable | None = None, *, text: TextPlacement | None = None) -> Image:
        """An image of the page with a box around every word, colored by confidence, and the text.

        Blue is a high confidence, orange a low one, gray an unknown one. Notebooks display the image.

        Args:
            image: the page itself, because a result does not hold its pixels: a `Page`, a Pillow image, an
                array, or the path of an image. By default the boxes are drawn on white.
            text: `"beside"` the image, on white; `"over"` the words; or `"none"`, for boxes only. The
                default is `"beside"` with an image, and `"over"` without one.

        Raises:
            SourceError: the image cannot be opened, or its aspect ratio is not that of the page.
        """
        from ocrkit.result.drawing import draw  # loads Pillow

        return draw(self, image, text)

    def _repr_html_(self) -> str:
        from ocrkit.result.notebook import page_html

        return page_html(self)

    def __repr_args__(self) -> ReprArgs:
        yield "number", self.number
        yield "size", f"{self.width}x{self.height}"
        yield "blocks", len(self.blocks)
        yield "words", len(self.words)
        yield "confidence", self.quality.mean and round(self.quality.mean, 3)
        yield "text", shortened(self.text)

    def transformed(self, transform: Transform, width: int, height: int) -> PageResult:
        """The same result with every polygon transformed onto a page of the given size."""
        if transform.is_identity and (width, height) == (self.width, self.height):
            return self
        center = Point(self.width / 2, self.height / 2)
        ahead = Transform.rotation(-self.rotation).point(Point(1, 0))
        start, end = transform.point(center), transform.point(Point(center.x + ahead.x, center.y + ahead.y))
        direction = math.degrees(math.atan2(end.y - start.y, end.x - start.x))
        limit = Box(0, 0, width, height)
        update: dict[str, Any] = {
            "width": width,
            "height": height,
            "rotation": -round(direction / 90) % 4 * 90,
            "blocks": tuple(transform_region(block, transform, limit) for block in self.blocks),
            "fields": {
                name: transform_region(field, transform, limit) for name, field in self.fields.items()
            },
            "marks": tuple(transform_region(mark, transform, limit) for mark in self.marks),
            "barcodes": tuple(transform_region(code, transform, limit) for code in self.barcodes),
            "unread": tuple(transform_region(each, transform, limit) for each in self.unread),
            "findings": tuple(transform_region(each, transform, limit) for each in self.findings),
        }
        return self.model_copy(update=update)
