"""Columns of figures without lines: figures close together, and headings above several columns."""

from __future__ import annotations

import numpy as np
import pytest

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


def slanted(text, left, bottom):
    """A line that rises to the right at 45 degrees from its lower end."""
    length, side = LETTER * len(text) * 0.7, HEIGHT * 0.7
    start, end = (left, bottom - side), (left + length, bottom - side - length)
    polygon = (start, end, (end[0] + side, end[1] + side), (start[0] + side, bottom))
    return Line(text=text, polygon=polygon)


def test_slanted_headings_name_their_columns():
    figures_alone = figures()[1:]
    heads = [
        slanted(text, left, 128) for text, left in zip(("boats", "crews", "trips"), STARTS[1:], strict=True)
    ]
    (table,) = tables([*heads, *figures_alone])
    assert table.rows[0] == ("", "boats", "crews", "trips")
    assert table.rows[1] == ROWS[1]


@pytest.mark.parametrize("top", [20, 60, 90])
def test_slanted_headings_in_a_row_with_lines_stand_beside_the_heading_of_the_first_column(top):
    heads = [
        slanted(text, left, 120) for text, left in zip(("boats", "crews", "trips"), STARTS[1:], strict=True)
    ]
    pixels = np.full((500, 700), 255, np.uint8)
    rules = [top, *(126 + PITCH * number for number in range(6))]
    for y in rules:
        pixels[y : y + 2, 50:532] = 0
    for x in (50, 290, 366, 442, 530):
        pixels[top : rules[-1], x : x + 2] = 0
    page = PageResult(
        width=700,
        height=500,
        blocks=tuple(Block.of([each]) for each in [*heads, line(("Fish", 60, 100)), *figures()[1:]]),
        trace=Trace(backend="test"),
    )
    (block,), rest = find_tables(page, Page(pixels, 0), IDENTITY)
    assert block.table.rows[:2] == (("Fish", "boats", "crews", "trips"), ROWS[1])
    assert rest.lines == ()


def test_a_slanted_heading_is_not_repeated_in_the_text():
    heads = [slanted(text, left, 128) for text, left in zip(("boats", "crews"), STARTS[1:], strict=False)]
    page = PageResult(
        width=700,
        height=500,
        blocks=tuple(Block.of([each]) for each in [*heads, *figures()[1:]]),
        trace=Trace(backend="test"),
    )
    blocks, rest = find_tables(page, Page(np.full((500, 700), 255, np.uint8), 0), IDENTITY)
    assert [line.text for line in rest.lines] == []
    assert [line.text for line in blocks[0].lines].count("boats") == 1


def test_the_last_line_of_a_paragraph_is_no_heading():
    def row(top):
        return line(("its", 300, top), ("words", 336, top), ("stand", 392, top), ("here", 448, top))

    assert tables([row(24), row(47), row(70), *figures()])[0].rows[0] == ROWS[0]
    assert tables([row(70), *figures()])[0].rows[0] != ROWS[0]


def test_empty_cells_of_the_first_column_do_not_make_a_table_doubtful():
    rows = [
        line(*((text, left, 200 + number * PITCH) for text, left in zip(row, STARTS, strict=True) if text))
        for number, row in enumerate(
            [("" if n % 3 else label, *rest) for n, (label, *rest) in enumerate(ROWS)]
        )
    ]
    page = PageResult(
        width=700,
        height=500,
        blocks=tuple(map(Block.of, [[row] for row in rows])),
        trace=Trace(backend="test"),
    )
    white = Page(np.full((500, 700), 255, np.uint8), 0)
    assert len(find_tables(page, white, IDENTITY, certain=True)[0]) == 1
