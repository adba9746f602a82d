"""What counts as a table on pages of the scene `document`."""

from __future__ import annotations

import layouts
import numpy as np
import pytest
from layout_kinds import KINDS

from ocrkit.geometry import IDENTITY
from ocrkit.page import Page
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
