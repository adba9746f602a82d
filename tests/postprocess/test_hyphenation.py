"""Words cut by the end of a line: joined where the hyphen is not theirs, and never by a guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ocrkit
from ocrkit.postprocess.hyphenation import Hyphenation
from ocrkit.result import Block, Cell, Line, PageResult, Table, Trace, Word
from ocrkit.testing.samples import draw_page


def page(*lines: str, told_apart: bool = True, language: str | None = None) -> PageResult:
    made = [
        Line.of([Word(text=word) for word in line.split()], text=line) if told_apart else Line(text=line)
        for line in lines
    ]
    block = Block(lines=tuple(made), language=language)
    return PageResult(width=9, height=9, blocks=(block,), trace=Trace(backend="test"))


def joined(*lines: str) -> str:
    return Hyphenation()(page(*lines)).text


def test_a_word_the_page_has_whole_is_joined_where_it_began() -> None:
    before = page("an example, and one more exam-", "ple, of it")
    after = Hyphenation()(before)
    assert after.text == "an example, and one more example,\nof it"
    assert after.raw_text == before.text
    whole, gone = after.corrections
    assert (whole.before, whole.after) == ("exam-", "example,")
    assert (gone.before, gone.after) == ("ple,", "")
    assert after.blocks[0].lines[1].words[0].text == "of"


@pytest.mark.parametrize(
    "lines",
    [
        ("a well-known man, a well-", "known man, wellknown"),
        ("nobody has said exam-", "ple here"),
        ("an example of the Exam-", "Ple kind"),
        ("from 1990-", "1995 on"),
        ("an example: exam-", "ple"),
        ("a dash –", "example of dash"),
    ],
)
def test_a_hyphen_that_may_be_real_stays(lines: tuple[str, ...]) -> None:
    assert joined(*lines) == "\n".join(lines)


def test_a_soft_hyphen_is_never_real() -> None:
    assert joined("noch ein Bei\u00ad", "spiel davon") == "noch ein Beispiel\ndavon"


def test_a_word_after_the_other() -> None:
    assert (
        joined("example contain", "exam-", "ple con-", "tain it") == "example contain\nexample\ncontain\nit"
    )


def test_a_dictionary_knows_more(require_module) -> None:
    require_module("wordfreq")
    before = page("the new govern-", "ment has well-", "known and re-", "elected members", language="en")
    assert Hyphenation()(before) is before
    after = Hyphenation(dictionaries=True)(before)
    assert after.text == "the new government\nhas well-\nknown and re-\nelected members"


def test_cells_of_a_table_are_not_joined() -> None:
    cells = tuple(
        Cell(text=text, row=0, column=place, lines=(place,)) for place, text in enumerate(("exam-", "ple of"))
    )
    lines = tuple(Line(text=cell.text) for cell in cells)
    block = Block(lines=lines, kind="table", table=Table(cells=cells))
    whole = page("an example")
    whole = whole.model_copy(update={"blocks": (*whole.blocks, block)})
    assert Hyphenation()(whole) is whole


@given(st.lists(st.text("ab-\u00ad ", max_size=12), max_size=6), st.booleans())
def test_twice_is_once_and_no_letter_is_lost(lines: list[str], told_apart: bool) -> None:
    before = page(*lines, told_apart=told_apart)
    once = Hyphenation()(before)
    assert once.raw_text == before.text
    letters = [character for character in before.text if character in "ab"]
    assert [character for character in once.text if character in "ab"] == letters
    assert Hyphenation()(once) is once


def test_with_the_real_engine() -> None:
    drawn = draw_page(["One example is here and", "there is another exam-", "ple of the same kind"])
    document = ocrkit.recognize(
        drawn.page.pixels, postprocess=["hyphenation"], settings=ocrkit.Settings(threads=2)
    )
    assert "another example\nof the same" in document.text
    assert "exam-\nple of" in document.raw_text
