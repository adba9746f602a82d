"""Find tables on a page whose backend reports no cells, by ruling lines and by the alignment of text.

The page is deskewed and scaled (`normalized_page.py`). Its ruling lines (`ruling_lines.py`) and its rows of
text (`text_rows.py`) show where tables are (`detection.py`) and what their rows and columns are: `ruled.py`
builds the grid of a table with vertical lines, `borderless.py` the grid of a table without. Headings above
tables are added last (`headings_above.py`). Digital pages say where their lines are (`drawn.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ocrkit.geometry import Box, Transform, run_down
from ocrkit.page import Page
from ocrkit.result import Block, PageResult
from ocrkit.tables.blocks import table_block, with_tables, without_fragments
from ocrkit.tables.borderless import build_borderless_grid
from ocrkit.tables.certainty import is_certain
from ocrkit.tables.detection import (
    TableRegion,
    find_column_regions,
    find_crossing_regions,
    find_stacked_regions,
    merge_regions,
)
from ocrkit.tables.drawn import is_table, ruling_lines_of
from ocrkit.tables.grid import Grid, inner_positions
from ocrkit.tables.headings_above import (
    SlantedLine,
    slanted_lines,
    with_heading_above,
    with_slanted_headings,
)
from ocrkit.tables.normalized_page import NormalizedPage
from ocrkit.tables.ruled import build_ruled_grid
from ocrkit.tables.ruling_lines import RulingLines, find_ruling_lines
from ocrkit.tables.text_rows import Fragment, TextRow, find_text_rows, rows_in, to_fragments

__all__ = ["find_drawn_tables", "find_tables", "with_tables"]

_MIN_RULES = 4  # a table with fewer has no inner line in each direction
_MAX_OVERLAP = 0.1  # of the smaller of two tables
_MIN_ROWS_WITH_COLUMNS = 2  # of a page that may have a table


class _FoundTable(NamedTuple):
    region: TableRegion
    grid: Grid
    rows: list[TextRow]

    @property
    def fragments(self) -> list[Fragment]:
        return [fragment for row in self.rows for segment in row for fragment in segment.fragments]


def find_tables(
    result: PageResult, page: Page, to_page: Transform, *, certain: bool = False
) -> tuple[list[Block], PageResult]:
    """Find the tables of a page. Returns a block for each table, and the page without the text in them.

    Args:
        result: the recognized text.
        page: the image to look for ruling lines in. It need not be the image that was read: a preprocessing
            step may have removed the lines from that one.
        to_page: from coordinates of the result to coordinates of that image.
        certain: find only what certainly is a table, for pages that may have none.
    """
    normalized = NormalizedPage.of(result)
    if normalized is None:
        return [], result
    slanted = slanted_lines(result.lines, normalized.transform)
    aside = {each.line for each in slanted}
    fragments = [each for each in to_fragments(result.lines, normalized.transform) if each.line not in aside]
    if certain and not _may_have_tables(fragments):
        return [], result  # the search for ruling lines takes most of the time
    if certain and not result.rotation and run_down(line.polygon or () for line in result.lines):
        return [], result  # the panels of a comic look like cells
    lines = find_ruling_lines(normalized.image(page, to_page))
    found = _find(fragments, lines)
    if certain:
        found = [table for table in found if is_certain(*table)]
    found = _with_headings(found, fragments, lines, slanted)
    to_result = normalized.transform.inverse()
    blocks = [table_block(table.grid, table.rows, result.lines, to_result) for table in found]
    used = [fragment for table in found for fragment in table.fragments if fragment.line in aside]
    return blocks, without_fragments(result, [*fragments, *used], _taken(found))


def find_drawn_tables(result: PageResult, rules: Sequence[Box]) -> tuple[list[Block], PageResult]:
    """Find the tables of a digital page. Returns their blocks, and the page without the text in them.

    Args:
        result: the text of the page.
        rules: the straight lines that the file draws, in coordinates of the result.
    """
    normalized = NormalizedPage.of(result) if len(rules) >= _MIN_RULES else None
    if normalized is None:
        return [], result
    lines = ruling_lines_of(rules, normalized.transform)
    regions = find_crossing_regions(lines)
    if not regions:
        return [], result
    fragments = to_fragments(result.lines, normalized.transform)
    found = [
        table
        for table in _add_tables([], regions, find_text_rows(fragments, lines.vertical))
        if is_table(table.region, table.grid, table.rows)
    ]
    to_result = normalized.transform.inverse()
    blocks = [table_block(table.grid, table.rows, result.lines, to_result) for table in found]
    return blocks, without_fragments(result, fragments, _taken(found)) if found else result


def _may_have_tables(fragments: Sequence[Fragment]) -> bool:
    """Whether several rows have columns."""
    return sum(len(row) > 1 for row in find_text_rows(fragments, ())) >= _MIN_ROWS_WITH_COLUMNS


def _find(fragments: Sequence[Fragment], lines: RulingLines) -> list[_FoundTable]:
    """Tables with crossing lines first, then those in the rest of the page."""
    rows = find_text_rows(fragments, lines.vertical)
    found = _add_tables([], find_crossing_regions(lines), rows)
    taken = _taken(found)
    rows = find_text_rows((each for each in fragments if id(each) not in taken), lines.vertical)
    used = {line for table in found for line in table.region.lines.horizontal}
    horizontal = [line for line in lines.horizontal if line not in used]
    regions = merge_regions(find_stacked_regions(horizontal, rows), find_column_regions(rows, horizontal))
    return _add_tables(found, regions, rows)


def _with_headings(
    tables: Sequence[_FoundTable],
    fragments: Sequence[Fragment],
    lines: RulingLines,
    slanted: Sequence[SlantedLine],
) -> list[_FoundTable]:
    """The tables with the headings above them. Text between two tables may be a heading of the lower one."""
    taken = _taken(tables)
    others = find_text_rows((each for each in fragments if id(each) not in taken), lines.vertical)
    complete = []
    for table in tables:
        grid, rows = with_slanted_headings(table.grid, table.rows, slanted)
        if grid is table.grid:
            grid, rows = with_heading_above(grid, rows, others)
        complete.append(_FoundTable(table.region, grid, rows))
    return complete


def _add_tables(
    found: Sequence[_FoundTable], regions: Iterable[TableRegion], rows: Sequence[TextRow]
) -> list[_FoundTable]:
    """Add the regions that hold a table and overlap none that was found before."""
    tables = list(found)
    for region in regions:
        if any(_overlap(region.box, other.region.box) for other in tables):
            continue
        text = rows_in(rows, region.box)
        grid = _build_grid(region, text)
        if grid is not None:
            tables.append(_FoundTable(region, grid, text))
    return tables


def _build_grid(region: TableRegion, text: Sequence[TextRow]) -> Grid | None:
    """The grid of a region; None if it holds no table."""
    if not text:
        return None
    vertical = [line.position for line in region.lines.vertical]
    is_ruled = inner_positions(vertical, region.box.left, region.box.right)
    grid = build_ruled_grid(region, text) if is_ruled else build_borderless_grid(region, text)
    return grid if grid and grid.rows > 1 and grid.columns > 1 else None


def _overlap(one: Box, other: Box) -> bool:
    shared = one.intersection(other)
    return shared is not None and shared.area > _MAX_OVERLAP * min(one.area, other.area)


def _taken(tables: Iterable[_FoundTable]) -> set[int]:
    """The `id` of every fragment in a table."""
    return {id(fragment) for table in tables for fragment in table.fragments}
