"""Whatever stands on a page, finding tables moves text into cells and neither loses nor invents any."""

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
PLACES = st.tuples(st.integers(0, 9), st.integers(0, 14), st.integers(1, 4))


@st.composite
def words(draw):
    """Words in loose rows and columns, some of them nowhere, some of them over one another."""
    column, row, width = draw(PLACES)
    left, top = 60 * column + draw(st.integers(-3, 3)), 30 * row + draw(st.integers(-4, 4))
    box = Box(left, top, left + 45 * width, top + draw(st.sampled_from([0, 18, 20, 22])))
    polygon = draw(st.sampled_from([box.polygon, box.polygon, box.polygon, box.polygon[:3], None]))
    return Word(text=draw(TEXTS), polygon=polygon)


LINES = st.lists(words(), max_size=3).map(Line.of) | st.builds(
    Line, text=TEXTS, polygon=PLACES.map(lambda place: Box(60 * place[0], 30 * place[1], 60 * place[0] + 50, 30 * place[1] + 20).polygon)
)  # fmt: skip
BLOCKS = st.lists(LINES, max_size=12).map(Block.of)
TURNS = st.sampled_from([0.0, 0.0, 3.0, 90.0, 180.0, 45.0]).map(
    lambda degrees: Transform.rotation(degrees, Point(300, 225))
)


def pixels(rules):
    drawn = np.full((450, 600), 255, np.uint8)
    for at, is_level in rules:
        if is_level:
            drawn[at : at + 2, 20:580] = 0
        else:
            drawn[20:430, at : at + 2] = 0
    return drawn


RULES = st.lists(st.tuples(st.integers(0, 448), st.booleans()), max_size=8).map(pixels)


def said(result):
    """All letters: where one line is cut and others are put together, spaces come and go."""
    return Counter("".join(line.text for line in result.lines).replace(" ", ""))


@settings(deadline=None, max_examples=40)
@given(blocks=st.lists(BLOCKS, max_size=4), picture=RULES, turn=TURNS)
def test_nothing_is_lost(blocks, picture, turn):
    result = PageResult(width=600, height=450, blocks=tuple(blocks), trace=Trace(backend="test"))
    result = result.transformed(turn, 600, 450)
    tables, rest = find_tables(result, Page(picture), IDENTITY)
    found = with_tables(rest, tables)
    assert said(found) == said(result)
    assert found.tables == tuple(block.table for block in found.blocks if block.kind == "table")
    for block in tables:
        assert [index for cell in block.table.cells for index in cell.lines] == list(range(len(block.lines)))
        assert block.table.row_count > 1
        assert block.table.column_count > 1


def test_a_page_that_was_bent_by_perspective():
    """The picture is laid where the result is, whatever lies between."""
    bent = Transform(xx=1.0, xy=0.05, yx=0.02, yy=1.0, px=1e-4, py=5e-5)
    lines = [
        Line(text=f"{row}{column}", polygon=Box(40 + 190 * column, 40 + 60 * row, 100 + 190 * column, 64 + 60 * row).polygon)
        for row in range(4) for column in range(3)
    ]  # fmt: skip
    result = PageResult(width=600, height=300, blocks=(Block.of(lines),), trace=Trace(backend="test"))
    tables, rest = find_tables(result, Page(np.full((330, 640), 255, np.uint8)), bent)
    assert [block.table.row_count for block in tables] == [4]
    assert rest.blocks == ()
