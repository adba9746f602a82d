"""Lines and reading order of common layouts."""

import random

import pytest

from ocrkit.geometry import Box, Transform
from ocrkit.postprocess.reading_order import order
from ocrkit.result import Block, Line, PageResult, Trace, Word

HEIGHT, PITCH = 20, 30
WIDTH, TALL = 1000, 1400


def line(text, left, top, width=None, height=HEIGHT):
    box = Box(left, top, left + (width or 11 * len(text)), top + height)
    return Line.of([Word(text=text, polygon=box.polygon, confidence=0.9)], text=text)


def stack(texts, left, top, width, pitch=PITCH):
    return [line(text, left, top + number * pitch, width) for number, text in enumerate(texts)]


def page(lines, transform=None):
    """A result of an engine without reading order: one block per line, shuffled."""
    lines = list(lines)
    random.Random(4).shuffle(lines)
    result = PageResult(
        width=WIDTH,
        height=TALL,
        blocks=tuple(Block.of([line]) for line in lines),
        trace=Trace(backend="test"),
    )
    return result.transformed(transform, WIDTH, TALL) if transform else result


def test_one_column_is_read_from_top_to_bottom():
    assert order(page(stack(["first", "second", "third"], 100, 100, 600))).text == "first\nsecond\nthird"


def test_pieces_of_a_row_that_are_joined_keep_their_script():
    pieces = [line("Ένα", 100, 100), line("κείμενο", 140, 100), line("Και άλλο", 100, 130)]
    ordered = order(page(each.model_copy(update={"script": "Grek"}) for each in pieces))
    assert [(each.text, each.script) for each in ordered.lines] == [
        ("Ένα κείμενο", "Grek"),
        ("Και άλλο", "Grek"),
    ]


def test_two_columns_under_a_heading_are_read_one_after_the_other():
    left = stack([f"left {n}" for n in range(9)], 100, 200, 350)
    right = stack([f"right {n}" for n in range(7)], 520, 200, 350)
    heading = line("A heading over both", 150, 120, 700, 34)
    footer = line("a note under both columns", 150, 600, 700)
    text = order(page([*left, *right, heading, footer])).text.split()
    expected = ["A", "heading", "over", "both"]
    expected += [word for n in range(9) for word in ("left", str(n))]
    expected += [word for n in range(7) for word in ("right", str(n))]
    assert text == [*expected, "a", "note", "under", "both", "columns"]


def test_a_heading_separates_the_columns_above_and_below_it():
    fragments = [*stack(["a1", "a2", "a3"], 100, 100, 350), *stack(["b1", "b2", "b3"], 520, 100, 350)]
    fragments += [line("middle", 100, 230, 770)]
    fragments += [*stack(["c1", "c2", "c3"], 100, 300, 350), *stack(["d1", "d2", "d3"], 520, 300, 350)]
    assert order(page(fragments)).text.split() == "a1 a2 a3 b1 b2 b3 middle c1 c2 c3 d1 d2 d3".split()


def test_three_columns_are_read_from_left_to_right():
    columns = [
        stack([f"{name}{n}" for n in range(4)], left, 100, 250)
        for name, left in zip("abc", (50, 350, 650), strict=True)
    ]
    text = order(page([fragment for column in columns for fragment in column])).text.split()
    assert text == [f"{name}{n}" for name in "abc" for n in range(4)]


def test_prices_stay_with_their_articles():
    articles = stack(["Bread", "Milk", "Coffee beans"], 100, 100, 300)
    prices = stack(["2.40", "1.15", "11.90"], 800, 102, 60)
    assert order(page([*articles, *prices])).text == "Bread 2.40\nMilk 1.15\nCoffee beans 11.90"


def test_pieces_of_a_row_keep_handwriting_and_words():
    """A printed label and a handwritten value in one row, as services report them."""
    label = Line(text="Name:", box=(100, 100, 160, 120), confidence=0.9, handwritten=None)
    value = Line(text="Ada Byron", box=(200, 100, 300, 120), confidence=0.7, handwritten="detected")
    (joined,) = order(page([label, value])).lines
    assert joined.text == "Name: Ada Byron"
    assert [(each.text, each.handwritten, each.confidence) for each in joined.words] == [
        ("Name:", None, 0.9),
        ("Ada Byron", "detected", 0.7),
    ]
    assert (joined.handwritten, joined.confidence) == (None, pytest.approx(0.7714, abs=1e-3))


def test_a_piece_without_words_beside_one_with_words_is_a_word():
    with_words = Line.of(
        [Word(text="Total", box=(100, 100, 150, 120)), Word(text="due", box=(155, 100, 190, 120))]
    )
    without = Line(text="12.30", box=(230, 100, 290, 120), confidence=0.8)
    (joined,) = order(page([with_words, without])).lines
    assert [word.text for word in joined.words] == ["Total", "due", "12.30"]
    assert joined.words[-1].box == Box(230, 100, 290, 120)


@pytest.mark.parametrize(("gap", "text"), [(2, "温室图书馆"), (20, "温室 图书馆")])
def test_a_visible_gap_in_a_row_is_a_space(gap, text):
    """Also between Chinese pieces, which are otherwise joined without one."""
    first, second = line("温室", 100, 100, 40), line("图书馆", 140 + gap, 100, 60)
    assert order(page([first, second])).text == text


def test_a_table_with_wordy_cells_keeps_its_rows():
    rows = [("Article", "Supplier", "Price"), ("Garden hose 25 m", "Hozelock International", "12.99"),
            ("Watering can green", "Gardena Deutschland", "8.49"), ("Wheelbarrow", "Fort Metallbau GmbH", "89.00")]  # fmt: skip
    fragments = [
        line(cell, 60 + column * 330, 100 + row * PITCH)
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
    ]
    assert order(page(fragments)).text == "\n".join(" ".join(cells) for cells in rows)


def test_a_form_with_long_labels_keeps_its_rows():
    rows = [("Name:", "Jane Doe"), ("Date of birth:", "1 February 1980"), ("Place of birth:", "Springfield, Illinois"),
            ("Current address:", "12 Long Street, Springfield"), ("Telephone:", "+49 30 123456")]  # fmt: skip
    fragments = [
        line(cell, 60 + column * 400, 100 + row * 2 * PITCH)
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
    ]
    assert order(page(fragments)).text == "\n".join(" ".join(cells) for cells in rows)


def test_ragged_prose_in_two_columns_is_not_a_table():
    widths = [340, 300, 330, 120, 350, 345, 310, 180]
    left = [line(f"l{n}", 100, 100 + n * PITCH, width) for n, width in enumerate(widths)]
    right = [line(f"r{n}", 520, 100 + n * PITCH, width) for n, width in enumerate(reversed(widths))]
    assert order(page([*left, *right])).text.split() == [f"{side}{n}" for side in "lr" for n in range(8)]


def test_a_joined_line_keeps_words_confidence_and_language():
    fragments = [
        Line(text=text, polygon=Box(left, 100, left + 80, 120).polygon, confidence=confidence, language="en", words=words)
        for text, left, confidence, words in (("Total", 100, 0.9, (Word(text="Total"),)), ("12.99", 600, 0.8, (Word(text="12.99"),)))
    ]  # fmt: skip
    (found,) = order(page(fragments)).lines
    assert (found.text, found.language, len(found.words)) == ("Total 12.99", "en", 2)
    assert found.confidence == pytest.approx(0.85)


def test_fragments_on_one_baseline_become_one_line():
    found = order(
        page(
            [
                line("Name:", 100, 100),
                line("Ada Lovelace", 260, 104),
                line("Born:", 100, 130),
                line("1815", 260, 131),
            ]
        )
    )
    assert [each.text for each in found.lines] == ["Name: Ada Lovelace", "Born: 1815"]
    assert found.lines[0].box == Box(100, 100, 260 + 11 * 12, 124)
    assert [word.text for word in found.words] == ["Name:", "Ada Lovelace", "Born:", "1815"]


def test_a_larger_distance_begins_a_paragraph():
    fragments = [*stack(["a", "b", "c"], 100, 100, 600), *stack(["d", "e"], 100, 100 + 3 * PITCH + 25, 600)]
    assert order(page(fragments)).text == "a\nb\nc\n\nd\ne"


def test_larger_letters_begin_a_paragraph():
    assert (
        order(page([line("Title", 100, 90, 300, 36), *stack(["a", "b"], 100, 135, 600)])).text
        == "Title\n\na\nb"
    )


def test_a_stamp_up_the_side_is_not_joined_with_the_rows_beside_it():
    prose = stack([f"the words of row {row}" for row in range(12)], 100, 60, 400)
    stamp = line("arXiv:2104.01234v2 [cs.CL] 17 May 2021", 20, 80, 14, 180)
    result = order(page([*prose[:5], stamp, *prose[5:]]))
    assert result.blocks[-1].text == stamp.text
    assert [each.text for each in result.lines[:-1]] == [each.text for each in prose]


@pytest.mark.parametrize(
    ("capital", "rest", "text"),
    [("T", "he boat came over", "The boat came over"), ("B", "EFORE THE BRIDGE", "BEFORE THE BRIDGE")],
)
def test_a_drop_capital_is_joined_with_its_word(capital, rest, text):
    letter = line(capital, 100, 100, 40, 3 * PITCH - 2)
    beside = stack([rest, "and nobody asked why", "it had been so late"], 150, 100, 350)
    below = stack([f"the words of row {row}" for row in range(8)], 100, 100 + 3 * PITCH, 400)
    result = order(page([letter, *beside, *below]))
    assert [each.text for each in result.lines[:2]] == [text, beside[1].text]
    assert len(result.blocks) == 1


def test_a_drop_capital_in_the_second_line_returns_to_the_first():
    def words(*texts, left, top):
        boxes = [Box(left + 60 * n, top, left + 60 * n + 50, top + HEIGHT) for n in range(len(texts))]
        return [Word(text=text, polygon=box.polygon) for text, box in zip(texts, boxes, strict=True)]

    letter = Word(text="M", polygon=Box(100, 100, 140, 100 + 3 * PITCH - 2).polygon)
    first = Line.of(words("any", "years", "ago", left=150, top=100))
    second = Line.of([letter, *words("the", "ferry", "came", left=150, top=100 + PITCH)])
    below = stack([f"the words of row {row}" for row in range(8)], 100, 100 + 3 * PITCH, 400)
    result = order(page([first, second, *below]))
    assert [each.text for each in result.lines[:2]] == ["Many years ago", "the ferry came"]


def test_a_letter_that_is_a_word_keeps_its_space():
    letter = line("A", 100, 100, 40, 2 * PITCH - 2)
    beside = stack(["boat came over", "in the night"], 150, 100, 350)
    below = stack([f"the words of row {row}" for row in range(8)], 100, 100 + 2 * PITCH, 400)
    assert order(page([letter, *beside, *below])).lines[0].text == "A boat came over"


def test_two_drop_capitals_beside_one_line_are_both_kept():
    letters = [line("I", 100, 100, 10, 3 * PITCH - 2), line("V", 114, 100, 14, 3 * PITCH - 2)]
    beside = stack(["the third chapter", "and its second line"], 134, 100, 350)
    below = stack([f"the words of row {row}" for row in range(8)], 100, 100 + 3 * PITCH, 400)
    found = order(page([*letters, *beside, *below])).text
    assert sorted(found.replace("\n", "").replace(" ", "")) == sorted(
        "".join(each.text for each in (*letters, *beside, *below)).replace(" ", "")
    )


def test_a_line_without_height_beside_a_drop_capital_is_kept():
    letter = line("T", 100, 100, 40, 3 * PITCH - 2)
    flat = line("flat", 150, 120, 100, 0)
    below = stack([f"the words of row {row}" for row in range(8)], 100, 100 + 3 * PITCH, 400)
    assert "flat" in order(page([letter, flat, *below])).text


def test_a_drop_capital_is_not_joined_with_another_word():
    letter = line("B", 100, 100, 40, 3 * PITCH - 2)
    beside = stack(["Baker Anne 4711", "Bell John 4712", "Bird Mary 4713"], 150, 100, 350)
    below = stack([f"the words of row {row}" for row in range(8)], 100, 100 + 3 * PITCH, 400)
    assert order(page([letter, *beside, *below])).lines[0].text == "B Baker Anne 4711"


def test_a_line_that_is_divided_after_a_drop_capital_keeps_its_script():
    boxes = [Box(100, 100, 140, 188), Box(150, 100, 200, 120), Box(210, 100, 260, 120)]
    words = [
        Word(text=text, polygon=box.polygon) for text, box in zip(("Ή", "ταν", "αργά"), boxes, strict=True)
    ]
    first = Line.of(words, script="Grek")
    below = stack([f"οι λέξεις της γραμμής {row}" for row in range(8)], 100, 200, 400)
    (found, *_) = order(page([first, *below])).lines
    assert (found.text, found.script) == ("Ήταν αργά", "Grek")


@pytest.mark.parametrize("skew", [-3, 2])
def test_skew_does_not_close_the_gutter(skew):
    fragments = [
        *stack([f"l{n}" for n in range(20)], 100, 200, 370),
        *stack([f"r{n}" for n in range(20)], 500, 200, 370),
    ]
    found = order(page(fragments, transform=Transform.rotation(skew, Box(0, 0, WIDTH, TALL).center)))
    assert found.text.split() == [f"{side}{n}" for side in "lr" for n in range(20)]


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_rotated_pages_are_ordered_like_upright_ones(turns):
    fragments = [*stack(["a1", "a2"], 100, 100, 350), *stack(["b1", "b2"], 520, 100, 350)]
    upright = order(page(fragments))
    size = (TALL, WIDTH) if turns % 2 else (WIDTH, TALL)
    turned = page(fragments).transformed(Transform.quarter_turns(turns, WIDTH, TALL), *size)
    assert turned.rotation == -turns % 4 * 90
    assert order(turned).text == upright.text == "a1\na2\n\nb1\nb2"


def test_a_page_without_positions_is_returned_unchanged():
    result = PageResult(
        width=9,
        height=9,
        trace=Trace(backend="t"),
        blocks=(Block.of([Line(text="b")]), Block.of([Line(text="a")])),
    )
    assert order(result) == result


def test_a_blank_page_stays_blank():
    blank = PageResult(width=9, height=9, trace=Trace(backend="t"))
    assert order(blank) == blank
