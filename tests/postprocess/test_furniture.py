"""Running heads, running feet, page numbers and stamps are labeled, and can be left out."""

from __future__ import annotations

import pytest

from ocrkit import Document
from ocrkit.errors import ConfigError
from ocrkit.geometry import Box
from ocrkit.pipeline.document_pages import finished_pages
from ocrkit.postprocess.block_kinds import classify_blocks
from ocrkit.postprocess.furniture.patterns import is_page_number, page_number
from ocrkit.result import Block, Cell, Line, PageResult, Table, Trace, Word

WIDTH, TALL = 800, 1100
FURNITURE = ("header", "footer", "page_number")


def line(text, left=100.0, top=0.0, width=None, height=20.0):
    width = width if width is not None else min(600, 11 * len(text))
    return Line(text=text, polygon=Box(left, top, left + width, top + height).polygon)


def prose(top=150.0, count=28, first="Line 0 of a longer text that fills the column of the page"):
    texts = [
        first,
        *(f"line {n} of a longer text that fills the column of the page" for n in range(1, count)),
    ]
    return [line(text, top=top + n * 28, width=600) for n, text in enumerate(texts)]


def page(*blocks, index=0, **fields):
    blocks = tuple(block if isinstance(block, Block) else Block.of(block) for block in blocks)
    return PageResult(
        index=index, width=WIDTH, height=TALL, blocks=blocks, trace=Trace(backend="test"), **fields
    )


def labeled(result):
    """The texts of the furniture, by kind."""
    return [(block.kind, block.text) for block in result.blocks if block.kind in FURNITURE]


@pytest.mark.parametrize(
    "text",
    [
        "17",
        "- 17 -",
        "Page 3 of 12",
        "page 3",
        "xiv",
        "A-3",
        "7-45",
        "3/12",
        "第3页",
        "Seite 4",
        "(3)",
        "12 | Page",
        "iii",
    ],
)
def test_page_numbers_are_recognized(text):
    assert is_page_number(text)


@pytest.mark.parametrize(
    "text", ["", "L", "mild", "12,345", "2020-05-17", "4 apples", "Page", "3rd", "1.5.2 Methods"]
)
def test_other_short_texts_are_no_page_numbers(text):
    assert not is_page_number(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [("158 CHAPTER 4", 158), ("The Whale 77", 77), ("May 1993", None), ("no number", None)],
)
def test_the_page_number_beside_a_running_head_is_known(text, number):
    assert page_number(text) == number


def test_a_page_number_may_be_close_to_the_text():
    result = classify_blocks(page([line("23", left=680, top=120, width=20)], prose()))
    assert labeled(result) == [("page_number", "23")]


def test_a_head_that_was_joined_with_the_text_becomes_a_block_of_its_own():
    head = line("158    CHAPTER 4", top=60, width=300)
    result = classify_blocks(page([head, *prose(first="goes on from the page before")]))
    assert labeled(result) == [("header", "158    CHAPTER 4")]
    assert result.text.startswith("158    CHAPTER 4\n\ngoes on")


def test_a_head_and_its_page_number_side_by_side_have_their_own_kinds():
    head = [line("158", top=60), line("THE WHALE", left=350, top=60)]
    result = classify_blocks(page([head[0]], [head[1]], prose()))
    assert labeled(result) == [("page_number", "158"), ("header", "THE WHALE")]


@pytest.mark.parametrize(
    "stamp",
    [
        ["Downloaded from academic.example.org by guest on 12 May 2020"],
        [
            "This content downloaded from 10.0.0.1 on Tue, 12 May 2020",
            "All use subject to https://example.org/terms",
        ],
        ["© 2019 The Authors. All rights reserved."],
        ["https://example.org/articles/static-cling"],
    ],
)
def test_stamps_at_the_foot_of_the_page_are_feet(stamp):
    lines = [line(text, top=1020 + n * 24, height=14) for n, text in enumerate(stamp)]
    result = classify_blocks(page(prose(), lines))
    assert labeled(result) == [("footer", "\n".join(stamp))]


def test_a_stamp_up_the_side_of_the_page_is_a_head():
    polygon = [(30, 800), (30, 300), (50, 300), (50, 800)]
    stamp = Line(text="arXiv:2001.01234v2 [cs.CL] 3 Jan 2020", polygon=polygon)
    assert labeled(classify_blocks(page([stamp], prose()))) == [("header", stamp.text)]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([line("The Evolution of the Word Processor", top=96, width=380)], id="title"),
        pytest.param(
            [
                line("LEGATION OF THE", top=30),
                line("UNITED STATES", top=56),
                line("No. 720. Bucharest", top=82),
            ],
            id="letterhead",
        ),
        pytest.param(
            [line("References to http://example.org/a stay, because this is a sentence", top=960)], id="last"
        ),
        pytest.param(
            [line("1 See the note of the editor on this point", top=1040, height=15)], id="footnote"
        ),
    ],
)
def test_text_at_the_edges_stays_text(lines):
    assert labeled(classify_blocks(page(prose(), lines))) == []


@pytest.mark.parametrize(
    ("text", "height"),
    [
        pytest.param("1 Introduction", 20, id="number of a section"),
        pytest.param("Traffic and tariffs", 16, id="tight box without descenders"),
        pytest.param("Receipts of the ferry, 1897", 22, id="year"),
        pytest.param("London, 19 21.", 20, id="date"),
        pytest.param("MEMORANDUM", 24, id="capitals"),
    ],
)
def test_a_heading_in_the_outer_margin_stays_text(text, height):
    heading = line(text, top=40, height=height)
    assert labeled(classify_blocks(page([heading], prose(top=110)))) == []


def test_a_heading_above_a_page_number_stays_text():
    heading = line("The Mayor of the Valley", top=110, height=26)
    result = classify_blocks(page([heading], prose(top=180), [line("17", left=390, top=1040, width=20)]))
    assert labeled(result) == [("page_number", "17")]


def test_a_sum_below_figures_is_no_page_number():
    rows = [
        [line(f"article number {n}", top=100 + n * 40, width=300), line(f"{n + 31}", 660, 100 + n * 40, 24)]
        for n in range(23)
    ]
    total = [line("Sum", top=1060, width=50), line("1043", left=636, top=1060, width=48)]
    assert labeled(classify_blocks(page(*rows, total))) == []
    assert labeled(classify_blocks(page(*rows, total[1:]))) == []


def test_a_last_line_that_mentions_a_right_stays_text():
    last = line("and the copyright of the photographs belongs to the town.", top=1000, width=560)
    assert labeled(classify_blocks(page(prose(), [last]))) == []


def test_the_issue_of_a_journal_is_a_head():
    head = line("Journal of Ferries 12 (2019) 101–118", top=40)
    title = line("Bridges and Ferries", top=110, height=36)
    assert labeled(classify_blocks(page([head], [title], prose(top=200)))) == [("header", head.text)]


def test_receipts_have_no_furniture():
    lines = [line("SHOP OF WONDERS", top=20), *prose(top=90, count=30), line("Please come again", top=1740)]
    receipt = PageResult(width=700, height=1780, blocks=(Block.of(lines),), trace=Trace(backend="test"))
    assert labeled(classify_blocks(receipt)) == []


# ── documents ──


def finish(pages, without=()):
    return list(finished_pages(lambda: pages, without))


def book(heads, count=4, **fields):
    """Pages whose heads give no sign of their own: they are neither small nor at the very edge."""
    return [
        classify_blocks(page([line(heads(n), top=100)], prose(), index=n, **fields)) for n in range(count)
    ]


def test_what_pages_repeat_is_a_running_head():
    pages = finish(book(lambda n: "Left heads" if n % 2 else "Right heads of a book"))
    assert [labeled(each) for each in pages] == [
        [("header", "Left heads" if n % 2 else "Right heads of a book")] for n in range(4)
    ]


def test_reading_errors_do_not_hide_a_repetition():
    texts = ["Annual Report of the Bank", "Annual Rep0rt of the Bank", "Annual Report of thc Bank"]
    assert all(labeled(each) for each in finish(book(texts.__getitem__, 3)))


def test_titles_that_differ_from_page_to_page_stay_text():
    titles = ["A title of its own", "Something different", "On whales in general", "What came of it"]
    assert not any(labeled(each) for each in finish(book(titles.__getitem__)))


def test_the_heading_of_a_table_on_every_page_stays_text():
    heading = line("Date Description Amount Balance", top=126)
    pages = [classify_blocks(page([heading, *prose()], index=n)) for n in range(3)]
    assert not any(labeled(each) for each in finish(pages))


def test_a_table_is_never_furniture():
    cells = (Cell(row=0, column=0, text="Same on every page"),)
    table = Block.of(
        [line("Same on every page", top=60)],
        kind="table",
        table=Table(cells=cells),
    )
    pages = [page(table, prose(), index=n) for n in range(3)]
    assert finish(pages) == pages


def test_numbers_that_count_with_the_pages_are_page_numbers():
    pages = [
        classify_blocks(page(prose(), [line(str(40 + n), left=390, top=955)], index=n)) for n in range(3)
    ]
    assert [labeled(each) for each in finish(pages)] == [[("page_number", str(40 + n))] for n in range(3)]


def test_pages_are_not_kept_in_memory():
    pages = book(lambda _: "The same head")
    calls = []

    def one_at_a_time():
        calls.append(1)
        yield from pages

    assert len(list(finished_pages(one_at_a_time))) == len(pages)
    assert len(calls) == 2


def test_pages_without_horizontal_lines_stay_as_they_are():
    upright = Line(text="縦書き", polygon=Box(700, 20, 720, 600).polygon)
    pages = [page([upright], index=n) for n in range(2)]
    assert finish(pages) == pages


def test_a_single_page_stays_as_it_is():
    only = book(lambda _: "A lone head", 1)
    assert finish(only) == only


# ── leaving out ──


@pytest.fixture
def document():
    head, number = line("THE WHALE", left=350, top=60), line("158", top=60)
    pages = [classify_blocks(page([number], [head], prose()))]
    return Document(page_count=1, pages=tuple(pages))


def test_kinds_can_be_left_out_of_every_format(document):
    for text in (
        document.to_markdown(without=FURNITURE),
        document.to_html(without=FURNITURE),
        document.export("text", without=FURNITURE).decode(),
        document.export("json", without=FURNITURE).decode(),
        document.without(FURNITURE).text,
    ):
        assert "WHALE" not in text
        assert "line 5 of a longer text" in text
    assert "158" in document.to_markdown(without=["header"])
    assert "WHALE" in document.text


def test_a_file_is_saved_without_kinds(document, tmp_path):
    document.save(tmp_path / "page.md", without=FURNITURE)
    assert "WHALE" not in (tmp_path / "page.md").read_text("utf-8")


def test_an_unknown_kind_is_refused_with_the_nearest_name(document):
    with pytest.raises(ConfigError, match="Did you mean 'footer'"):
        document.without(["foter"])


@pytest.mark.parametrize(("title", "is_furniture"), [("THE WHALE", True), ("Chapter", False)])
def test_a_running_head_may_be_close_to_the_text_if_its_number_stands_far_apart(title, is_furniture):
    number_at = 640 if is_furniture else 190
    words = (
        Word(text=title, polygon=Box(100, 130, 180, 150).polygon),
        Word(text="77", polygon=Box(number_at, 130, number_at + 25, 150).polygon),
    )
    head = Line.of(words)
    found = classify_blocks(page([head], prose(top=166)))
    assert labeled(found) == ([("header", f"{title} 77")] if is_furniture else [])
