"""Alibaba's responses as results. Pure."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ocrkit.backends.alibaba.documents import FIELDS, parse_document
from ocrkit.backends.alibaba.errors import CODES
from ocrkit.backends.alibaba.request import Action
from ocrkit.backends.alibaba.schema import (
    CardResponse,
    Corner,
    Head,
    SeenImage,
    TableCell,
    TableItem,
    TextLine,
    TextResponse,
)
from ocrkit.backends.remote import (
    Call,
    Character,
    Recognition,
    TableBuilder,
    confidence_of_percent,
    polygon_of_corners,
    upright_rotation,
    validated,
    words_of_characters,
)
from ocrkit.errors import BadResponseError
from ocrkit.geometry import Point, Polygon, Transform, bounding_box
from ocrkit.page import Encoded
from ocrkit.result import Block, BlockKind, Line

_SUCCESS = frozenset({"", "200"})


def parse(answer: Any, image: Encoded, call: Call[Action]) -> Recognition:
    """The content of a response, which is the whole body as JSON data.

    Raises:
        BackendError: the response is an error, or does not have the expected shape.
    """
    head = validated(Head, answer)
    if head.code not in _SUCCESS and not head.data:
        if not CODES.means_empty(head.code):
            raise CODES.error(head.code, head.message, request_id=head.request_id)
        return Recognition.nothing(CODES.row(head.code).advice, request_id=head.request_id)
    try:
        return _content(head, image, call)
    except BadResponseError as error:
        error.request_id = head.request_id
        raise


def _content(head: Head, image: Encoded, call: Call[Action]) -> Recognition:
    if call.endpoint in FIELDS:
        document = parse_document(validated(CardResponse, head.data), call.endpoint, image)
        return document.model_copy(update={"request_id": head.request_id})
    text = validated(TextResponse, head.data)
    blocks = tuple(_blocks(text, _ImageSeen(text, image), call))
    return Recognition(blocks=blocks, rotation=upright_rotation(text.angle), request_id=head.request_id)


class _ImageSeen:
    """The transform from the image that the service read to the one that was sent.

    If the request makes the page upright, the coordinates are those of the upright image: rotated
    back by `angle` around the center, and large enough to hold all corners.
    """

    def __init__(self, answer: SeenImage, image: Encoded) -> None:
        self._image = image
        seen = (answer.width or image.width, answer.height or image.height)
        original = (answer.original_width or image.width, answer.original_height or image.height)
        if answer.angle and answer.angle % 90 == 0:
            quarters = upright_rotation(answer.angle) // 90
            back = Transform.quarter_turns(quarters, *original).inverse()
        elif answer.angle:
            rotated = Transform.shift(-seen[0] / 2, -seen[1] / 2).then(Transform.rotation(answer.angle))
            back = rotated.then(Transform.shift(original[0] / 2, original[1] / 2))
        else:
            back = Transform.scaling(original[0] / seen[0], original[1] / seen[1])
        self._back = back.then(Transform.scaling(image.width / original[0], image.height / original[1]))

    def polygon(self, corners: Iterable[Corner]) -> Polygon | None:
        points = self._back.polygon(Point(corner.x, corner.y) for corner in corners)
        return polygon_of_corners(points, self._image.width, self._image.height)


# ── text and tables ──


def _blocks(text: TextResponse, seen: _ImageSeen, call: Call[Action]) -> Iterator[Block]:
    """Paragraphs, and each table at the position of its first line."""
    tables = {table.id: table for table in text.tables if table.cells}
    inside: dict[str, list[TextLine]] = defaultdict(list)
    for item in text.lines:
        if item.table in tables:
            inside[item.table].append(item)
    remaining = dict(tables)
    for (table, _), group in itertools.groupby(text.lines, key=lambda item: (item.table, item.paragraph)):
        if table not in tables:
            lines = [_line(item, seen, call) for item in group if item.text.strip()]
            if lines:
                yield Block.of(lines)
        elif table in remaining:
            yield from _with_surroundings(remaining.pop(table), inside[table], text, seen, call)
    for name, rest in remaining.items():
        yield from _with_surroundings(rest, inside[name], text, seen, call)
    if text.listed is None and not tables:
        yield from _plain(text.content or "", call)


def _with_surroundings(
    found: TableItem, items: Sequence[TextLine], text: TextResponse, seen: _ImageSeen, call: Call[Action]
) -> Iterator[Block]:
    """A table between the texts above and below it, unless they are among the lines anyway."""
    known = {"".join(item.text.split()) for item in text.lines}

    def block(kind: BlockKind, rows: Iterable[str]) -> Iterator[Block]:
        texts = [row.strip() for row in rows if row.strip() and "".join(row.split()) not in known]
        if texts:
            lines = [Line(text=each, handwritten=call.handwritten) for each in texts]
            yield Block.of(lines, kind=kind)

    around = [each for each in text.surroundings if each.table == found.id]
    yield from block("caption", (row for each in around for row in each.head))
    yield _table(found, items, seen, call)
    yield from block("note", (row for each in around for row in each.tail))


def _plain(content: str, call: Call[Action]) -> Iterator[Block]:
    """The lines of a response that has only its text, without places."""
    rows = [row.strip() for row in content.splitlines() if row.strip()]
    if rows:
        yield Block.of(Line(text=row, handwritten=call.handwritten) for row in rows)


def _line(item: TextLine, seen: _ImageSeen, call: Call[Action]) -> Line:
    polygon = seen.polygon(item.corners)
    places = [seen.polygon(character.corners) for character in item.characters]
    if not _are_inside(places, polygon):
        places = [None] * len(places)
    characters = [
        Character(each.text, place, confidence_of_percent(each.confidence))
        for each, place in zip(item.characters, places, strict=True)
    ]
    return Line(
        text=item.text,
        words=words_of_characters(item.text, characters),
        polygon=polygon,
        confidence=confidence_of_percent(item.confidence),
        handwritten=call.handwritten,
    )


def _are_inside(places: Sequence[Polygon | None], polygon: Polygon | None) -> bool:
    """Whether the characters are inside their line.

    The vendor does not document their coordinates, and the `x` and `y` of a line are those of the line after
    leveling.
    """
    if polygon is None:
        return False
    line = bounding_box(polygon)
    centers = [bounding_box(place).center for place in places if place]
    return all(line.nearest(center) == center for center in centers)


def _table(found: TableItem, items: Sequence[TextLine], seen: _ImageSeen, call: Call[Action]) -> Block:
    lines: dict[str, list[Line]] = defaultdict(list)
    for item in items:
        if item.text.strip():
            lines[item.cell].append(_line(item, seen, call))
    table = TableBuilder()
    for cell in found.cells:
        polygon = seen.polygon(cell.corners)
        table.add(
            lines[cell.id] or _cell_line(cell, polygon, call),
            row=cell.row,
            column=cell.column,
            row_span=cell.row_end - cell.row + 1,
            column_span=cell.column_end - cell.column + 1,
            polygon=polygon,
            handwritten=call.handwritten,
        )
    return table.block(_hull(found.cells, seen))


def _cell_line(cell: TableCell, polygon: Polygon | None, call: Call[Action]) -> list[Line]:
    """The text of a cell as one line, if the response has the cell and not its lines."""
    text = " ".join(cell.text.split())
    return [Line(text=text, polygon=polygon, handwritten=call.handwritten)] if text else []


def _hull(cells: Sequence[TableCell], seen: _ImageSeen) -> Polygon | None:
    points = [Point(corner.x, corner.y) for cell in cells for corner in cell.corners]
    if not points:
        return None
    return seen.polygon(Corner.model_construct(x=x, y=y) for x, y in bounding_box(points).polygon)
