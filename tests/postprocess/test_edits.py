"""Edited blocks stay consistent, and `raw_text` keeps what the engine read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.document import Document
from ocrkit.geometry import Box
from ocrkit.postprocess.edits import Edit, apply_edits, diff_line, word_spans
from ocrkit.result import Block, Cell, Line, PageResult, Table, Trace, Word


def word(text: str, left: float = 0, **fields: object) -> Word:
    return Word(text=text, polygon=Box(left, 0, left + 10 * len(text), 10).polygon, **fields)  # type: ignore[arg-type]


def line(text: str, **fields: object) -> Line:
    """A line whose words have the width of their text, with gaps between them."""
    words, left = [], 0.0
    for part in text.split():
        words.append(word(part, left, **fields))
        left += 10 * len(part) + 10
    return Line.of(words, text=text)


def rewritten(text: str, after: str, *, with_words: bool = True) -> Block:
    before = line(text) if with_words else Line(text=text)
    return apply_edits(Block.of([before]), diff_line(before, 0, after, "as it should be"), "test")


def changes(block: Block) -> list[tuple[str, str]]:
    page = PageResult(width=1, height=1, blocks=(block,), trace=Trace(backend="test"))
    return [(each.before, each.after) for each in page.corrections]


def test_a_changed_word_keeps_its_position_and_records_the_correction() -> None:
    before = Line.of([word("tbe", confidence=0.4), word("end", 40, confidence=0.9)], language="en")
    edit = Edit(0, 0, 3, "the", "not a word", 0.8)
    block = apply_edits(Block.of([before]), [edit], "spelling")
    (the, end) = block.lines[0].words
    assert (the.text, the.raw_text, the.polygon, the.confidence) == (
        "the",
        "tbe",
        before.words[0].polygon,
        0.4,
    )
    (correction,) = the.corrections
    assert (correction.before, correction.after, correction.by) == ("tbe", "the", "spelling")
    assert (correction.reason, correction.confidence) == ("not a word", 0.8)
    assert end is before.words[1]
    assert (block.text, block.raw_text, block.language) == ("the end", "tbe end", "en")


def test_merged_words_get_the_position_of_all_of_them() -> None:
    block = rewritten("a d og barks", "a dog barks")
    dog = block.lines[0].words[1]
    assert (dog.text, dog.raw_text, dog.box) == ("dog", "d og", Box(20, 0, 60, 10))
    assert changes(block) == [("d og", "dog")]


def test_a_split_word_is_divided_in_proportion() -> None:
    block = rewritten("thelazy dog", "the lazy dog")
    the, lazy, dog = block.lines[0].words
    assert (the.text, lazy.text, dog.text) == ("the", "lazy", "dog")
    assert (the.raw_text, lazy.raw_text) == ("thelazy", "")
    assert the.box is not None
    assert lazy.box is not None
    assert (the.box.left, lazy.box.right) == (0, 70)
    assert the.box.right < lazy.box.left
    assert changes(block) == [("thelazy", "the lazy")]


def test_the_block_records_the_removal_of_a_word() -> None:
    block = rewritten("a big dog", "a dog")
    assert [each.before for each in block.corrections] == ["big"]
    assert block.raw_text == "a big dog"


def test_the_block_records_corrections_of_lines_without_words() -> None:
    block = rewritten("a bjg dog", "a big dog", with_words=False)
    assert [(each.before, each.after) for each in block.corrections] == [("bjg", "big")]
    assert (block.text, block.raw_text) == ("a big dog", "a bjg dog")


def test_an_inserted_word_has_no_position_and_no_raw_text() -> None:
    block = rewritten("a dog", "a big dog")
    big = block.lines[0].words[1]
    assert (big.text, big.raw_text, big.polygon) == ("big", "", None)
    assert [(each.before, each.after) for each in big.corrections] == [("", "big")]


def test_a_second_change_keeps_the_first_correction() -> None:
    block = rewritten("tbe", "tha")
    block = apply_edits(block, diff_line(block.lines[0], 0, "the", "again"), "other")
    (only,) = block.lines[0].words
    assert only.raw_text == "tbe"
    assert [(each.before, each.after, each.by) for each in only.corrections] == [
        ("tbe", "tha", "test"), ("tha", "the", "other"),
    ]  # fmt: skip


def test_table_cells_follow_their_lines() -> None:
    table = Table(
        cells=(Cell(text="Totol", row=0, column=0, lines=(0,)), Cell(text="12", row=0, column=1, lines=(1,)))
    )
    block = Block.of([line("Totol"), line("12")], kind="table", table=table)
    block = apply_edits(block, [Edit(0, 0, 5, "Total", "is a word")], "test")
    assert block.table is not None
    assert (block.text, block.raw_text) == ("Total\t12", "Totol\t12")
    assert (block.table.cells[0].text, block.table.cells[0].raw_text) == ("Total", "Totol")


def test_a_line_whose_words_do_not_match_its_text_stays() -> None:
    odd = Line(text="one two", words=(Word(text="three"),))
    block = Block.of([odd])
    assert apply_edits(block, [Edit(0, 0, 3, "eins", "translated")], "test") is block
    assert word_spans(odd) == ()


def test_without_changes_the_same_block_is_returned() -> None:
    block = Block.of([line("as it is")])
    assert apply_edits(block, [], "test") is block
    assert apply_edits(block, [Edit(0, 0, 2, "as", "the same")], "test") is block


def test_overlapping_edits_are_rejected() -> None:
    with pytest.raises(ValueError, match="overlap"):
        apply_edits(Block.of([line("one two")]), [Edit(0, 0, 5, "x", ""), Edit(0, 3, 7, "y", "")], "test")


texts = st.lists(st.text("abcé-1中文", min_size=1, max_size=5), max_size=6).map(" ".join)


@given(texts, texts, st.booleans())
def test_any_text_can_become_any_other_without_losing_raw_text(
    before: str, after: str, with_words: bool
) -> None:
    block = rewritten(before, after, with_words=with_words)
    (made,) = block.lines
    assert (block.text, block.raw_text) == (after, before)
    if with_words and before:
        assert [each.text for each in made.words] == after.split()
        kept = [each.raw_text for each in made.words] + [each.before for each in block.corrections]
        assert sorted("".join("".join(kept).split())) == sorted("".join(before.split()))
    assert bool(changes(block)) == (before != after)
    again = apply_edits(block, diff_line(made, 0, after, "again"), "test")
    assert again is block
    page = PageResult(width=1, height=1, blocks=(block,), trace=Trace(backend="test"))
    document = Document(page_count=1, pages=(page,))
    assert Document.from_json(document.to_json()) == document
