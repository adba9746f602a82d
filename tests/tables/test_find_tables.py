"""Find drawn tables with real engines."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_tables import Paper

from ocrkit import Ocr

FRUIT = [
    ["Fruit", "Origin", "Price"],
    ["Apples", "Spain", "12.50"],
    ["Oranges", "Morocco", "8.75"],
    ["Plums", "Germany", "31.20"],
]
WEIGHTS = [
    ["Group", "Count", "Before", "After"],
    ["Adults", "41", "310", "290"],
    ["Children", "17", "220", "205"],
]
CITIES = [["City", "People"], ["London", "8900"], ["Madrid", "3300"]]


@pytest.fixture(scope="module")
def ppocr(default_engine):
    with Ocr(backend=default_engine, scene="table") as ocr:
        yield ocr


@pytest.fixture(scope="module")
def tesseract(require_program):
    require_program("tesseract")
    with Ocr(backend="tesseract", languages=["en"], scene="table") as ocr:
        yield ocr


@pytest.fixture(params=["ppocr", "tesseract"])
def ocr(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def fruit_page():
    paper = Paper(height=400)
    paper.table(FRUIT, left=80, top=80, widths=[320, 320, 250])
    return paper


def read(ocr, paper, degrees=0.0):
    return ocr.recognize(paper.pixels(degrees)).pages[0]


def rows(table):
    return [[" ".join(text.split()) for text in row] for row in table.rows]


@pytest.mark.parametrize("lines", ["grid", "head", "none"])
def test_a_table_is_found_by_its_lines_or_its_columns(ocr, lines):
    paper = Paper(height=400)
    paper.table(FRUIT, left=80, top=80, widths=[320, 320, 250], lines=lines)
    page = read(ocr, paper)
    assert [rows(table) for table in page.tables] == [FRUIT]
    assert page.text == "\n".join("\t".join(row) for row in FRUIT)


def test_cells_span_several_rows_and_columns(ocr):
    expected = [
        ["Sales", "Spring", ""],
        ["", "March", "April"],
        ["North", "120", "340"],
        ["South", "560", "780"],
    ]
    drawn = [["Sales", "Spring", None], [None, "March", "April"], *expected[2:]]
    paper = Paper(height=420)
    paper.table(drawn, left=80, top=80, widths=[300, 280, 280], spans=[(0, 0, 2, 1), (0, 1, 1, 2)])
    (table,) = read(ocr, paper).tables
    assert rows(table) == expected
    spans = {cell.text: (cell.row_span, cell.column_span) for cell in table.cells}
    assert (spans["Sales"], spans["Spring"], spans["March"]) == ((2, 1), (1, 2), (1, 1))


def test_a_heading_spans_the_columns_that_the_line_below_it_covers(ppocr):
    paper = Paper(height=420)
    bottom = paper.table(WEIGHTS, left=80, top=130, widths=[260, 160, 250, 250], lines="none")
    paper.text(600, 80, "Weight in grams")
    for top, left in ((70, 80), (122, 510), (180, 80), (bottom, 80)):
        paper.horizontal(top, left, 1000)
    (table,) = read(ppocr, paper).tables
    heading = next(cell for cell in table.cells if "Weight" in cell.text)
    assert (heading.row, heading.column, heading.column_span) == (0, 2, 2)
    assert rows(table)[1:] == WEIGHTS


@pytest.mark.parametrize("lines", ["grid", "head"])
def test_a_cell_can_have_several_lines_of_text(ppocr, lines):
    drawn = [
        ["Item", "Meaning", "Count"],
        ["First", "a longer explanation that\ngoes on in a second line", "17"],
        ["Second", "short", "28"],
    ]
    paper = Paper(height=420)
    paper.table(drawn, left=80, top=80, widths=[220, 460, 200], lines=lines)
    (table,) = read(ppocr, paper).tables
    assert [list(row) for row in table.rows] == drawn
    cell = next(cell for cell in table.cells if "longer" in cell.text)
    assert len(cell.lines) == 2


def test_an_empty_cell_has_no_text(ppocr):
    drawn = [["Name", "Left", "Right"], ["Alpha", "", "210"], ["Beta", "320", ""], ["Gamma", "430", "540"]]
    paper = Paper(height=420)
    paper.table(drawn, left=80, top=80, widths=[300, 250, 250])
    assert [rows(table) for table in read(ppocr, paper).tables] == [drawn]


def test_tables_and_the_text_around_them_are_in_reading_order(ocr):
    paper = Paper(height=1000)
    paper.text(80, 40, "Report on fruit and cities of the year")
    bottom = paper.table(FRUIT, left=80, top=130, widths=[300, 300, 250])
    paper.text(80, bottom + 60, "The second table counts the people")
    bottom = paper.table(CITIES, left=80, top=bottom + 150, widths=[300, 300], lines="head")
    paper.text(80, bottom + 80, "All numbers are made up for this page")
    page = read(ocr, paper)
    assert [rows(table) for table in page.tables] == [FRUIT, CITIES]
    assert [block.kind == "table" for block in page.blocks] == [False, True, False, True, False]
    first_words = [block.text.split()[0] for block in page.blocks]
    assert first_words == ["Report", "Fruit", "The", "City", "All"]


def test_lines_and_columns_of_the_page_do_not_join_a_table(ppocr):
    paper = Paper(height=1200)
    paper.text(80, 30, "The gardeners of our town")
    paper.horizontal(80, 80, 1000)
    for number in range(4):
        paper.text(80, 110 + 36 * number, "a letter has some lines that fill the page from side to side")
    bottom = paper.table(FRUIT, left=80, top=310, widths=[320, 320, 280], lines="head")
    paper.text(80, bottom + 40, "the total includes the postage, there is nothing more to pay")
    for number in range(6):
        paper.text(80, bottom + 110 + 36 * number, "the left column goes on and on")
        paper.text(560, bottom + 110 + 36 * number, "and the right one does it as well")
    paper.horizontal(bottom + 380, 80, 1000)
    page = read(ppocr, paper)
    assert [rows(table) for table in page.tables] == [FRUIT]
    assert [block.kind for block in page.blocks].count("table") == 1
    assert page.text.index("gardeners") < page.text.index("Plums") < page.text.index("postage")


@pytest.mark.parametrize(("degrees", "preprocess"), [(2.5, "none"), (2.5, "auto"), (90, "none")])
def test_a_table_is_found_on_a_skewed_or_rotated_page(default_engine, degrees, preprocess):
    paper = Paper(height=500)
    paper.table(FRUIT, left=80, top=120, widths=[320, 320, 250])
    with Ocr(backend=default_engine, scene="table", preprocess=preprocess) as ocr:
        page = read(ocr, paper, degrees)
    (table,) = page.tables
    assert rows(table) == FRUIT
    cell = next(cell for cell in table.cells if cell.text == "Morocco")
    word = next(word for word in page.words if word.text == "Morocco")
    assert cell.box.left < word.box.center.x < cell.box.right
    assert cell.box.top < word.box.center.y < cell.box.bottom
    assert cell.box.right <= page.width
    assert cell.box.bottom <= page.height


def test_blocks_of_a_rotated_page_are_in_the_order_of_the_upright_page(ppocr):
    paper = Paper(height=700)
    paper.text(80, 40, "Before the table stands this line")
    bottom = paper.table(FRUIT, left=80, top=160, widths=[320, 320, 250])
    paper.text(80, bottom + 80, "After the table there is another one")
    page = read(ppocr, paper, 90)
    assert page.rotation == 270
    assert [block.text.split()[0] for block in page.blocks] == ["Before", "Fruit", "After"]


def test_lines_are_found_even_if_a_preprocessing_step_removes_them(default_engine):
    drawn = [["Part", "Top"], ["left", None], ["a b", "c d"]]
    paper = Paper(height=400)
    paper.table(drawn, left=80, top=80, widths=[400, 400], spans=[(0, 1, 2, 1)])
    with Ocr(backend=default_engine, scene="table", preprocess=["remove_lines"]) as ocr:
        (table,) = read(ocr, paper).tables
    top = next(cell for cell in table.cells if cell.text == "Top")
    assert (top.row, top.column, top.row_span) == (0, 1, 2)


def test_a_table_is_found_in_white_on_black(ppocr, fruit_page):
    page = ppocr.recognize(255 - fruit_page.pixels()).pages[0]
    assert [rows(table) for table in page.tables] == [FRUIT]


def test_prose_in_two_columns_is_not_a_table(ppocr):
    paper = Paper(width=1300, height=500)
    for number in range(8):
        paper.text(60, 60 + 40 * number, "the left column of this page goes on")
        paper.text(680, 60 + 40 * number, "and the right one stands beside it here")
    assert read(ppocr, paper).tables == ()


def test_a_blank_page_has_no_tables(ppocr):
    page = ppocr.recognize(np.full((300, 400), 255, np.uint8)).pages[0]
    assert (page.tables, page.text) == ((), "")


def test_cells_refer_to_the_lines_of_the_table_block(ppocr, fruit_page):
    (block,) = read(ppocr, fruit_page).blocks
    for cell in block.table.cells:
        assert cell.text == "\n".join(block.lines[index].text for index in cell.lines)
    assert [index for cell in block.table.cells for index in cell.lines] == list(range(len(block.lines)))
    assert all(cell.confidence and cell.polygon for cell in block.table.cells)


def test_a_ruled_table_is_found_without_asking(default_engine, fruit_page):
    with Ocr(backend=default_engine) as ocr:
        (table,) = read(ocr, fruit_page).tables
    assert rows(table) == FRUIT


def test_a_short_list_without_lines_stays_text_unless_asked(default_engine, ppocr):
    paper = Paper(height=400)
    paper.table(FRUIT, left=80, top=80, widths=[320, 320, 250], lines="none")
    with Ocr(backend=default_engine) as ocr:
        assert read(ocr, paper).tables == ()
    assert len(read(ppocr, paper).tables) == 1


def test_tables_are_not_looked_for_if_the_setting_says_so(default_engine, fruit_page):
    with Ocr(backend=default_engine, tables=False) as ocr:
        assert read(ocr, fruit_page).tables == ()
