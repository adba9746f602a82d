"""Words hyphenated across two lines are joined only if the hyphen is certainly not part of the word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ocrkit
from ocrkit.postprocess.hyphenation import Hyphenation
from ocrkit.result import Block, Cell, Line, PageResult, Table, Trace, Word
from ocrkit.testing.samples import draw_page


def page(*lines: str, with_words: bool = True, language: str | None = None) -> PageResult:
    made = [
        Line.of([Word(text=word) for word in line.split()], text=line) if with_words else Line(text=line)
        for line in lines
    ]
    block = Block(lines=tuple(made), language=language)
    return PageResult(width=9, height=9, blocks=(block,), trace=Trace(backend="test"))


def hyphenated(*lines: str) -> str:
    return Hyphenation()(page(*lines)).text


def test_a_word_found_unhyphenated_on_the_page_is_joined_on_the_first_line() -> None:
    before = page("an example, and one more exam-", "ple, of it")
    after = Hyphenation()(before)
    assert after.text == "an example, and one more example,\nof it"
    assert after.raw_text == before.text
    joined, removed = after.corrections
    assert (joined.before, joined.after) == ("exam-", "example,")
    assert (removed.before, removed.after) == ("ple,", "")
    assert removed.reason == "moved to the previous line as part of 'example,'"
    assert after.blocks[0].lines[1].words[0].text == "of"


@pytest.mark.parametrize(
    "lines",
    [
        ("a well-known man, a well-", "known man, wellknown"),
        ("not on the page: exam-", "ple here"),
        ("an example of the Exam-", "Ple kind"),
        ("from 1990-", "1995 on"),
        ("an example: exam-", "ple"),
        ("a dash –", "example of dash"),
    ],
)
def test_a_hyphen_that_may_be_part_of_the_word_stays(lines: tuple[str, ...]) -> None:
    assert hyphenated(*lines) == "\n".join(lines)


def test_a_soft_hyphen_is_always_removed() -> None:
    assert hyphenated("noch ein Bei\u00ad", "spiel davon") == "noch ein Beispiel\ndavon"


def test_consecutive_lines_may_all_end_in_a_hyphen() -> None:
    text = hyphenated("example contain", "exam-", "ple con-", "tain it")
    assert text == "example contain\nexample\ncontain\nit"


def test_a_dictionary_joins_words_that_the_page_does_not_contain(require_module) -> None:
    require_module("wordfreq")
    before = page("the new govern-", "ment has well-", "known and re-", "elected members", language="en")
    assert Hyphenation()(before) is before
    after = Hyphenation(dictionaries=True)(before)
    assert after.text == "the new government\nhas well-\nknown and re-\nelected members"


def test_table_cells_are_not_joined() -> None:
    cells = tuple(
        Cell(text=text, row=0, column=column, lines=(column,))
        for column, text in enumerate(("exam-", "ple of"))
    )
    lines = tuple(Line(text=cell.text) for cell in cells)
    block = Block(lines=lines, kind="table", table=Table(cells=cells))
    whole = page("an example")
    whole = whole.model_copy(update={"blocks": (*whole.blocks, block)})
    assert Hyphenation()(whole) is whole


@given(st.lists(st.text("ab-\u00ad ", max_size=12), max_size=6), st.booleans())
def test_the_step_is_idempotent_and_keeps_all_letters(lines: list[str], with_words: bool) -> None:
    before = page(*lines, with_words=with_words)
    once = Hyphenation()(before)
    assert once.raw_text == before.text
    letters = [character for character in before.text if character in "ab"]
    assert [character for character in once.text if character in "ab"] == letters
    assert Hyphenation()(once) is once


def test_a_hyphenated_word_of_the_real_engine_is_joined(default_engine: ocrkit.OcrBackend) -> None:
    drawn = draw_page(["One example is here and", "there is another exam-", "ple of the same kind"])
    document = ocrkit.recognize(
        drawn.page.pixels, backend=default_engine, postprocess=["hyphenation"], settings=ocrkit.Settings()
    )
    assert "another example\nof the same" in document.text
    assert "exam-\nple of" in document.raw_text
