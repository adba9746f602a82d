"""The cells of tables in HTML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.backends.remote import html_cells


@pytest.mark.parametrize(("markup", "cells"), [
    ("<table><tr><td>a<td>b<tr><td>c</table>", [("a", 0, 0), ("b", 0, 1), ("c", 1, 0)]),
    ("<table><tr><td rowspan=2>a</td><td>b</td></tr><tr><td colspan=9>c</td></tr></table><table><tr><td>x", [("a", 0, 0), ("b", 0, 1), ("c", 1, 1)]),
    ("<td>alone", [("alone", 0, 0)]),
    ("<tr><td colspan='x'>a</td><td rowspan='-1'>b", [("a", 0, 0), ("b", 0, 1)]),
    ("no table", []),
], ids=str)  # fmt: skip
def test_cells_of_html_have_places_as_in_a_browser(markup, cells):
    assert [("\n".join(cell.lines), cell.row, cell.column) for cell in html_cells(markup)] == cells


def test_a_cell_does_not_cover_one_of_an_earlier_row():
    cells = html_cells("<tr><td>a<td rowspan=2>b<tr><td colspan=3>c")
    assert [(cell.row, cell.column, cell.column_span) for cell in cells] == [(0, 0, 1), (0, 1, 1), (1, 0, 1)]


@given(st.text("<>/td rhowspacl='29=!-[x1\n&;", max_size=200))
def test_any_markup_gives_cells_that_do_not_overlap(markup):
    taken = set()
    for cell in html_cells(markup):
        covered = {
            (row, column)
            for row in range(cell.row, cell.row + cell.row_span)
            for column in range(cell.column, cell.column + cell.column_span)
        }
        assert not covered & taken
        taken |= covered
