"""Text search in results."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.document import Document
from ocrkit.geometry import Box
from ocrkit.result import Block, Line, PageResult, Trace, Word


def line(
    text: str, top: float = 0, *, confidence: float | None = 0.9, probability: float | None = None
) -> Line:
    """A line whose characters are ten pixels wide and twenty high."""
    words, start = [], 0
    for part in text.split():
        start = text.index(part, start)
        box = Box(start * 10, top, (start + len(part)) * 10, top + 20)
        words.append(Word(text=part, box=box, confidence=confidence, probability=probability))
        start += len(part)
    return Line.of(words, text=text)


def page(*lines: Line, blocks: tuple[Block, ...] | None = None) -> PageResult:
    return PageResult(width=500, height=500, blocks=blocks or (Block.of(lines),), trace=Trace(backend="test"))


def test_a_match_has_its_word_and_box():
    (match,) = page(line("Invoice no. 4711 paid")).find("4711")
    assert (match.text, match.page, match.block) == ("4711", 1, 0)
    assert [word.text for word in match.words] == ["4711"]
    assert match.box == Box(120, 0, 160, 20)


def test_a_match_inside_a_word_includes_the_whole_word():
    (match,) = page(line("No.4711/A")).find("4711")
    assert match.text == "4711"
    assert [word.text for word in match.words] == ["No.4711/A"]


def test_a_match_over_two_lines_has_a_polygon_for_each():
    (match,) = page(line("the total amount"), line("is 12.00", 30)).find("amount is")
    assert match.text == "amount\nis"
    assert len(match.lines) == len(match.polygons) == 2
    assert match.box == Box(0, 0, 160, 50)


@pytest.mark.parametrize("text", ["TOTAL amount", "total\n amount", " total amount "])
def test_white_space_and_case_are_ignored(text):
    assert len(page(line("the total amount")).find(text)) == 1


def test_case_sensitive_search_distinguishes_case():
    assert page(line("Total")).find("total", case_sensitive=True) == ()
    assert len(page(line("Total")).find("Total", case_sensitive=True)) == 1


@pytest.mark.parametrize("end", ["-", "\u2010", "\u00ad"])
def test_a_hyphenated_word_is_found(end):
    (match,) = page(line(f"the recog{end}"), line("nition of text", 30)).find("recognition")
    assert [word.text for word in match.words] == [f"recog{end}", "nition"]


def test_a_line_break_without_a_hyphen_separates_words():
    assert page(line("to"), line("day", 30)).find("today") == ()


def test_chinese_text_is_found_across_a_line_break():
    (match,) = page(Line(text="银行账"), Line(text="户余额")).find("账户")
    assert match.text == "账\n户"
    assert match.words == ()
    assert len(match.lines) == 2


def test_a_regular_expression_finds_all_matches_in_reading_order():
    found = page(line("1.10 and 2.20"), line("and 3.30", 30)).find(re.compile(r"\d\.\d\d"))
    assert [match.text for match in found] == ["1.10", "2.20", "3.30"]


def test_special_characters_in_a_text_are_literal():
    assert [match.text for match in page(line("a+b (c) [d]")).find("+b (c)")] == ["+b (c)"]


def test_a_match_does_not_span_blocks():
    blocks = (Block.of([line("one")]), Block.of([line("two", 30)]))
    assert page(blocks=blocks).find("one two") == ()
    assert page(blocks=blocks).find("two")[0].block == 1


@pytest.mark.parametrize("text", ["", "   ", re.compile("x*")])
def test_empty_matches_are_ignored(text):
    assert page(line("abc")).find(text) == ()


def test_confidence_is_the_minimum_and_probability_the_product():
    first, second = (
        line("one", confidence=0.9, probability=0.8),
        line("two", 30, confidence=0.5, probability=0.5),
    )
    (match,) = page(first, second).find("one two")
    assert match.confidence == 0.5
    assert match.probability == pytest.approx(0.4)
    (unknown,) = page(line("one"), line("two", confidence=None)).find("one two")
    assert unknown.confidence is None
    assert unknown.probability is None


def test_a_line_whose_words_differ_from_its_text_is_found_as_a_whole():
    odd = Line(
        text="total 12", words=(Word(text="tota1"), Word(text="12")), polygon=Box(0, 0, 80, 20).polygon
    )
    (match,) = page(odd).find("total")
    assert match.words == ()
    assert match.box == Box(0, 0, 80, 20)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234.5, "1,234.50"), (1234.5, "1.234,50"), (Decimal("1234.50"), "1 234,5"), (1234.5, "1'234.50"),
        (1234567, "1,234,567"), (1234567, "1234567.00"), (20, "20,-"), (-12.5, "(12.50)"), (-12.5, "12.50-"),
        (-12.5, "\u221212,50"), (0.25, "0.25"),
    ],
)  # fmt: skip
def test_a_number_is_found_however_it_is_written(value, text):
    (match,) = page(line(f"Total {text} EUR")).find(value)
    assert " ".join(word.text for word in match.words) == text


@pytest.mark.parametrize("text", ["11,234.50", "1,234.501", "1,234.50.2", "1234.55", "234.50", "2,1234.50"])
def test_a_longer_or_another_number_is_not_found(text):
    assert page(line(f"Total {text} EUR")).find(1234.5) == ()


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-12", "12.03.2026", "12.3.26", "3/12/2026", "12/03/26", "12 March 2026", "March 12, 2026", "12. M\u00e4rz 2026",
        "12 mars 2026", "12 de marzo de 2026", "2026\u5e743\u670812\u65e5",
    ],
)  # fmt: skip
def test_a_date_is_found_however_it_is_written(text):
    (match,) = page(line(f"due {text} at noon")).find(date(2026, 3, 12))
    assert match.text == text


def test_another_date_is_not_found():
    assert page(line("due 13.03.2026, 12.04.2026, 112.03.2026")).find(date(2026, 3, 12)) == ()


@pytest.mark.parametrize(
    ("wanted", "lines", "text"),
    [
        ("Invoice No 4711", ["Invo1ce N0 4711"], "Invo1ce N0 4711"),
        ("total amount", ["the tota1amount is"], "tota1amount"),
        ("today", ["it is to day."], "to day."),
        ("recognition", ["the recog-", "n1tion of"], "recog-\nn1tion"),
        ("\u94f6\u884c\u8d26\u6237", ["\u5728\u94f6\u884c\u8d26\u5c42\u91cc"], "\u94f6\u884c\u8d26\u5c42"),
    ],
)
def test_similar_text_is_found_if_allowed(wanted, lines, text):
    read = page(*(line(each, 30 * number) for number, each in enumerate(lines)))
    assert read.find(wanted) == ()
    (match,) = read.find(wanted, similarity=0.7)
    assert match.text == text
    assert 0.7 <= match.similarity < 1 or match.text == "to day."


def test_equal_text_comes_with_similarity_one_and_only_once():
    found = page(line("total and tota1")).find("total", similarity=0.8)
    assert [(match.text, match.similarity) for match in found] == [("total", 1), ("tota1", 0.95)]


@given(st.text("abl1 -", max_size=40), st.text("abl1 ", max_size=8), st.floats(0.3, 0.9))
def test_similar_matches_are_in_order_and_do_not_overlap(text, wanted, similarity):
    spans = [(match.text, match.similarity) for match in page(line(text)).find(wanted, similarity=similarity)]
    assert all(found and similarity <= value <= 1 for found, value in spans)


def test_a_document_is_searched_on_all_pages():
    second = page(line("total")).model_copy(update={"index": 1})
    document = Document(page_count=2, pages=(page(line("the total")), second))
    assert [match.page for match in document.find("total")] == [1, 2]
