"""The engine's results as blocks. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ocrkit.aspose_engine import TRIAL_WARNING, without_banner
from ocrkit.backends.aspose_local.request import EngineCall
from ocrkit.backends.aspose_local.schema import EngineCell, EngineLine, EnginePage, EngineRegion
from ocrkit.geometry import Box
from ocrkit.page import Encoded
from ocrkit.result import Block, BlockKind, Cell, Field, Line, Table
from ocrkit.result.fields import date_value

_KINDS: Mapping[str, BlockKind] = {
    "TITLE": "heading",
    "PARAGRAPH": "text",
    "LIST": "list",
    "TABLE": "table",
    "TABLE_CAPTION": "caption",
    "FIGURE_CAPTION": "caption",
    "CAPTION": "caption",
    "HEADER": "header",
    "FOOTER": "footer",
    "PAGE_NUMBER": "page_number",
    "EQUATION": "formula",
    "INLINE_FORMULA": "formula",
    "IMAGE": "picture",
    "CHART": "picture",
}
"""The kinds of blocks for the engine's `RegionTypes`."""
_WHOLE_PAGE = 0.95
"""A region with this share of the page is no block of its own."""
_TRIAL_NOTICE = "Trial Licenses"


class Recognition(NamedTuple):
    """The content of a page, in pixels of the page."""

    blocks: tuple[Block, ...] = ()
    fields: dict[str, Field] = {}  # noqa: RUF012 – never changed
    warnings: tuple[str, ...] = ()


def parse(page: EnginePage, image: Encoded, call: EngineCall) -> Recognition:
    """The content of a page.

    Args:
        page: what the engine returned for the image.
        image: the image that it read.
        call: what it was called with.
    """
    text, has_banner = without_banner(page.text)
    is_trial = has_banner or not page.licensed
    notices = tuple(each for each in page.notices if each != _TRIAL_NOTICE)
    warnings = ((TRIAL_WARNING,) if is_trial else ()) + call.warnings + notices
    if call.method == "recognize_tables":
        tables = tuple(block for cells in page.tables if (block := _table(cells, call)))
        return Recognition(tables, warnings=warnings)
    # Other values of a trial result hold more text than its terms give: only what is in the text is used.
    lines = _within(page.lines, text) if is_trial else _complete(page.lines, text)
    regions = [] if is_trial and not lines else list(_regions(page.regions, image))
    blocks = tuple(_blocks(lines, regions, image, call))
    fields = {} if is_trial else _fields(page.keywords)
    return Recognition(blocks, fields, warnings)


def _within(lines: Sequence[EngineLine], text: str) -> list[EngineLine]:
    """The rows of a cut text, with the boxes of the lines that are whole."""
    rows = [row.strip() for row in text.splitlines() if row.strip()]
    found, position = [], 0
    for row in rows:
        rest = enumerate(lines[position:], position)
        match = next((number for number, line in rest if line.text.strip() == row), None)
        found.append(EngineLine(row) if match is None else replace(lines[match], text=row))
        position = position if match is None else match + 1
    return found


def _complete(lines: Sequence[EngineLine], text: str) -> list[EngineLine]:
    """The lines; without any, the rows of the text."""
    found = [replace(line, text=line.text.strip()) for line in lines if line.text.strip()]
    return found or [EngineLine(row.strip()) for row in text.splitlines() if row.strip()]


def _regions(regions: Sequence[EngineRegion], image: Encoded) -> Iterator[EngineRegion]:
    """The regions that are parts of the page."""
    for region in regions:
        if region.box is not None and region.box.area < _WHOLE_PAGE * image.width * image.height:
            yield region


def _blocks(
    lines: Sequence[EngineLine], regions: Sequence[EngineRegion], image: Encoded, call: EngineCall
) -> Iterator[Block]:
    """A block for each region, in the engine's order, and one for the lines outside of all."""
    inside: list[list[EngineLine]] = [[] for _ in regions]
    outside: list[EngineLine] = []
    for line in lines:
        number = _region_of(line, regions)
        (outside if number is None else inside[number]).append(line)
    for region, own in zip(regions, inside, strict=True):
        kind = _KINDS.get(region.kind, "text")
        if own or kind == "picture":
            outline = image.to_page.polygon(region.box.polygon) if region.box else None
            # Without cells it is no table; ocrkit looks for them.
            yield _block(own, image, call, kind="text" if kind == "table" else kind, polygon=outline)
    if outside:
        yield _block(outside, image, call)


def _region_of(line: EngineLine, regions: Sequence[EngineRegion]) -> int | None:
    """The number of the smallest region with the center of the line."""
    if line.box is None:
        return None
    center = line.box.center
    holding = [
        (region.box.area, number)
        for number, region in enumerate(regions)
        if region.box and region.box.nearest(center) == center
    ]
    return min(holding)[1] if holding else None


def _block(lines: Iterable[EngineLine], image: Encoded, call: EngineCall, **fields: object) -> Block:
    given = {name: value for name, value in fields.items() if value is not None}
    return Block.of([_line(line, image, call) for line in lines], **given)


def _line(line: EngineLine, image: Encoded, call: EngineCall) -> Line:
    return Line(
        text=line.text,
        polygon=None if line.box is None else image.to_page.polygon(_clipped(line.box, image).polygon),
        confidence=_confidence(line.confidence),
        language=call.tag,
        handwritten=call.handwritten,
    )


def _clipped(box: Box, image: Encoded) -> Box:
    return box.intersection(Box(0, 0, image.width, image.height)) or box


def _confidence(value: float) -> float | None:
    """The engine gives 0 where it has none, and its unit is not documented: a percentage is above 1."""
    if not 0 < value <= 100:
        return None
    return value / 100 if value > 1 else value


def _table(cells: Sequence[EngineCell], call: EngineCall) -> Block | None:
    lines, found = [], []
    for cell in sorted(cells, key=lambda each: (each.row, each.column)):
        text = without_banner(cell.text)[0].strip()
        if text:
            lines.append(Line(text=" ".join(text.split()), language=call.tag))
            found.append(Cell(text=text, row=cell.row, column=cell.column, lines=(len(lines) - 1,)))
    return Block.of(lines, kind="table", table=Table(cells=tuple(found))) if found else None


def _fields(keywords: Iterable[tuple[str, str]]) -> dict[str, Field]:
    """Names and values of a receipt or a card, with names in ocrkit's spelling."""
    fields = {}
    for key, value in keywords:
        name = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()).strip("_")
        if name:
            fields[name] = Field(value=date_value(value) if "date" in name else value)
    return fields
