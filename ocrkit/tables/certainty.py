"""Tell tables that are certain from text that stands in columns for other reasons.

The scene `table` says that a page has tables. On any other page a wrong table damages the text, so a table
counts there only if it is drawn as one, or if its cells leave no other reading: many of them, hardly any
empty, in columns of numbers or of single words.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence

from ocrkit.tables.detection import TableRegion
from ocrkit.tables.grid import FULL_WIDTH, Grid, inner_positions
from ocrkit.tables.text_rows import TextRow, is_number

_MIN_CELLS = 6
_MIN_FILLED_RULED = 0.7  # mean share of the slots of a row with text, if lines separate rows and columns
_STRONG_GRID = 3  # lines inside the table in either direction that are a grid, whatever is empty
_MIN_RULES = 3  # lines across a table without vertical lines: above and below the heading, and at the end
_MIN_ACROSS = 0.5  # share of all horizontal lines, with two columns; receipts have more that are shorter
_MIN_FILLED_RULES = 0.6
_MIN_NUMBERS_RULES = 0.4  # share of the cells outside the first column that are numbers
_MIN_BOTH_RULES = 1.4  # sum of both shares
_MIN_FULL_ROWS = 0.85  # or this share of the slots of a row with text
_MIN_COLUMNS, _MIN_ROWS = 3, 5  # of a table without lines
_MIN_FILLED = 0.85
_MIN_NUMBERS = 0.5
_MIN_FILLED_STUB, _MIN_NUMBERS_STUB = 0.95, 0.8  # of all other columns, if cells of the first one are empty
_MAX_LABELS = 0.2  # share of the cells that end in a colon, as the labels of a form do
_MAX_WORDS = 1.5  # mean number of words in a cell, if the cells are no numbers


def is_certain(region: TableRegion, grid: Grid, rows: Sequence[TextRow]) -> bool:
    """Whether a region certainly is a table."""
    texts = _texts(grid, rows)
    if len(texts) < _MIN_CELLS:
        return False
    filled = len(texts) / (grid.rows * grid.columns) if texts else 0.0
    spread = _mean_filled(grid, texts)
    numbers = _share_of_numbers(texts)
    box, (horizontal, vertical) = region.box, region.lines
    inner_x = inner_positions([line.position for line in vertical], box.left, box.right)
    inner_y = inner_positions([line.position for line in horizontal], box.top, box.bottom)
    if inner_x:
        is_strong = len(inner_x) >= _STRONG_GRID and len(inner_y) >= 1
        return bool(inner_y) and (is_strong or spread >= _MIN_FILLED_RULED)
    across = sum(line.length >= FULL_WIDTH * box.width for line in horizontal)
    is_ruled = across >= _MIN_RULES and (grid.columns > 2 or across >= _MIN_ACROSS * len(horizontal))
    if is_ruled and _is_tabular(spread, numbers):
        return True
    labels = sum(text.rstrip().endswith((":", "：")) for text in texts.values())
    if labels > _MAX_LABELS * len(texts):
        return False
    is_short = statistics.fmean(len(text.split()) for text in texts.values()) <= _MAX_WORDS
    is_large = grid.columns >= _MIN_COLUMNS and grid.rows >= _MIN_ROWS
    if is_large and _filled_beside_first(grid, texts) >= _MIN_FILLED_STUB and numbers >= _MIN_NUMBERS_STUB:
        return True
    return is_large and filled >= _MIN_FILLED and (numbers >= _MIN_NUMBERS or is_short)


def _is_tabular(filled: float, numbers: float) -> bool:
    """Whether text between lines across the page is a table, by the shares of filled slots and of numbers."""
    if filled < _MIN_FILLED_RULES or numbers < _MIN_NUMBERS_RULES:
        return False
    return filled >= _MIN_FULL_ROWS or filled + numbers >= _MIN_BOTH_RULES


def _texts(grid: Grid, rows: Sequence[TextRow]) -> dict[tuple[int, int], str]:
    """The text of each cell that has one, by its first row and column."""
    parts: dict[tuple[int, int], list[str]] = defaultdict(list)
    for row in rows:
        for segment in row:
            parts[grid.cell_at(*segment.box.center)].append(segment.text)
    return {key: " ".join(texts) for key, texts in parts.items()}


def _filled_beside_first(grid: Grid, texts: dict[tuple[int, int], str]) -> float:
    """The share of the slots outside the first column that hold text."""
    return sum(column > 0 for _, column in texts) / (grid.rows * (grid.columns - 1))


def _mean_filled(grid: Grid, texts: dict[tuple[int, int], str]) -> float:
    return statistics.fmean(
        len({column for each, column in texts if each == row}) / grid.columns for row in range(grid.rows)
    )


def _share_of_numbers(texts: dict[tuple[int, int], str]) -> float:
    others = [text for (_, column), text in texts.items() if column]
    return sum(map(is_number, others)) / len(others) if others else 0.0
