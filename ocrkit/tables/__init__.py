"""Tables on a page that was read, for backends that tell no cells: by rules in the picture, by alignment.

The page is laid level on a sheet, so that lengths mean the same on every scan (`sheet.py`). Its rules are
looked for in the picture (`rules.py`), its words stand in rows (`pieces.py`); both say where tables are
(`regions.py`), and what their rows and columns are (`crossed.py` with upright rules, `aligned.py` without).
"""

from __future__ import annotations

from collections.abc import Sequence

from ocrkit.geometry import Box, Transform
from ocrkit.page import Page
from ocrkit.result import Block, PageResult
from ocrkit.tables.aligned import aligned
from ocrkit.tables.blocks import block_of, with_tables, without
from ocrkit.tables.crossed import crossed
from ocrkit.tables.grid import Grid, inner
from ocrkit.tables.pieces import Piece, Row, pieces_of, rows_of
from ocrkit.tables.regions import Region, between_rules, by_columns, rows_in, ruled, together
from ocrkit.tables.rules import Rules, find_rules
from ocrkit.tables.sheet import Sheet

__all__ = ["find_tables", "with_tables"]

_SHARED = 0.1  # of the smaller one: two tables do not overlap by more


def find_tables(result: PageResult, page: Page, to_page: Transform) -> tuple[list[Block], PageResult]:
    """The tables on a page, each a block, and the page without what stands in them.

    Args:
        result: what was read.
        page: the picture that rules are looked for in. It need not be the one that was read: a step may have
            taken its rules away.
        to_page: from places of the result to places in that picture.
    """
    sheet = Sheet.of(result)
    if sheet is None:
        return [], result
    pieces = pieces_of(result.lines, sheet.placed)
    found = _found(pieces, find_rules(sheet.picture(page, to_page)))
    back = sheet.placed.inverse()
    tables = [block_of(grid, rows, result.lines, back) for _, grid, rows in found]
    taken = {id(piece) for _, _, rows in found for piece in _pieces(rows)}
    return tables, without(result, pieces, taken)


def _found(pieces: Sequence[Piece], rules: Rules) -> list[tuple[Region, Grid, list[Row]]]:
    """Each table with its rows: first those whose rules cross, then what is left of the page."""
    found: list[tuple[Region, Grid, list[Row]]] = []
    rows = rows_of(pieces, rules.upright)
    _take(ruled(rules), rows, found)
    taken = {id(piece) for _, _, inside in found for piece in _pieces(inside)}
    rows = rows_of([piece for piece in pieces if id(piece) not in taken], rules.upright)
    used = {rule for region, _, _ in found for rule in region.rules.level}
    level = [rule for rule in rules.level if rule not in used]
    _take(together(between_rules(level, rows), by_columns(rows, level)), rows, found)
    return found


def _take(
    regions: Sequence[Region], rows: Sequence[Row], found: list[tuple[Region, Grid, list[Row]]]
) -> None:
    """Add the regions that are tables indeed, and stand where none was found before."""
    for region in regions:
        if any(_overlap(region.box, other.box) for other, _, _ in found):
            continue
        grid = _grid(region, rows)
        if grid is not None:
            found.append((region, grid, rows_in(rows, region.box)))


def _grid(region: Region, rows: Sequence[Row]) -> Grid | None:
    """The grid of a table; None where there is no table in the end."""
    inside = rows_in(rows, region.box)
    upright = [rule.at for rule in region.rules.upright]
    if not inside:
        return None
    ruled_columns = inner(upright, region.box.left, region.box.right)
    grid = crossed(region, inside) if ruled_columns else aligned(region, inside)
    return grid if grid and grid.rows > 1 and grid.columns > 1 else None


def _overlap(one: Box, other: Box) -> bool:
    shared = one.intersection(other)
    return shared is not None and shared.area > _SHARED * min(one.area, other.area)


def _pieces(rows: Sequence[Row]) -> list[Piece]:
    return [piece for row in rows for run in row for piece in run.pieces]
