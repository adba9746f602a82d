"""Columns of figures without lines: figures close together, and headings above several columns."""

from __future__ import annotations

import numpy as np

from ocrkit.geometry import IDENTITY, Box
from ocrkit.page import Page
from ocrkit.result import Block, Line, PageResult, Trace, Word
from ocrkit.tables import find_tables

LETTER, HEIGHT, PITCH = 10, 20, 30
STARTS = (60, 300, 376, 452)
ROWS = [
    ("", "2002", "2003", "2004"),
    ("Herring", "1,136", "876", "680"),
    ("Cod", "2,041", "955", "713"),
    ("Haddock", "1,420", "811", "640"),
    ("Plaice", "1,390", "702", "598"),
    ("Total", "5,987", "3,344", "2,631"),
]


def line(*words):
    """A line of words, each with its left edge and its top."""
    return Line.of(
        Word(text=text, polygon=Box(left, top, left + LETTER * len(text), top + HEIGHT).polygon)
        for text, left, top in words
    )


def tables(lines):
    page = PageResult(
        width=700, height=500, blocks=tuple(Block.of([each]) for each in lines), trace=Trace(backend="test")
    )
    blocks, _ = find_tables(page, Page(np.full((500, 700), 255, np.uint8), 0), IDENTITY)
    return [block.table for block in blocks]


def figures(starts=STARTS):
    """One line for each row, as an engine finds it if the gaps are small."""
    return [
        line(*((text, left, 100 + number * PITCH) for text, left in zip(row, starts, strict=True) if text))
        for number, row in enumerate(ROWS)
    ]


def test_a_heading_over_several_columns_belongs_to_the_table():
    heading = line(("Year", 305, 70), ("ended", 352, 70), ("December", 410, 70))
    (table,) = tables([heading, *figures()])
    assert table.rows[0][1] == "Year ended December"
    assert table.cells[1].column_span == 3
    assert table.rows[2] == ROWS[1]


def test_a_line_of_text_above_is_no_heading():
    text = line(
        ("The", 60, 70),
        ("catch", 97, 70),
        ("in", 154, 70),
        ("thousands", 181, 70),
        ("of", 278, 70),
        ("tons", 305, 70),
    )
    (table,) = tables([text, *figures()])
    assert table.rows[0] == ROWS[0]


def test_figures_close_together_are_cells_of_their_own():
    (table,) = tables(figures((60, 300, 359, 408)))  # gaps of 0.45 line heights after `1,136` and `876`
    assert table.rows == tuple(ROWS)
