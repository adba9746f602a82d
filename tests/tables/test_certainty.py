"""What counts as a table on pages of the scene `document`."""

from __future__ import annotations

import layouts
import numpy as np
import pytest
from layout_kinds import KINDS

from ocrkit.geometry import IDENTITY, Box, Point
from ocrkit.page import Page
from ocrkit.result import Block, Line, PageResult, Trace
from ocrkit.tables import find_tables


def found(kind, seed):
    """The tables of a drawn page without any line."""
    result, _ = layouts.draw_page(KINDS[kind], seed)
    page = Page(np.full((result.height, result.width), 255, np.uint8), 0)
    blocks, _ = find_tables(result, page, IDENTITY, certain=True)
    return blocks


@pytest.mark.parametrize("kind", sorted(kind for kind in KINDS if "table" not in kind))
def test_text_in_columns_is_no_table(kind):
    assert found(kind, 1) == []


def test_columns_of_figures_are_a_table():
    (block,) = found("table of figures", 1)
    assert block.table is not None
    assert len(block.table.rows) == 12


def panels(*, vertical):
    """A page of six frames, each with a line of text, and the picture of the frames."""
    pixels = np.full((1500, 1000), 255, np.uint8)
    lines = []
    for row in range(3):
        for column in range(2):
            left, top = 50 + 450 * column, 60 + 460 * row
            pixels[top : top + 460, [left, left + 1, left + 448, left + 449]] = 0
            pixels[[top, top + 1, top + 458, top + 459], left : left + 450] = 0
            box = Box(left + 180, top + 100, left + 210, top + 300)
            if not vertical:
                box = Box(left + 100, top + 180, left + 300, top + 210)
            top_left, top_right, bottom_right, bottom_left = box.polygon
            turned = (top_right, bottom_right, bottom_left, top_left)
            polygon = turned if vertical else box.polygon
            lines.append(Line(text="待ってくれ", polygon=tuple(Point(*each) for each in polygon)))
    blocks = tuple(Block.of([line]) for line in lines)
    return Page(pixels, 0), PageResult(width=1000, height=1500, blocks=blocks, trace=Trace(backend="test"))


@pytest.mark.parametrize(("vertical", "count"), [(True, 0), (False, 1)])
def test_panels_with_vertical_text_are_no_table(vertical, count):
    page, result = panels(vertical=vertical)
    blocks, _ = find_tables(result, page, IDENTITY, certain=True)
    assert len(blocks) == count
