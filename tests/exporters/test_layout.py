"""The layout format: the text keeps its position on the page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.document import Document
from ocrkit.exporters.layout import columns, export
from ocrkit.geometry import Box, Point, Transform
from ocrkit.result import Block, Line, PageResult, Trace, Word


def layout(document):
    return export(document).decode()


def turned(document, transform, width, height):
    pages = tuple(page.transformed(transform, width, height) for page in document.pages)
    return document.model_copy(update={"pages": pages})


@pytest.fixture
def table(line, document):
    rows = [("Item", "Packets", "Price"), ("Sweet pea, mixed", "4", "11.60"), ("Bean", "12", "5.90")]
    lines = []
    for number, (item, packets, price) in enumerate(rows):
        top = 100 + 30 * number
        lines += [
            line(item, 100, top),
            line(packets, 470 - 10 * len(packets), top),
            line(price, 650 - 10 * len(price), top),
        ]
    return document(lines)


TABLE = """\
Item                          Packets             Price
Sweet pea, mixed                    4             11.60
Bean                               12              5.90
"""


def test_a_table_keeps_its_columns(table):
    assert layout(table) == TABLE


def test_a_line_is_split_at_column_gaps(line, document):
    words = [("Item", 0), ("a", 0), ("4", 300)]
    whole = Line.of(
        [
            Word(
                text=text,
                polygon=Box(
                    x, 10 + 30 * (text != "Item"), x + 10 * len(text), 30 + 30 * (text != "Item")
                ).polygon,
            )
            for text, x in words[1:]
        ]
    )
    assert layout(document([line("Item", 0, 10), whole])) == "Item\na" + " " * 29 + "4\n"


def test_text_columns_are_side_by_side(line, document):
    left = [line("the left column", 0, 30 * number) for number in range(3)]
    right = [line("the right one", 400, 30 * number + 4) for number in range(3)]
    assert layout(document(left, right)) == ("the left column" + " " * 25 + "the right one\n") * 3


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_rotated_page_is_made_upright(table, turns):
    width, height = (1400, 1000) if turns % 2 else (1000, 1400)
    lying = turned(table, Transform.quarter_turns(turns, 1000, 1400), width, height)
    assert lying.pages[0].rotation
    assert layout(lying) == TABLE


@pytest.mark.parametrize("degrees", [-3, 1, 3])
def test_a_skewed_page_has_straight_rows(table, degrees):
    slanting = turned(table, Transform.rotation(degrees, Point(500, 700)), 1000, 1400)
    rows = [row.split() for row in layout(slanting).splitlines()]
    assert rows == [row.split() for row in TABLE.splitlines()]


def test_an_uneven_margin_is_aligned(line, document):
    lines = [line(f"line {number}", 100 + shift, 30 * number) for number, shift in enumerate([0, 6, 2, 5.5])]
    lines.append(line("edge", 37, 130))
    assert {row.index("l") for row in layout(document(lines)).splitlines()[:4]} == {6}


def test_wide_characters_are_two_columns_wide():
    assert [columns(text) for text in ("abc", "漢字", "한글", "e\u0301", "ﾊﾝ", "ｗ", "a\u200bb")] == [
        3,
        4,
        4,
        1,
        2,
        2,
        2,
    ]
    lines = []
    for number, text in enumerate(["漢字漢字", "abcdefgh"]):
        top = 30 * number
        lines += [
            Line(text=text, polygon=Box(0, top, 80, top + 20).polygon),
            Line(text="next", polygon=Box(200, top, 240, top + 20).polygon),
        ]
    page = PageResult(width=400, height=100, blocks=(Block.of(lines),), trace=Trace(backend="test"))
    rows = layout(Document(page_count=1, pages=(page,))).splitlines()
    assert rows == ["漢字漢字" + " " * 12 + "next", "abcdefgh" + " " * 12 + "next"]


def test_lines_without_words_keep_their_position(document):
    lines = [
        Line(text="a line", polygon=Box(100, 0, 160, 20).polygon),
        Line(text="left", polygon=Box(0, 60, 40, 80).polygon),
    ]
    assert layout(document(lines)) == " " * 10 + "a line\nleft\n"


def test_lines_without_a_position_come_last(line, document):
    assert (
        layout(document([Line(text="first"), line("placed"), Line(text="last", words=(Word(text="last"),))]))
        == "placed\n\nfirst\nlast\n"
    )
    assert layout(document([Line(text="only")], [Line(text="these")])) == "only\nthese\n"


def test_right_to_left_words_keep_their_order(document):
    first, second = Box(50, 0, 90, 20).polygon, Box(0, 0, 40, 20).polygon
    line = Line.of([Word(text="שלום", polygon=first), Word(text="עולם", polygon=second)])
    assert layout(document([line])) == "שלום עולם\n"


def test_a_page_of_vertical_lines_is_in_reading_order(document):
    def column(text, x):
        return Line(text=text, polygon=(Point(x + 20, 0), Point(x + 20, 200), Point(x, 200), Point(x, 0)))

    assert layout(document([column("縦書き", 300), column("の文", 270)])) == "縦書き\nの文\n"


def test_vertical_space_becomes_a_few_empty_lines(line, document):
    tops = [0, 30, 60, 120, 150, 1000]
    made = document([line(f"at {top}", 0, top) for top in tops])
    assert layout(made) == "at 0\nat 30\nat 60\n\nat 120\nat 150\n\n\n\nat 1000\n"


def test_pages_are_separated_by_form_feeds(line, document):
    one = document([line("text\fwith one")]).pages[0]
    blank = one.model_copy(update={"index": 1, "blocks": ()})
    made = Document(page_count=3, pages=(one, blank, one.model_copy(update={"index": 2})))
    assert layout(made) == "text with one\n\f\n\ftext with one\n"
    assert layout(Document(page_count=0)) == "\n"


numbers = st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1e-9, 5.0])
polygons = st.none() | st.lists(st.builds(Point, numbers, numbers), min_size=1, max_size=5).map(tuple)
letters = st.text(alphabet="ab漢é1 ", min_size=1, max_size=30).filter(str.strip)
lines = st.builds(
    lambda words, polygon: Line.of(words, polygon=polygon) if words else Line(text="x", polygon=polygon),
    st.lists(st.builds(Word, text=letters, polygon=polygons), max_size=4),
    polygons,
)


@given(st.lists(lines, max_size=6), st.sampled_from([0, 90, 180, 270]))
def test_no_text_is_lost_and_no_line_is_endless_with_any_boxes(lines, rotation):
    page = PageResult(
        width=700, height=1000, rotation=rotation, blocks=(Block.of(lines),), trace=Trace(backend="test")
    )
    text = layout(Document(page_count=1, pages=(page,)))
    assert sorted("".join(text.split())) == sorted("".join(page.text.split()))
    assert max(columns(row) for row in text.split("\n")) < 1200
