"""The flat list of blocks in a response, as the blocks, fields and marks of a result. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ocrkit.backends.aws.schema import BlockItem, Geometry
from ocrkit.backends.remote import (
    Recognition,
    TableBuilder,
    clipped_blocks,
    confidence_of_percent,
    polygon_of_corners,
    rotation_of_text,
)
from ocrkit.geometry import Box, Polygon, bounding_box
from ocrkit.page import Encoded
from ocrkit.result import Block, BlockKind, Field, Line, SelectionMark, Word

_LAYOUT: Mapping[str, tuple[BlockKind, int | None]] = {
    "LAYOUT_TEXT": ("text", None),
    "LAYOUT_TITLE": ("heading", 1),
    "LAYOUT_SECTION_HEADER": ("heading", 2),
    "LAYOUT_HEADER": ("header", None),
    "LAYOUT_FOOTER": ("footer", None),
    "LAYOUT_PAGE_NUMBER": ("page_number", None),
    "LAYOUT_LIST": ("list", None),
    "LAYOUT_FIGURE": ("picture", None),
    "LAYOUT_TABLE": ("text", None),
    "LAYOUT_KEY_VALUE": ("text", None),
}
_LABEL_END = " \t:"


class PageBlocks:
    """The blocks of one page.

    Args:
        items: the blocks of the response.
        image: the image that was sent.
        is_elsewhere: whether the text at a place is part of the result already, and is left out here.
    """

    def __init__(
        self,
        items: Iterable[BlockItem],
        image: Encoded,
        is_elsewhere: Callable[[Polygon], bool] = lambda _: False,
    ) -> None:
        self._items = tuple(items)
        self._image = image
        self._is_elsewhere = is_elsewhere
        self._by_id = {item.id: item for item in self._items if item.id}
        self._line_of = {
            word.id: line.id for line in self._of_type("LINE") for word in self._related(line, "CHILD")
        }
        self._table_of: dict[str, str] = {}
        for table in self._of_type("TABLE"):
            parts = (self._cells(table), self._related(table, "TABLE_TITLE", "TABLE_FOOTER"))
            for part in itertools.chain(*parts):
                self._table_of |= dict.fromkeys((word.id for word in self._words(part)), table.id)

    def recognition(self) -> Recognition:
        """The content of the page."""
        blocks = [*self._text(), *self._signatures()]
        fields = self._fields()
        return Recognition(
            blocks=clipped_blocks(blocks, self._image.width, self._image.height),
            rotation=rotation_of_text(_direction(line) for block in blocks for line in block.lines),
            fields=fields,
            marks=tuple(self._marks()),
        )

    # ── text ──

    def _text(self) -> Iterator[Block]:
        """The blocks of the layout, if any, then all other lines. A table stands where its first line is."""
        tables = {table.id: table for table in self._of_type("TABLE")}
        nested = {child.id for item in self._layout() for child in self._related(item, "CHILD")}
        seen: set[str] = set()
        for item in self._layout():
            if item.id in nested:
                continue
            kind, level = _LAYOUT[item.type]
            lines = [line for line in self._lines_of(item) if line.id not in seen]
            seen |= {line.id for line in lines}
            found = list(self._flow(lines, tables, kind, level))
            if not found and kind == "picture" and (place := self._place(item.geometry)):
                found = [Block(kind=kind, polygon=place, confidence=confidence_of_percent(item.confidence))]
            yield from found
        rest = [line for line in self._of_type("LINE") if line.id not in seen]
        yield from self._flow(rest, tables, "text", None)
        for table in list(tables.values()):
            yield from self._table(table)

    def _flow(
        self, items: Iterable[BlockItem], tables: dict[str, BlockItem], kind: BlockKind, level: int | None
    ) -> Iterator[Block]:
        """The lines that are in no table as blocks, with the tables between them. Removes these tables."""
        lines: list[Line] = []
        for item in items:
            words = self._related(item, "CHILD")
            for name in dict.fromkeys(self._table_of.get(word.id, "") for word in words):
                if name in tables:
                    if lines:
                        yield Block.of(lines, kind=kind, level=level)
                        lines = []
                    yield from self._table(tables.pop(name))
            line = self._line(item, words)
            if line is not None and not (line.polygon and self._is_elsewhere(line.polygon)):
                lines.append(line)
        if lines:
            yield Block.of(lines, kind=kind, level=level)

    def _line(self, item: BlockItem, words: Sequence[BlockItem]) -> Line | None:
        """A line without its words in tables, or None if nothing is left."""
        rest = [word for word in words if word.id not in self._table_of]
        if len(rest) < len(words):
            return Line.of(self._word(word) for word in rest) if rest else None
        text = (item.text or "").strip()
        if not text:
            return None
        found = [self._word(word) for word in rest]
        place = self._place(item.geometry)
        outline = {"polygon": place} if place else {}
        return Line.of(found, text=text, confidence=confidence_of_percent(item.confidence), **outline)

    def _word(self, item: BlockItem) -> Word:
        return Word(
            text=(item.text or "").strip(),
            polygon=self._place(item.geometry),
            confidence=confidence_of_percent(item.confidence),
            handwritten="detected" if item.text_type == "HANDWRITING" else None,
        )

    def _lines_of(self, item: BlockItem, depth: int = 2) -> list[BlockItem]:
        """The lines of a layout element; a list has elements of its own."""
        lines = []
        for child in self._related(item, "CHILD"):
            if child.type == "LINE":
                lines.append(child)
            elif child.type in _LAYOUT and depth:
                lines += self._lines_of(child, depth - 1)
        return lines

    # ── tables ──

    def _table(self, item: BlockItem) -> Iterator[Block]:
        yield from self._beside_table(item, "TABLE_TITLE", "caption")
        merged = self._related(item, "MERGED_CELL")
        parts = {cell.id for group in merged for cell in self._related(group, "CHILD")}
        builder = TableBuilder()
        for cell in (*self._cells(item), *merged):
            if cell.id not in parts:
                self._add_cell(builder, cell)
        if len(builder):
            yield builder.block(self._place(item.geometry))
        yield from self._beside_table(item, "TABLE_FOOTER", "note")

    def _cells(self, table: BlockItem) -> list[BlockItem]:
        return [cell for cell in self._related(table, "CHILD") if cell.type == "CELL"]

    def _add_cell(self, builder: TableBuilder, cell: BlockItem) -> None:
        """Add a cell. A merged cell has the words of its parts."""
        parts = self._related(cell, "CHILD") if cell.type == "MERGED_CELL" else [cell]
        lines = [line for part in parts for line in self._cell_lines(part)]
        marks = [mark.symbol for part in parts for mark in self._marks_of(part)]
        header = any("COLUMN_HEADER" in part.entities for part in (cell, *parts))
        builder.add(
            lines,
            text="\n".join((*(line.text for line in lines), *marks)),
            row=(cell.row or 0) - 1,
            column=(cell.column or 0) - 1,
            row_span=cell.row_span or 1,
            column_span=cell.column_span or 1,
            polygon=self._place(cell.geometry),
            confidence=confidence_of_percent(cell.confidence),
            header=header,
        )

    def _cell_lines(self, cell: BlockItem) -> Iterator[Line]:
        """The words of a cell as lines, divided as on the page."""
        for _, group in itertools.groupby(self._words(cell), lambda word: self._line_of.get(word.id)):
            yield Line.of(self._word(word) for word in group)

    def _beside_table(self, table: BlockItem, relation: str, kind: BlockKind) -> Iterator[Block]:
        for item in self._related(table, relation):
            lines = list(self._cell_lines(item))
            if lines:
                yield Block.of(lines, kind=kind)

    # ── forms, marks, signatures ──

    def _fields(self) -> dict[str, Field]:
        """The fields of a form by their labels. A repeated label gets a number."""
        fields: dict[str, Field] = {}
        for key in self._keys():
            name = self._label(key)
            for value in self._related(key, "VALUE"):
                text = " ".join(word.text or "" for word in self._words(value)).strip()
                if name and text:
                    field = Field(
                        value=text,
                        polygon=self._place(value.geometry),
                        confidence=confidence_of_percent(value.confidence),
                    )
                    fields[_unused(name, fields)] = field
        return fields

    def _marks(self) -> Iterator[SelectionMark]:
        names = {
            mark.id: self._label(key)
            for key in self._keys()
            for value in self._related(key, "VALUE")
            for mark in self._related(value, "CHILD")
            if mark.type == "SELECTION_ELEMENT"
        }
        for item in self._of_type("SELECTION_ELEMENT"):
            yield self._mark(item, names.get(item.id))

    def _marks_of(self, item: BlockItem) -> list[SelectionMark]:
        children = self._related(item, "CHILD")
        return [self._mark(child) for child in children if child.type == "SELECTION_ELEMENT"]

    def _mark(self, item: BlockItem, name: str | None = None) -> SelectionMark:
        return SelectionMark(
            state="selected" if item.selection == "SELECTED" else "unselected",
            name=name or None,
            polygon=self._place(item.geometry),
            confidence=confidence_of_percent(item.confidence),
        )

    def _signatures(self) -> Iterator[Block]:
        for item in self._of_type("SIGNATURE"):
            place = self._place(item.geometry)
            if place:
                confidence = confidence_of_percent(item.confidence)
                yield Block(kind="signature", polygon=place, confidence=confidence)

    def _keys(self) -> list[BlockItem]:
        return [item for item in self._of_type("KEY_VALUE_SET") if "KEY" in item.entities]

    def _label(self, key: BlockItem) -> str:
        return " ".join(word.text or "" for word in self._words(key)).strip(_LABEL_END)

    # ── the graph ──

    def _of_type(self, kind: str) -> list[BlockItem]:
        return [item for item in self._items if item.type == kind]

    def _layout(self) -> list[BlockItem]:
        return [item for item in self._items if item.type in _LAYOUT]

    def _related(self, item: BlockItem, *relations: str) -> list[BlockItem]:
        """The blocks that an item refers to, without those that the response lacks."""
        ids = (name for each in item.relationships if each.type in relations for name in each.ids)
        return [self._by_id[name] for name in dict.fromkeys(ids) if name in self._by_id]

    def _words(self, item: BlockItem) -> list[BlockItem]:
        return [child for child in self._related(item, "CHILD") if child.type == "WORD"]

    def _place(self, geometry: Geometry | None) -> Polygon | None:
        return place_on_image(geometry, self._image)


def place_on_image(geometry: Geometry | None, image: Encoded) -> Polygon | None:
    """The polygon, or else the rectangle, in pixels of the image."""
    if geometry is None:
        return None
    corners = [(each.x, each.y) for each in geometry.polygon]
    if len(corners) < 3 and geometry.box is not None:
        box = geometry.box
        corners = list(Box(box.left, box.top, box.left + box.width, box.top + box.height).polygon)
    scaled = [(x * image.width, y * image.height) for x, y in corners]
    return polygon_of_corners(scaled, image.width, image.height)


def _direction(line: Line) -> Polygon | None:
    """From the first to the last word of a line. It does not depend on the order of corners."""
    places = [word.polygon for word in line.words if word.polygon]
    if len(places) < 2:
        return line.polygon
    return (bounding_box(places[0]).center, bounding_box(places[-1]).center)


def _unused(name: str, taken: Mapping[str, Field]) -> str:
    if name not in taken:
        return name
    return next(f"{name} ({number})" for number in itertools.count(2) if f"{name} ({number})" not in taken)
