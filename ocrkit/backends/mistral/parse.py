"""Mistral's responses as results. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ocrkit.backends.mistral.markdown import (
    blocks_of,
    formula,
    heading,
    image_id,
    linked,
    plain_lines,
    plain_text,
    table_rows,
)
from ocrkit.backends.mistral.schema import BlockItem, OcrResponse, PageItem, Place
from ocrkit.backends.mistral.words import WordScores
from ocrkit.backends.remote import (
    Call,
    Recognition,
    TableBuilder,
    html_cells,
    polygon_of_corners,
    validated,
)
from ocrkit.geometry import Box, Polygon
from ocrkit.page import Encoded
from ocrkit.result import Block, BlockKind, Line

_KINDS: Mapping[str, BlockKind] = {
    "title": "heading", "list": "list", "table": "table", "image": "picture", "equation": "formula",
    "caption": "caption", "aside_text": "note", "header": "header", "footer": "footer",
    "signature": "signature",
}  # fmt: skip
_EMPTY_KINDS = frozenset({"picture", "signature"})


def parse(answer: Any, image: Encoded, call: Call[Any]) -> Recognition:
    """The content of a response. Raises `BadResponseError` if it does not have the expected shape."""
    response = validated(OcrResponse, answer)
    if not response.pages:
        return Recognition()
    return Recognition(blocks=tuple(_PageParser(response.pages[0], image, call).blocks()))


class _PageParser:
    """Makes blocks of one page, in the order of the service."""

    def __init__(self, page: PageItem, image: Encoded, call: Call[Any]) -> None:
        self._page = page
        self._image = image
        self._handwritten = call.handwritten
        self._tables = {table.id: table for table in page.tables if table.id}
        self._pictures = {picture.id: picture for picture in page.images if picture.id}
        scores = page.confidence_scores.word_confidence_scores if page.confidence_scores else ()
        self._scores = WordScores(scores)

    def blocks(self) -> Iterator[Block]:
        items = self._page.blocks or tuple(self._items_of_markdown())
        for item in items:
            kind = _KINDS.get(item.type, "text")
            block = self._table(item) if kind == "table" else self._block(item, kind)
            if block.lines or block.table or (block.kind in _EMPTY_KINDS and block.polygon):
                yield block

    def _items_of_markdown(self) -> Iterator[BlockItem]:
        """The blocks of a model that does not list them. Only those of pictures have boxes."""
        if self._page.header:
            yield BlockItem(type="header", content=self._page.header)
        for part in blocks_of(self._page.markdown or ""):
            picture = self._pictures.get(image_id(part.content) or "") if part.type == "image" else None
            place = picture.model_dump(exclude={"id"}) if picture else {}
            yield BlockItem(type=part.type, content=part.content, **place)
        if self._page.footer:
            yield BlockItem(type="footer", content=self._page.footer)

    def _block(self, item: BlockItem, kind: BlockKind) -> Block:
        content = item.content or ""
        facts: dict[str, Any] = {}
        if kind == "formula":
            source = formula(content)
            facts["latex"] = source or None
            lines = [self._line(" ".join(source.split()))] if source else []
        elif kind == "heading":
            level, text = heading(content)
            facts["level"] = level or 1
            lines = [self._line(row) for row in plain_lines(text)]
        else:
            lines = [self._line(row) for row in plain_lines(content)]
        if item.confidence_scores and item.confidence_scores.average_content_confidence_score is not None:
            facts["confidence"] = item.confidence_scores.average_content_confidence_score
        return Block.of(lines, kind=kind, polygon=self._polygon(item), **facts)

    def _line(self, text: str) -> Line:
        return self._scores.line(text, self._handwritten)

    def _table(self, item: BlockItem) -> Block:
        """A table in the list of tables, or in the block itself; text if it has no cells."""
        content = (item.content or "").strip()
        table = self._tables.get(item.table_id or linked(content) or "")
        source = table.content.strip() if table else content
        builder = TableBuilder()
        reader = WordScores(table.word_confidence_scores) if table else self._scores
        if "<t" in source.lower():
            self._add_html(builder, source, reader)
        elif "|" in source:
            self._add_markdown(builder, source, reader)
        polygon = self._polygon(item)
        if not len(builder):
            return self._block(item.model_copy(update={"content": source}), "text")
        return builder.block(polygon)

    def _add_html(self, builder: TableBuilder, source: str, reader: WordScores) -> None:
        for cell in html_cells(source):
            lines = [reader.line(text, self._handwritten) for text in map(plain_text, cell.lines) if text]
            builder.add(
                lines,
                row=cell.row,
                column=cell.column,
                row_span=cell.row_span,
                column_span=cell.column_span,
                confidence=Block.of(lines).confidence,
                header=cell.header,
            )

    def _add_markdown(self, builder: TableBuilder, source: str, reader: WordScores) -> None:
        for row, cells in enumerate(table_rows(source)):
            for column, text in enumerate(cells):
                lines = [reader.line(each, self._handwritten) for each in plain_lines(text)]
                builder.add(
                    lines, row=row, column=column, confidence=Block.of(lines).confidence, header=row == 0
                )

    def _polygon(self, place: Place) -> Polygon | None:
        """The polygon of a box, converted from the service's raster to the image that was sent."""
        size = self._page.dimensions
        left, top, right, bottom = (
            place.top_left_x, place.top_left_y, place.bottom_right_x, place.bottom_right_y,
        )  # fmt: skip
        if size is None or left is None or top is None or right is None or bottom is None:
            return None
        x, y = self._image.width, self._image.height
        box = Box(
            left * x / size.width, top * y / size.height, right * x / size.width, bottom * y / size.height
        )
        return polygon_of_corners(box.polygon, x, y)
