"""Blocks are classified by letter height, position and how they begin."""

from __future__ import annotations

import pytest

from ocrkit.geometry import Box
from ocrkit.postprocess.block_kinds import classify_blocks
from ocrkit.postprocess.reading_order import order
from ocrkit.result import Block, Line, PageResult, Trace

WIDTH, TALL = 800, 1100


def line(text, left=100, top=0, width=600, height=20):
    return Line(text=text, polygon=Box(left, top, left + width, top + height).polygon)


def body(top=200, count=12):
    return Block.of([line(f"line {n} of a longer text", top=top + n * 28) for n in range(count)])


def page(*blocks, **fields):
    return PageResult(width=WIDTH, height=TALL, blocks=blocks, trace=Trace(backend="test"), **fields)


def kinds(result):
    return [block.kind for block in classify_blocks(result).blocks]


@pytest.mark.parametrize(("height", "level"), [(46, 1), (31, 2)])
def test_a_short_block_with_clearly_taller_letters_is_a_heading(height, level):
    heading = classify_blocks(
        page(Block.of([line("The next chapter", top=150, height=height)]), body())
    ).blocks[0]
    assert (heading.kind, heading.level) == ("heading", level)


@pytest.mark.parametrize(
    ("text", "top", "kind"),
    [
        ("The Daily Page", 30, "header"),
        ("17", 30, "page_number"),
        ("– 17 –", 1050, "page_number"),
        ("Page 3 of 12", 1050, "page_number"),
        ("xiv", 1050, "page_number"),
        ("printed on rough paper", 1050, "footer"),
        ("far from the edge", 750, "text"),
    ],
)
def test_a_line_set_apart_at_the_edge_is_a_header_footer_or_page_number(text, top, kind):
    apart = Block.of([line(text, top=top, width=200)])
    assert kinds(page(body(), apart)) == ["text", kind]


def test_the_last_line_of_a_full_page_is_not_a_footer():
    assert kinds(page(body(200, 29), Block.of([line("and so it ends", top=1012)]))) == ["text", "text"]


@pytest.mark.parametrize(
    "text", ["Figure 3: a hat", "Table 12. Prices", "Abb. 4 Ein Hut", "図 3 帽子", "Tab. 7"]
)
def test_a_block_that_begins_with_a_figure_or_table_number_is_a_caption(text):
    assert kinds(page(body(), Block.of([line(text, top=700)]))) == ["text", "caption"]


def test_a_sentence_about_figures_is_not_a_caption():
    assert kinds(page(body(), Block.of([line("Figures of speech are many", top=700)]))) == ["text", "text"]


def test_a_block_beside_the_text_area_is_a_note():
    note = Block.of([line("see above", 710, 300, 80, 14), line("and below", 710, 318, 80, 14)])
    assert kinds(page(body(), note)) == ["text", "note"]


def test_a_list_is_split_off_the_text_before_it():
    lines = [
        line(text, top=200 + n * 28)
        for n, text in enumerate(["We need:", "• bread", "• milk that", "is fresh"])
    ]
    blocks = classify_blocks(page(Block.of(lines))).blocks
    assert [(block.kind, block.text) for block in blocks] == [
        ("text", "We need:"),
        ("list", "• bread\n• milk that\nis fresh"),
    ]


@pytest.mark.parametrize("texts", [["1. one", "3. three"], ["- a", "no"], ["1990. A year", "of plenty"]])
def test_an_uncertain_list_stays_text(texts):
    assert kinds(page(Block.of([line(text, top=200 + n * 28) for n, text in enumerate(texts)]))) == ["text"]


def test_kinds_set_by_the_backend_stay():
    result = page(Block.of([line("17", top=1050)]), body().model_copy(update={"kind": "caption"}))
    assert classify_blocks(result) == result


def test_lines_without_positions_stay_text():
    result = page(Block.of([Line(text="17")]), Block.of([Line(text="Title")]))
    assert classify_blocks(result) == result


def test_classification_keeps_the_text():
    result = order(
        page(body(), Block.of([line("Title", top=100, height=40)]), Block.of([line("9", top=1060)]))
    )
    assert classify_blocks(result).text == result.text


def test_a_blank_page_stays_blank():
    assert classify_blocks(page()) == page()
