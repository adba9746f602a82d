"""Paragraphs, tables and pictures as blocks, in the order of the content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ocrkit.backends.azure.lines import LineReader, Piece, with_symbols
from ocrkit.backends.azure.schema import (
    AnalyzeResult,
    Figure,
    Formula,
    Note,
    PageItem,
    Section,
    Span,
    TableItem,
)
from ocrkit.backends.azure.spans import Scale, SpanIndex, start
from ocrkit.backends.remote import TableBuilder
from ocrkit.geometry import Polygon
from ocrkit.result import Block, BlockKind, Line

_ROLES: Mapping[str, BlockKind] = {
    "pageHeader": "header", "pageFooter": "footer", "pageNumber": "page_number", "title": "heading",
    "sectionHeading": "heading", "footnote": "note", "formulaBlock": "formula",
}  # fmt: skip
_HEADERS = frozenset({"columnHeader", "rowHeader", "stubHead"})
_END = 2**62
"""The offset of what has none: after everything else."""

Owner: TypeAlias = tuple[str, int, int]
"""`cell`, table and cell; or `paragraph` or `note` and its number."""


@dataclass(frozen=True)
class GridCell:
    """A cell of a table, or a value in a list of purchases."""

    row: int
    column: int
    text: str
    spans: Sequence[Span] = ()
    polygon: Polygon | None = None
    confidence: float | None = None
    row_span: int = 1
    column_span: int = 1
    header: bool = False


@dataclass(frozen=True)
class Grid:
    """The cells of one table."""

    cells: Sequence[GridCell]
    spans: Sequence[Span] = ()
    polygon: Polygon | None = None


def grid_of_table(item: TableItem, scale: Scale) -> Grid:
    cells = [
        GridCell(
            row=cell.row_index,
            column=cell.column_index,
            text=with_symbols(cell.content),
            spans=cell.spans,
            polygon=scale.region(cell.bounding_regions),
            row_span=cell.row_span or 1,
            column_span=cell.column_span or 1,
            header=cell.kind in _HEADERS,
        )
        for cell in item.cells
    ]
    return Grid(cells, item.spans, scale.region(item.bounding_regions))


def page_blocks(
    result: AnalyzeResult, page: PageItem, scale: Scale, grids: Sequence[Grid]
) -> tuple[Block, ...]:
    """All blocks of a page."""
    reader = LineReader(result, page, scale)
    notes = list(_notes(result))
    owners = _Owners(result, notes, grids)
    groups: dict[Owner, list[Piece]] = {}
    previous: Owner | None = None
    for owner, piece in reader.pieces(owners):
        key = owner or (previous if previous and previous[0] == "rest" else ("rest", piece.offset, 0))
        groups.setdefault(key, []).append(piece)
        previous = key
    texts = _TextBlocks(result, page, notes)
    found = [texts.block(owner, pieces) for owner, pieces in groups.items() if owner[0] != "cell"]
    found += [block for number, grid in enumerate(grids) for block in _table(number, grid, groups)]
    found += [(_offset(each), _formula(each, scale)) for each in reader.loose_formulas]
    found += _pictures(result, scale)
    return tuple(block for _, block in sorted(found, key=lambda pair: pair[0]))


class _Owners(SpanIndex[Owner]):
    """Finds the owner of a position in the content: a cell, else a paragraph, else a caption or footnote."""

    def __init__(
        self, result: AnalyzeResult, notes: Sequence[tuple[BlockKind, Note]], grids: Sequence[Grid]
    ) -> None:
        super().__init__(
            (cell.spans, ("cell", table, number))
            for table, grid in enumerate(grids)
            for number, cell in enumerate(grid.cells)
        )
        self._paragraphs: SpanIndex[Owner] = SpanIndex(
            (each.spans, ("paragraph", number, 0)) for number, each in enumerate(result.paragraphs)
        )
        self._notes: SpanIndex[Owner] = SpanIndex(
            (note.spans, ("note", number, 0)) for number, (_, note) in enumerate(notes)
        )

    def at(self, offset: int) -> Owner | None:
        return super().at(offset) or self._paragraphs.at(offset) or self._notes.at(offset)


def _notes(result: AnalyzeResult) -> Iterator[tuple[BlockKind, Note]]:
    """The captions and footnotes of tables and pictures."""
    items: tuple[TableItem | Figure, ...] = (*result.tables, *result.figures)
    for item in items:
        if item.caption:
            yield "caption", item.caption
        for note in item.footnotes:
            yield "note", note


class _TextBlocks:
    """Makes blocks of the lines of a paragraph, a caption or a note."""

    def __init__(
        self, result: AnalyzeResult, page: PageItem, notes: Sequence[tuple[BlockKind, Note]]
    ) -> None:
        self._paragraphs = result.paragraphs
        self._notes = notes
        self._note_kinds = SpanIndex((note.spans, kind) for kind, note in notes)
        self._levels = _section_levels(result.sections)
        paragraphs = SpanIndex((each.spans, number) for number, each in enumerate(result.paragraphs))
        self._formulas: dict[int | None, list[str]] = {}
        for formula in page.formulas:
            self._formulas.setdefault(paragraphs.at(_offset(formula)), []).append(formula.value)

    def block(self, owner: Owner, pieces: Sequence[Piece]) -> tuple[int, Block]:
        """A block with the offset where it starts."""
        kind: BlockKind = "text"
        facts: dict[str, Any] = {}
        if owner[0] == "note":
            kind = self._notes[owner[1]][0]
        elif owner[0] == "paragraph":
            kind, facts = self._role(owner[1])
        return pieces[0].offset, Block.of([piece.line for piece in pieces], kind=kind, **facts)

    def _role(self, number: int) -> tuple[BlockKind, dict[str, Any]]:
        """The kind of a paragraph, with the level of a heading or the source of a formula."""
        paragraph = self._paragraphs[number]
        first = start(paragraph.spans)
        noted = self._note_kinds.at(first) if first is not None else None
        kind = _ROLES.get(paragraph.role or "") or noted or "text"
        if kind == "heading":
            return kind, {"level": 1 if paragraph.role == "title" else self._levels.get(number, 2)}
        if kind == "formula":
            return kind, {"latex": "\n".join(self._formulas.get(number, ())) or None}
        return kind, {}


def _section_levels(sections: Sequence[Section]) -> dict[int, int]:
    """The level of the headings in each section, by paragraph: one more than in the section around it."""
    levels: dict[int, int] = {}
    depths = {0: 0}
    waiting = [0] if sections else []
    while waiting:
        number = waiting.pop()
        for element in sections[number].elements:
            kind, _, index = element.strip("/").partition("/")
            if not index.isdecimal() or len(index) > 9:
                continue
            if kind == "paragraphs":
                levels.setdefault(int(index), min(6, max(2, depths[number] + 1)))
            elif kind == "sections" and int(index) < len(sections) and int(index) not in depths:
                depths[int(index)] = depths[number] + 1
                waiting.append(int(index))
    return levels


def _table(number: int, grid: Grid, groups: Mapping[Owner, Sequence[Piece]]) -> list[tuple[int, Block]]:
    if not grid.cells:
        return []
    table = TableBuilder()
    offsets = []
    for position, cell in enumerate(grid.cells):
        pieces = groups.get(("cell", number, position), ())
        offsets += [piece.offset for piece in pieces]
        lines: list[Line] = [piece.line for piece in pieces]
        table.add(
            lines,
            row=cell.row,
            column=cell.column,
            text=cell.text,
            row_span=cell.row_span,
            column_span=cell.column_span,
            polygon=cell.polygon,
            confidence=cell.confidence if cell.confidence is not None else Block.of(lines).confidence,
            header=cell.header,
        )
    first = start(grid.spans)
    return [(first if first is not None else min(offsets, default=_END), table.block(grid.polygon))]


def _formula(formula: Formula, scale: Scale) -> Block:
    polygon = scale.polygon(formula.polygon)
    line = Line(text=formula.value, polygon=polygon, confidence=formula.confidence)
    return Block.of([line], kind="formula", latex=formula.value)


def _pictures(result: AnalyzeResult, scale: Scale) -> list[tuple[int, Block]]:
    found = []
    for figure in result.figures:
        polygon = scale.region(figure.bounding_regions)
        if polygon:
            first = start(figure.spans)
            found.append((_END if first is None else first, Block(kind="picture", polygon=polygon)))
    return found


def _offset(formula: Formula) -> int:
    return formula.span.offset if formula.span else _END
