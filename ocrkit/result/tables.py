"""Tables: cells in rows and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, model_validator
from typing_extensions import Self

from ocrkit.result import table_formats
from ocrkit.result.model import Text, default_raw_text
from ocrkit.result.region import Region

if TYPE_CHECKING:
    import pandas as pd

_MAX_POSITIONS = 1_000_000
"""Protects memory from a service that reports an impossibly large table."""


class Cell(Region):
    """A cell of a table. `row` and `column` are the first ones that it covers, counted from 0."""

    text: Text
    raw_text: Text = Field(default_factory=default_raw_text)
    row: int = Field(ge=0)
    column: int = Field(ge=0)
    row_span: int = Field(1, ge=1)
    column_span: int = Field(1, ge=1)
    header: bool = False
    """Whether it names a row or a column, where the engine says so."""
    lines: tuple[int, ...] = ()
    """The positions of its lines in the block, counted from 0."""


class Table(Region):
    """Cells, row by row, from left to right. Cells do not overlap; a position without a cell is empty."""

    cells: tuple[Cell, ...] = ()

    @model_validator(mode="after")
    def _check_cells(self) -> Self:
        if self.row_count * self.column_count > _MAX_POSITIONS:
            raise ValueError(
                f"a table of {self.row_count} rows and {self.column_count} columns is too large; "
                f"the limit is {_MAX_POSITIONS} positions"
            )
        taken: set[tuple[int, int]] = set()
        for cell in self.cells:
            positions = {
                (cell.row + down, cell.column + right)
                for down in range(cell.row_span)
                for right in range(cell.column_span)
            }
            if positions & taken:
                row, column = min(positions & taken)
                raise ValueError(f"two cells of a table overlap at row {row + 1}, column {column + 1}")
            taken |= positions
        return self

    @property
    def row_count(self) -> int:
        return max((cell.row + cell.row_span for cell in self.cells), default=0)

    @property
    def column_count(self) -> int:
        return max((cell.column + cell.column_span for cell in self.cells), default=0)

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The text at each position. A cell that spans several has its text at the first of them."""
        grid = [[""] * self.column_count for _ in range(self.row_count)]
        for cell in self.cells:
            grid[cell.row][cell.column] = cell.text
        return tuple(map(tuple, grid))

    @property
    def text(self) -> str:
        """One line per row, with tabs between the cells, so that it can be pasted into a spreadsheet."""
        return "\n".join("\t".join(" ".join(text.split()) for text in row).rstrip("\t") for row in self.rows)

    @property
    def raw_text(self) -> str:
        """The text as the engine read it, before any post-processing."""
        cells = tuple(cell.model_copy(update={"text": cell.raw_text}) for cell in self.cells)
        return self.model_copy(update={"cells": cells}).text

    def to_markdown(self) -> str:
        """The table in GitHub's Markdown, with the first row as its header.

        Markdown has no spanning cells: their text is at their first position.
        """
        return table_formats.to_markdown(self)

    def to_html(self) -> str:
        """The table as HTML with `rowspan` and `colspan`. All text is escaped."""
        return table_formats.to_html(self)

    def to_csv(self) -> str:
        """One line per row (RFC 4180). Text that a spreadsheet would run as a formula gets an apostrophe."""
        return table_formats.to_csv(self)

    def to_dataframe(self, *, header: bool = False) -> pd.DataFrame:
        """The text at each position as a pandas data frame. Needs `ocrkit[pandas]`.

        Args:
            header: whether the first row holds the names of the columns.
        """
        return table_formats.data_frame(self, header=header)
