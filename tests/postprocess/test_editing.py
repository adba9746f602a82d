"""Other text in a block: all around it stays true, and what the engine had read stays exactly that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.document import Document
from ocrkit.geometry import Box
from ocrkit.postprocess.edits import Edit, edited, edits_to, tokens
from ocrkit.result import Block, Cell, Line, PageResult, Table, Trace, Word


def word(text: str, left: float = 0, **fields: object) -> Word:
    return Word(text=text, polygon=Box(left, 0, left + 10 * len(text), 10).polygon, **fields)  # type: ignore[arg-type]


def line(text: str, **fields: object) -> Line:
    """Words as wide as they are long, with a gap between two."""
    words, left = [], 0.0
    for part in text.split():
        words.append(word(part, left, **fields))
        left += 10 * len(part) + 10
    return Line.of(words, text=text)


def rewritten(text: str, after: str, *, told_apart: bool = True) -> Block:
    before = line(text) if told_apart else Line(text=text)
    return edited(Block.of([before]), edits_to(before, 0, after, "as it should be"), "test")


def changes(block: Block) -> list[tuple[str, str]]:
    page = PageResult(width=1, height=1, blocks=(block,), trace=Trace(backend="test"))
    return [(each.before, each.after) for each in page.corrections]


def test_a_word_is_changed_in_its_place_and_says_so() -> None:
    before = Line.of([word("tbe", confidence=0.4), word("end", 40, confidence=0.9)], language="en")
    edit = Edit(0, 0, 3, "the", "is no word", 0.8)
    block = edited(Block.of([before]), [edit], "spelling")
    (the, end) = block.lines[0].words
    assert (the.text, the.raw_text, the.polygon, the.confidence) == (
        "the",
        "tbe",
        before.words[0].polygon,
        0.4,
    )
    (correction,) = the.corrections
    assert (correction.before, correction.after, correction.by) == ("tbe", "the", "spelling")
    assert (correction.reason, correction.confidence) == ("is no word", 0.8)
    assert end is before.words[1]
    assert (block.text, block.raw_text, block.language) == ("the end", "tbe end", "en")


def test_words_that_become_one_have_the_place_of_all() -> None:
    block = rewritten("a d og barks", "a dog barks")
    dog = block.lines[0].words[1]
    assert (dog.text, dog.raw_text, dog.box) == ("dog", "d og", Box(20, 0, 60, 10))
    assert changes(block) == [("d og", "dog")]


def test_a_word_that_becomes_several_is_cut_in_proportion() -> None:
    block = rewritten("thelazy dog", "the lazy dog")
    the, lazy, dog = block.lines[0].words
    assert (the.text, lazy.text, dog.text) == ("the", "lazy", "dog")
    assert (the.raw_text, lazy.raw_text) == ("thelazy", "")
    assert the.box is not None
    assert lazy.box is not None
    assert (the.box.left, lazy.box.right) == (0, 70)
    assert the.box.right < lazy.box.left
    assert changes(block) == [("thelazy", "the lazy")]


def test_what_has_no_word_is_said_by_the_block() -> None:
    gone = rewritten("a big dog", "a dog")
    assert [each.before for each in gone.corrections] == ["big"]
    assert gone.raw_text == "a big dog"
    unsplit = rewritten("a bjg dog", "a big dog", told_apart=False)
    assert [(each.before, each.after) for each in unsplit.corrections] == [("bjg", "big")]
    assert (unsplit.text, unsplit.raw_text) == ("a big dog", "a bjg dog")


def test_what_was_not_there_has_no_place_and_nothing_was_read() -> None:
    block = rewritten("a dog", "a big dog")
    big = block.lines[0].words[1]
    assert (big.text, big.raw_text, big.polygon) == ("big", "", None)
    assert [(each.before, each.after) for each in big.corrections] == [("", "big")]


def test_a_second_change_keeps_the_first() -> None:
    block = rewritten("tbe", "tha")
    block = edited(block, edits_to(block.lines[0], 0, "the", "again"), "other")
    (only,) = block.lines[0].words
    assert only.raw_text == "tbe"
    assert [(each.before, each.after, each.by) for each in only.corrections] == [
        ("tbe", "tha", "test"), ("tha", "the", "other"),
    ]  # fmt: skip


def test_cells_say_what_their_lines_say() -> None:
    table = Table(
        cells=(Cell(text="Totol", row=0, column=0, lines=(0,)), Cell(text="12", row=0, column=1, lines=(1,)))
    )
    block = Block.of([line("Totol"), line("12")], kind="table", table=table)
    block = edited(block, [Edit(0, 0, 5, "Total", "is a word")], "test")
    assert block.table is not None
    assert (block.text, block.raw_text) == ("Total\t12", "Totol\t12")
    assert (block.table.cells[0].text, block.table.cells[0].raw_text) == ("Total", "Totol")


def test_words_that_are_not_those_of_the_text_are_left_alone() -> None:
    odd = Line(text="one two", words=(Word(text="three"),))
    block = Block.of([odd])
    assert edited(block, [Edit(0, 0, 3, "eins", "translated")], "test") is block
    assert tokens(odd) == ()


def test_nothing_to_do_is_the_very_block() -> None:
    block = Block.of([line("as it is")])
    assert edited(block, [], "test") is block
    assert edited(block, [Edit(0, 0, 2, "as", "the same")], "test") is block


def test_edits_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        edited(Block.of([line("one two")]), [Edit(0, 0, 5, "x", ""), Edit(0, 3, 7, "y", "")], "test")


texts = st.lists(st.text("abcé-1中文", min_size=1, max_size=5), max_size=6).map(" ".join)


@given(texts, texts, st.booleans())
def test_any_text_becomes_any_other_and_nothing_is_lost(before: str, after: str, told_apart: bool) -> None:
    block = rewritten(before, after, told_apart=told_apart)
    (made,) = block.lines
    assert (block.text, block.raw_text) == (after, before)
    if told_apart and before:
        assert [each.text for each in made.words] == after.split()
        kept = [each.raw_text for each in made.words] + [each.before for each in block.corrections]
        assert sorted("".join("".join(kept).split())) == sorted("".join(before.split()))
    assert bool(changes(block)) == (before != after)
    again = edited(block, edits_to(made, 0, after, "again"), "test")
    assert again is block
    page = PageResult(width=1, height=1, blocks=(block,), trace=Trace(backend="test"))
    document = Document(page_count=1, pages=(page,))
    assert Document.from_json(document.to_json()) == document
