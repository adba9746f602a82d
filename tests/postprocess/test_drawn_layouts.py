"""Reading order of the layouts that the benchmark draws, a few pages of each kind."""

from __future__ import annotations

import statistics

import layouts
import pytest
from layout_kinds import KINDS

from ocrkit.postprocess.reading_order import AMBIGUOUS, order

HARD = {"pictures beside each other", "verses in two columns", "sidebar of short lines", "picture begins a column",
        "newspaper with a picture", "table with cells of several lines"}  # fmt: skip
"""Kinds whose order cannot be told on every page from boxes and texts alone."""


def share(kind, seeds):
    """The mean share of pairs of consecutive lines that stay consecutive."""
    pages = (layouts.draw_page(KINDS[kind], seed) for seed in seeds)
    return statistics.fmean(layouts.neighbors_kept(order(page), truth) for page, truth in pages)


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - HARD))
def test_lines_of_drawn_layouts_stay_in_order(kind):
    assert share(kind, (0, 5)) > 0.9


def test_hard_layouts_are_mostly_in_order():
    assert statistics.fmean(share(kind, range(2)) for kind in sorted(HARD)) > 0.75


def test_at_least_forty_kinds_are_drawn():
    assert len(KINDS) >= 40


def test_a_page_whose_columns_may_be_cells_says_so():
    ambiguous, _ = layouts.draw_page(KINDS["table with cells of several lines"], 1)
    clear, _ = layouts.draw_page(KINDS["two columns"], 1)
    assert order(ambiguous).warnings == (AMBIGUOUS,)
    assert order(clear).warnings == ()
