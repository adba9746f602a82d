"""Table detection moves text into cells; it neither loses nor invents any."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrkit.geometry import IDENTITY, Box, Point, Transform
from ocrkit.page import Page
from ocrkit.result import Block, Line, PageResult, Trace, Word
from ocrkit.tables import find_tables, with_tables

TEXTS = st.sampled_from(["12", "(3)", "North", "goes on", "•", "", "a", "1.5 %", "漢字", "=x"])
SLOTS = st.tuples(st.integers(0, 9), st.integers(0, 14), st.integers(1, 4))


@st.composite
def words(draw):
    """Words in loose rows and columns, some without a polygon, some over one another."""
    column, row, width = draw(SLOTS)
    left, top = 60 * column + draw(st.integers(-3, 3)), 30 * row + draw(st.integers(-4, 4))
    box = Box(left, top, left + 45 * width, top + draw(st.sampled_from([0, 18, 20, 22])))
    polygon = draw(st.sampled_from([box.polygon, box.polygon, box.polygon, box.polygon[:3], None]))
    return Word(text=draw(TEXTS), polygon=polygon)


def slot_polygon(slot):
    column, row, _ = slot
    return Box(60 * column, 30 * row, 60 * column + 50, 30 * row + 20).polygon


LINES = st.lists(words(), max_size=3).map(Line.of) | st.builds(
    Line, text=TEXTS, polygon=SLOTS.map(slot_polygon)
)
BLOCKS = st.lists(LINES, max_size=12).map(Block.of)
ROTATIONS = st.sampled_from([0.0, 0.0, 3.0, 90.0, 180.0, 45.0]).map(
    lambda degrees: Transform.rotation(degrees, Point(300, 225))
)


def draw_lines(lines):
    pixels = np.full((450, 600), 255, np.uint8)
    for position, is_horizontal in lines:
        if is_horizontal:
            pixels[position : position + 2, 20:580] = 0
        else:
            pixels[20:430, position : position + 2] = 0
    return pixels


PICTURES = st.lists(st.tuples(st.integers(0, 448), st.booleans()), max_size=8).map(draw_lines)


def letters(result):
    """All letters. Spaces do not count: they change where a line is cut, or joined with another."""
    return Counter("".join(line.text for line in result.lines).replace(" ", ""))


@settings(deadline=None, max_examples=40)
@given(blocks=st.lists(BLOCKS, max_size=4), picture=PICTURES, rotation=ROTATIONS)
def test_every_letter_is_in_the_page_with_its_tables(blocks, picture, rotation):
    result = PageResult(width=600, height=450, blocks=tuple(blocks), trace=Trace(backend="test"))
    result = result.transformed(rotation, 600, 450)
    tables, rest = find_tables(result, Page(picture), IDENTITY)
    page = with_tables(rest, tables)
    assert letters(page) == letters(result)
    assert page.tables == tuple(block.table for block in page.blocks if block.kind == "table")
    for block in tables:
        assert [index for cell in block.table.cells for index in cell.lines] == list(range(len(block.lines)))
        assert block.table.row_count > 1
        assert block.table.column_count > 1


def test_the_image_may_be_related_to_the_result_by_perspective():
    to_image = Transform(xx=1.0, xy=0.05, yx=0.02, yy=1.0, px=1e-4, py=5e-5)
    lines = [
        Line(text=f"{row}{column}", polygon=Box(40 + 190 * column, 40 + 60 * row, 100 + 190 * column, 64 + 60 * row).polygon)
        for row in range(4) for column in range(3)
    ]  # fmt: skip
    result = PageResult(width=600, height=300, blocks=(Block.of(lines),), trace=Trace(backend="test"))
    tables, rest = find_tables(result, Page(np.full((330, 640), 255, np.uint8)), to_image)
    assert [block.table.row_count for block in tables] == [4]
    assert rest.blocks == ()
