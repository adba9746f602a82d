"""Blocks of a result from the content of a reply."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ocrkit.backends.remote import TableBuilder, polygon_of_corners
from ocrkit.backends.vlm.formats import Piece, Reply
from ocrkit.backends.vlm.formats.inline import CHECKED, UNCHECKED
from ocrkit.backends.vlm.preset import Boxes, ImageSize
from ocrkit.geometry import Polygon
from ocrkit.result import Block, Line, SelectionMark, Word
from ocrkit.result.marks import MarkState

_SLACK = 1.03
"""A coordinate may exceed the edge by this factor."""
_MARKS: Mapping[str, MarkState] = {CHECKED: "selected", "☒": "selected", UNCHECKED: "unselected"}


@dataclass(frozen=True, slots=True)
class Scale:
    """Converts the coordinates of a model to pixels of the image that was sent."""

    x: float
    y: float
    width: int
    height: int
    order: str = "xyxy"

    @property
    def limits(self) -> tuple[float, float]:
        """The coordinates of the lower right corner."""
        return self.width / self.x, self.height / self.y

    def points(self, numbers: Sequence[float]) -> list[tuple[float, float]]:
        """The corners in the order of the image's axes, in the unit of the model."""
        if self.order == "yxyx":
            numbers = [number for y, x in _pairs(numbers) for number in (x, y)]
        elif self.order == "xywh" and len(numbers) == 4:
            numbers = [numbers[0], numbers[1], numbers[0] + numbers[2], numbers[1] + numbers[3]]
        return _pairs(numbers)

    def fits(self, numbers: Sequence[float]) -> bool:
        """Whether coordinates lie on the image."""
        right, bottom = self.limits
        return all(
            -right * (_SLACK - 1) <= x <= right * _SLACK and -bottom * (_SLACK - 1) <= y <= bottom * _SLACK
            for x, y in self.points(numbers)
        )

    def polygon(self, numbers: Sequence[float]) -> Polygon | None:
        """The box or the corners in pixels of the image; None if the area is zero."""
        corners = [(x * self.x, y * self.y) for x, y in self.points(numbers)]
        if len(corners) == 2:
            (left, right), (top, bottom) = (sorted(axis) for axis in zip(*corners, strict=True))
            corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        return polygon_of_corners(corners, self.width, self.height) if corners else None


def resized(width: int, height: int, size: ImageSize) -> tuple[int, int]:
    """The size to which the Qwen models resize an image: multiples of a factor, between two areas."""
    factor = size.factor
    new_width, new_height = (max(factor, round(side / factor) * factor) for side in (width, height))
    if size.max_pixels and new_width * new_height > size.max_pixels:
        ratio = math.sqrt(width * height / size.max_pixels)
        new_width, new_height = (
            max(factor, math.floor(side / ratio / factor) * factor) for side in (width, height)
        )
    elif size.min_pixels and new_width * new_height < size.min_pixels:
        ratio = math.sqrt(size.min_pixels / (width * height))
        new_width, new_height = (math.ceil(side * ratio / factor) * factor for side in (width, height))
    return new_width, new_height


def scale_of(boxes: Boxes, size: ImageSize, width: int, height: int) -> Scale:
    """The scale for an image of this size."""
    if boxes.unit == "pixels":
        across, down = float(width), float(height)
    elif boxes.unit == "resized":
        across, down = map(float, resized(width, height, size))
    else:
        across = down = float(boxes.unit)
    return Scale(width / across, height / down, width, height, boxes.order)


def fitting_scale(pieces: Sequence[Piece], scale: Scale) -> tuple[Scale, tuple[str, ...]]:
    """The scale, or another one if the boxes cannot be in its unit, with a warning."""
    boxes = [piece.numbers for piece in pieces if piece.numbers]
    if not boxes:
        return scale, ()
    if all(max(numbers) <= 1 for numbers in boxes) and min(scale.limits) > 2:
        other = Scale(scale.width, scale.height, scale.width, scale.height, scale.order)
        return other, ("the model gave boxes as fractions of the image, not in the unit of the preset",)
    outside = sum(not scale.fits(numbers) for numbers in boxes)
    pixels = Scale(1, 1, scale.width, scale.height, scale.order)
    if outside * 2 > len(boxes) and all(pixels.fits(numbers) for numbers in boxes):
        return pixels, ("the model gave boxes in pixels, not in the unit of the preset",)
    return scale, ()


def assemble(
    reply: Reply, scale: Scale
) -> tuple[tuple[Block, ...], tuple[SelectionMark, ...], tuple[str, ...]]:
    """The blocks and check boxes of a reply, and warnings about its boxes."""
    scale, warnings = fitting_scale(reply.pieces, scale)
    blocks: list[Block] = []
    wrong = 0
    for piece in reply.pieces:
        polygon = scale.polygon(piece.numbers) if piece.numbers and scale.fits(piece.numbers) else None
        wrong += bool(piece.numbers) and polygon is None
        if block := _block(piece, polygon):
            blocks.append(block)
    if wrong:
        warnings = (*warnings, f"boxes that are not on the page were left out: {wrong}")
    return tuple(blocks), tuple(_marks(blocks)), warnings


def line_of(text: str, polygon: Polygon | None = None) -> Line:
    """A line with its words."""
    return Line(text=text, words=tuple(Word(text=each) for each in text.split()), polygon=polygon)


def _block(piece: Piece, polygon: Polygon | None) -> Block | None:
    if piece.cells:
        return _table(piece, polygon)
    region: dict[str, Any] = {"polygon": polygon} if polygon else {}
    if piece.kind == "formula":
        source = " ".join((piece.latex or piece.text).split())
        return (
            Block.of([line_of(source, polygon)], kind="formula", latex=source, **region) if source else None
        )
    texts = [text for each in piece.text.split("\n") if (text := " ".join(each.split()))]
    lines = [line_of(text, polygon if len(texts) == 1 else None) for text in texts]
    if not lines and piece.kind not in ("picture", "signature"):
        return None
    kind = "text" if piece.kind == "table" else piece.kind
    return Block.of(lines, kind=kind, level=piece.level if kind == "heading" else None, **region)


def _table(piece: Piece, polygon: Polygon | None) -> Block:
    builder = TableBuilder()
    for cell in piece.cells:
        texts = [text for each in cell.text.split("\n") if (text := " ".join(each.split()))]
        builder.add(
            map(line_of, texts),
            row=cell.row,
            column=cell.column,
            row_span=cell.row_span,
            column_span=cell.column_span,
        )
    return builder.block(polygon)


def _marks(blocks: Sequence[Block]) -> Iterator[SelectionMark]:
    for block in blocks:
        for line in block.lines:
            for character in line.text:
                if state := _MARKS.get(character):
                    yield SelectionMark(state=state)


def _pairs(numbers: Sequence[float]) -> list[tuple[float, float]]:
    return list(zip(numbers[::2], numbers[1::2], strict=False))
