"""Tables: cells in rows and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, model_validator
from typing_extensions import Self

from ocrkit.result import table_formats
from ocrkit.result.model import Text, as_read
from ocrkit.result.region import Region

if TYPE_CHECKING:
    import pandas as pd

_MOST_PLACES = 1_000_000
"""What a service says of a table may be nonsense; nobody's memory is to be filled with it."""


class Cell(Region):
    """A cell of a table. One that spans several rows or columns names its first ones."""

    text: Text
    raw_text: Text = Field(default_factory=as_read)
    row: int = Field(ge=0)
    column: int = Field(ge=0)
    row_span: int = Field(1, ge=1)
    column_span: int = Field(1, ge=1)
    lines: tuple[int, ...] = ()
    """Which lines of the block stand in the cell, counted from 0."""


class Table(Region):
    """Cells, row by row, from left to right. No two of them overlap; a place without a cell is empty."""

    cells: tuple[Cell, ...] = ()

    @model_validator(mode="after")
    def _do_not_overlap(self) -> Self:
        if self.row_count * self.column_count > _MOST_PLACES:
            raise ValueError(f"a table of {self.row_count} rows and {self.column_count} columns is none")
        taken: set[tuple[int, int]] = set()
        for cell in self.cells:
            places = {
                (cell.row + down, cell.column + right)
                for down in range(cell.row_span)
                for right in range(cell.column_span)
            }
            if places & taken:
                row, column = min(places & taken)
                raise ValueError(f"two cells of a table claim row {row + 1}, column {column + 1}")
            taken |= places
        return self

    @property
    def row_count(self) -> int:
        return max((cell.row + cell.row_span for cell in self.cells), default=0)

    @property
    def column_count(self) -> int:
        return max((cell.column + cell.column_span for cell in self.cells), default=0)

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The text of each place. That of a cell which spans several stands in the first of them."""
        grid = [[""] * self.column_count for _ in range(self.row_count)]
        for cell in self.cells:
            grid[cell.row][cell.column] = cell.text
        return tuple(map(tuple, grid))

    @property
    def text(self) -> str:
        """A line for each row, a tab between two cells: what spreadsheets take from the clipboard."""
        return "\n".join("\t".join(" ".join(text.split()) for text in row).rstrip("\t") for row in self.rows)

    @property
    def raw_text(self) -> str:
        """The same as the engine has read it."""
        cells = tuple(cell.model_copy(update={"text": cell.raw_text}) for cell in self.cells)
        return self.model_copy(update={"cells": cells}).text

    def to_markdown(self) -> str:
        """The table as GitHub's Markdown has it, the first row as its head.

        Markdown has no cells over several places: their text stands in the first one.
        """
        return table_formats.to_markdown(self)

    def to_html(self) -> str:
        """The table as HTML, with `rowspan` and `colspan`, everything escaped."""
        return table_formats.to_html(self)

    def to_csv(self) -> str:
        """A line for each row (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe."""
        return table_formats.to_csv(self)

    def to_dataframe(self, *, header: bool = False) -> pd.DataFrame:
        """The text of each place as a pandas table. Needs `ocrkit[pandas]`.

        Args:
            header: the first row names the columns.
        """
        return table_formats.data_frame(self, header=header)
