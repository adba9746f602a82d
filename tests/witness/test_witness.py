"""Text without places, held against what another engine reads on the same page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.geometry import Box
from ocrkit.page import Page
from ocrkit.result import Block, Cell, Line, PageResult, Table, Trace, Word
from ocrkit.testing import draw_page
from ocrkit.witness import compare, held_to, place_words

PARAGRAPH = (
    "The quick brown fox jumps over",
    "the lazy dogs of Invoice 4711-A",
    "and pays 1,234.50 EUR before noon",
)


def read(*lines: str, probability: float | None = 0.99, top: float = 20, left: float = 10) -> list[Line]:
    """Lines with places: characters are ten pixels wide and twenty high."""
    found = []
    for number, text in enumerate(lines):
        words, start = [], 0
        for part in text.split():
            start = text.index(part, start)
            box = Box(
                left + start * 10, top + 30 * number, left + (start + len(part)) * 10, top + 20 + 30 * number
            )
            words.append(Word(text=part, box=box, probability=probability, confidence=probability))
            start += len(part)
        found.append(Line.of(words, text=text))
    return found


def page(*blocks: Block) -> PageResult:
    return PageResult(width=1000, height=1000, blocks=blocks, trace=Trace(backend="test"))


def seen(*lines: str, **options: float) -> PageResult:
    return page(Block.of(read(*lines, **options)))


def said(*blocks: str | Sequence[str]) -> PageResult:
    """Blocks of lines without words and places."""
    return page(
        *(
            Block(lines=tuple(Line(text=line) for line in ([each] if isinstance(each, str) else each)))
            for each in blocks
        )
    )


def boxes(result: PageResult) -> dict[str, Box | None]:
    return {word.text: word.box for word in result.words}


def findings(first: PageResult, second: PageResult) -> list[tuple[str, str, str]]:
    return [(each.kind, each.text, each.seen) for each in compare(first, second).findings]


def test_a_paragraph_gets_the_lines_and_boxes_of_the_page():
    result = place_words(said(" ".join(PARAGRAPH)), seen(*PARAGRAPH))
    assert [line.text for line in result.lines] == list(PARAGRAPH)
    assert boxes(result) == boxes(seen(*PARAGRAPH))
    assert result.lines[1].box == Box(10, 50, 320, 70)
    assert result.blocks[0].box == Box(10, 20, 340, 100)
    assert result.trace.decisions[-1].choice == "18 of 18 words have a place"


def test_blocks_in_another_order_keep_their_order_and_get_their_places():
    result = place_words(said(PARAGRAPH[2], PARAGRAPH[0], PARAGRAPH[1]), seen(*PARAGRAPH))
    assert [line.text for line in result.lines] == [PARAGRAPH[2], PARAGRAPH[0], PARAGRAPH[1]]
    assert boxes(result) == boxes(seen(*PARAGRAPH))
    assert compare(result, seen(*PARAGRAPH)).findings == ()


def test_words_joined_by_the_local_engine_share_its_box():
    result = place_words(said("pay to day please"), seen("pay today please"))
    assert boxes(result)["to"].right == pytest.approx(boxes(result)["day"].left)
    assert boxes(result)["day"].right == 100


def test_words_divided_by_the_local_engine_are_enclosed():
    result = place_words(said("pay today please"), seen("pay to day please"))
    assert boxes(result)["today"] == Box(50, 20, 110, 40)


def test_a_hyphenated_word_is_supported_and_placed_in_one_line():
    local = seen("we value recog-", "nition of text")
    result = held_to(said("we value recognition of text"), local)
    assert result.quality.agreement == 1
    assert result.findings == ()
    assert boxes(result)["recognition"] == Box(100, 20, 160, 40)


def test_a_hyphenated_word_is_joined_across_the_lines_of_another_column():
    local = page(
        *(Block.of(read(text, top=top, left=left)) for text, top, left in (
            ("we value recog-", 20, 10), ("the other column", 20, 500), ("nition of text", 50, 10), ("goes on here", 50, 500),
        ))
    )  # fmt: skip
    result = held_to(said("we value recognition of text", "the other column goes on here"), local)
    assert result.findings == ()
    assert boxes(result)["recognition"] == Box(100, 20, 160, 40)


def test_chinese_words_are_divided_as_the_local_engine_divides_them():
    local = page(
        Block.of(
            [
                Line.of([Word(text="银行账户", box=Box(0, 0, 80, 20), probability=0.99)]),
                Line.of([Word(text="余额合计", box=Box(0, 30, 80, 50), probability=0.99)]),
            ]
        )
    )
    result = held_to(said("银行账户余额合计"), local)
    assert [word.text for word in result.words] == ["银行账户", "余额合计"]
    assert [line.text for line in result.lines] == ["银行账户", "余额合计"]
    assert boxes(result) == boxes(local)
    assert result.findings == ()


def test_an_unknown_word_gets_the_gap_or_no_place():
    result = place_words(said("one gap two three invented four"), seen("one      two three four"))
    assert boxes(result)["gap"] is not None
    assert boxes(result)["one"].right < boxes(result)["gap"].left < boxes(result)["two"].left
    assert boxes(result)["invented"] is None


def test_a_misread_word_gets_the_box_opposite():
    result = place_words(said("the agreement xyzq holds"), seen("the agreement w@k! holds", probability=0.3))
    assert boxes(result)["xyzq"] == Box(150, 20, 190, 40)


def test_a_table_keeps_its_cells_and_gets_places():
    cells = tuple(
        Cell(text=text, row=row, column=column, lines=(2 * row + column,))
        for row, texts in enumerate([("Item", "Price"), ("Apple", "1.20"), ("Bread", "3.40")])
        for column, text in enumerate(texts)
    )
    lines = tuple(Line(text=cell.text) for cell in cells)
    by_column = page(
        Block.of(read("Item", "Apple", "Bread")), Block.of(read("Price", "1.20", "3.40", left=300))
    )
    result = held_to(page(Block(kind="table", lines=lines, table=Table(cells=cells))), by_column)
    assert result.tables[0].rows == (("Item", "Price"), ("Apple", "1.20"), ("Bread", "3.40"))
    assert [cell.box for cell in result.tables[0].cells] == [word.box for word in result.words]
    assert boxes(result) == boxes(by_column)
    assert result.findings == ()


def test_a_block_box_that_disagrees_is_replaced_and_counted():
    wrong = Block(lines=(Line(text=PARAGRAPH[0]),), box=Box(600, 700, 900, 900))
    right = Block(lines=(Line(text=PARAGRAPH[1]),), box=Box(0, 45, 400, 75))
    result = place_words(page(wrong, right), seen(*PARAGRAPH))
    assert result.blocks[0].box == Box(10, 20, 310, 40)
    assert result.blocks[1].box == Box(0, 45, 400, 75)
    assert "disagree with the words found: 1" in result.trace.decisions[-1].reason


def test_findings_name_what_is_invented_missing_different_and_counted_wrong():
    text = "The quick brown invented fox jumps over the lazy cats of Invoice 4712-A and pays 1,284.50 EUR"
    assert findings(said(text), seen(*PARAGRAPH)) == [
        ("digits", "4712-A", "4711-A"),
        ("digits", "1,284.50", "1,234.50"),
        ("invented", "invented", ""),
        ("differs", "cats", "dogs"),
        ("missing", "", "before noon"),
    ]


def test_a_result_carries_its_findings():
    result = held_to(said(" ".join(PARAGRAPH).replace("1,234", "1,284")), seen(*PARAGRAPH))
    (finding,) = result.findings
    assert finding.box == Box(100, 80, 180, 100)
    assert finding.probability == 0.99
    assert result.quality.agreement == pytest.approx(17 / 18)
    assert result.quality.coverage == 1
    (word,) = [word for word in result.words if word.finding]
    assert (word.text, word.alternatives[0].text) == ("1,284.50", "1,234.50")
    assert result.warnings == (
        "1 × numbers that differ from the local reading, which is in brackets: “1,284.50” (“1,234.50”)",
    )


def test_shared_words_get_the_probability_of_the_local_reading():
    assert [word.probability for word in held_to(said("same text"), seen("same text")).words] == [0.99, 0.99]


def test_nothing_is_claimed_where_the_local_engine_is_unsure():
    assert findings(said("pay 1,284.50 to Smith"), seen("pay 1,234.50 to Smyth", probability=0.4)) == []
    assert findings(said("text"), seen("text", "blurred words", probability=0.4)) == []


def test_nothing_is_claimed_where_the_local_engine_left_ink_unread():
    drawn = draw_page(
        ["the first line of a page", "a line that it did not read", "the last line of it"], font_size=30
    )
    first, last = (slice(0, 6), slice(13, 18))
    local = PageResult(
        width=drawn.page.width,
        height=drawn.page.height,
        blocks=(
            Block.of(
                Line.of(Word(text=text, box=box, probability=0.99) for text, box in drawn.words[part])
                for part in (first, last)
            ),
        ),
        trace=Trace(backend="test"),
    )
    text = said(*drawn.lines)
    assert findings(text, local) == [("invented", drawn.lines[1], "")]
    assert compare(text, local, drawn.page).findings == ()
    inside = said(drawn.lines[0].replace("line", "invented line"), drawn.lines[2])
    assert [each.text for each in compare(inside, local, drawn.page).findings] == ["invented"]


def test_text_on_a_blank_page_is_invented():
    result = held_to(said("The Art of War"), page(), Page(np.full((1000, 1000), 255, np.uint8)))
    assert [(each.kind, each.text) for each in result.findings] == [("invented", "The Art of War")]
    assert result.quality.agreement == 0


def test_nothing_is_claimed_about_formulas_and_pictures():
    blocks = (
        Block(lines=(Line(text="energy and mass"),)),
        Block(kind="formula", lines=(Line(text=r"E = m c^2 \\frac{a}{b}"),)),
        Block(lines=(Line(text="are the same"),)),
        Block(kind="picture", lines=(Line(text="A photo of a physicist"),), box=Box(0, 105, 300, 140)),
    )
    local = seen("energy and mass", "E mc2 ab", "are the same", "Princeton")
    result = held_to(page(*blocks), local)
    assert result.findings == ()
    assert result.quality.agreement == 1
    assert held_to(said(r"let $x^2$ and $\\alpha$ be"), seen("let x2 and a be")).findings == ()


def test_a_formula_without_lines_explains_no_more_than_itself():
    formula = Block(kind="formula", latex="E = m c^2")
    text = page(
        Block(lines=(Line(text="energy and mass"),)), formula, Block(lines=(Line(text="are the same"),))
    )
    assert held_to(text, seen("energy and mass", "E mc2", "are the same")).findings == ()
    longer = seen("energy and mass", "E mc2 and a whole paragraph of other text", "are the same")
    assert [each.kind for each in held_to(text, longer).findings] == ["missing"]


def test_equal_values_go_to_the_block_whose_box_contains_them():
    local = seen("left 7", "one 12 two", "right 12 three", "other 12 four")
    inside = Block(lines=(Line(text="12"),), box=Box(0, 75, 300, 105))
    result = place_words(page(Block(lines=(Line(text="left 7"),)), inside), local)
    assert boxes(result)["12"] == Box(70, 80, 90, 100)


def test_nothing_is_claimed_about_scripts_that_the_local_engine_does_not_read():
    result = held_to(said("Total Итого 12"), seen("Total 12"))
    assert result.findings == ()
    assert result.quality.agreement == 1


@pytest.mark.parametrize(
    "text", ["**Total:** 12.50", "| Total | 12.50 |", "# total 12.50", "“Total” – 12.50"]
)
def test_markdown_and_punctuation_are_not_text(text):
    assert findings(said(text), seen("Total 12.50")) == []


@pytest.mark.parametrize(
    ("text", "local"),
    [("12.50", "1250"), ("1,234", "1.234"), ("2026-03-12", "2026-03-13"), ("7", "3"), ("B0123", "BO123")],
)
def test_numbers_are_compared_character_by_character(text, local):
    assert findings(said(f"amount {text} due"), seen(f"amount {local} due")) == [("digits", text, local)]


def test_exchanged_numbers_are_findings():
    local = seen("Apples cost 7.00 today", "Bread costs 981.25 today")
    text = said("Apples cost 981.25 today", "Bread costs 7.00 today")
    assert findings(text, local) == [("digits", "981.25", "7.00"), ("digits", "7.00", "981.25")]


def test_two_empty_pages_have_no_agreement():
    result = held_to(page(), page())
    assert (result.quality.agreement, result.quality.coverage, result.findings) == (None, None, ())


VOCABULARY = (
    "the of total amount invoice 12.50 4711 paid due date house modern 银行 账户 number to day".split()
)
texts = st.lists(st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=7).map(" ".join), max_size=8)


@given(texts, texts)
def test_no_text_is_invented_or_lost_and_places_are_inside_the_page(first, second):
    result = held_to(said(*first), seen(*second))
    assert "".join(result.text.split()) == "".join("".join(first).split())
    assert "".join(word.text for word in result.words) == "".join("".join(first).split())
    for word in result.words:
        for x, y in word.polygon or ():
            assert 0 <= x <= 1000
            assert 0 <= y <= 1000


@given(texts, texts)
def test_the_same_readings_give_the_same_result(first, second):
    assert held_to(said(*first), seen(*second)) == held_to(said(*first), seen(*second))


@given(texts)
def test_equal_text_is_placed_entirely_without_findings(lines):
    result = held_to(said(*lines), seen(*lines))
    assert boxes_of_words(result) == boxes_of_words(seen(*lines))
    assert result.findings == ()
    assert result.quality.agreement == (1 if lines else None)


@given(st.permutations(range(12)), st.integers(3, 6))
def test_distinct_passages_are_placed_entirely_in_any_order(order, words):
    lines = [" ".join(f"word{chr(97 + line)}{number}" for number in range(words)) for line in range(12)]
    result = held_to(said(*(lines[number] for number in order)), seen(*lines))
    assert boxes(result) == boxes(seen(*lines))
    assert result.findings == ()


def boxes_of_words(result: PageResult) -> list[Box | None]:
    return [word.box for word in result.words]
