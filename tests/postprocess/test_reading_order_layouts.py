"""Reading order of demanding layouts, and properties that hold for any page."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrkit.geometry import Box, Point, Transform
from ocrkit.postprocess.reading_order import order
from ocrkit.result import Block, Cell, Line, PageResult, Table, Trace, Word

HEIGHT, PITCH = 20, 26
WIDTH, TALL = 1000, 1400


def line(text, left, top, width=None, height=HEIGHT):
    """A line of words whose width is proportional to their length."""
    width = width or 10 * len(text)
    share = width / len(text)
    words, start = [], 0
    for part in text.split(" "):
        box = Box(left + start * share, top, left + (start + len(part)) * share, top + height)
        words.append(Word(text=part, polygon=box.polygon))
        start += len(part) + 1
    return Line.of(words)


def prose(name, count, left, top, width, pitch=PITCH):
    """Lines that fill their column, except the last one."""
    texts = [f"{name}{number} some words of prose that fill it" for number in range(count)]
    lines = [line(text, left, top + number * pitch, width) for number, text in enumerate(texts[:-1])]
    return [*lines, line(f"{name}{count - 1} ends", left, top + (count - 1) * pitch)]


def page(lines, width=WIDTH, height=TALL, **fields):
    lines = list(lines)
    random.Random(7).shuffle(lines)
    blocks = tuple(Block.of([line]) for line in lines)
    return PageResult(width=width, height=height, blocks=blocks, trace=Trace(backend="test"), **fields)


def heads(result):
    """The first word of each line."""
    return [line.text.split()[0] for line in result.lines]


def named(name, count):
    return [f"{name}{number}" for number in range(count)]


@pytest.mark.parametrize("shift", [0, 9, 13], ids=["common baselines", "a third lower", "half a line lower"])
def test_columns_need_no_common_baselines(shift):
    left, right = prose("l", 14, 100, 100, 380), prose("r", 9, 520, 100 + shift, 380)
    assert heads(order(page([*left, *right]))) == named("l", 14) + named("r", 9)


def test_a_gutter_bends_around_a_picture_and_its_caption():
    def column(name, inner):
        lines = []
        for number in range(30):
            narrow = 8 <= number < 22
            left = 520 + (130 if narrow else 0) if inner else 100
            width = 380 - (130 if narrow else 0)
            lines.append(line(f"{name}{number} words enough", left, 100 + number * PITCH, width))
        return lines

    caption = [line("The view", 430, 100 + 19 * PITCH, 140), line("from above", 430, 100 + 20 * PITCH, 140)]
    found = heads(order(page([*column("l", inner=False), *column("r", inner=True), *caption])))
    assert [head for head in found if head[0] == "l"] == named("l", 30) == found[:30]
    assert [head for head in found if head[0] == "r"] == named("r", 30)


def test_a_note_in_the_margin_is_not_mixed_with_the_text():
    text = prose("t", 20, 100, 100, 560)
    note = [line(f"n{number} a note", 720, 210 + number * 19, 150, 14) for number in range(6)]
    found = heads(order(page([*text, *note])))
    assert [head for head in found if head[0] == "n"] == named("n", 6)
    assert "".join(head[0] for head in found).strip("t") == "n" * 6  # without interruption


def test_headings_of_columns_stay_with_their_column():
    fragments = []
    for column, name in enumerate("abc"):
        left = 60 + column * 310
        fragments.append(line(f"{name} heading", left, 100, 150, 30))
        fragments += prose(name, 6, left, 190, 270)
    assert heads(order(page(fragments))) == [head for name in "abc" for head in (name, *named(name, 6))]


def test_a_page_number_under_the_left_column_comes_last():
    fragments = [*prose("l", 20, 100, 100, 380), *prose("r", 20, 520, 100, 380), line("17", 100, 1300)]
    assert heads(order(page(fragments))) == [*named("l", 20), *named("r", 20), "17"]


def test_cells_of_several_lines_are_read_cell_by_cell():
    rows = [
        (["Taught and", "assessed by", "all of them"], ["the same level", "as in class"], ["12"]),
        (["Achievement", "in standards"], ["quite another", "level which is", "written out"], ["7"]),
        (["Participating", "students only"], ["those who need", "another way"], ["31"]),
    ]
    fragments, top = [], 100
    for cells in rows:
        for column, cell in enumerate(cells):
            fragments += [line(text, 60 + column * 220, top + n * PITCH) for n, text in enumerate(cell)]
        top += max(map(len, cells)) * PITCH + 16
    expected = " ".join(text for cells in rows for cell in cells for text in cell)
    assert " ".join(order(page(fragments)).text.split()) == expected


def test_a_label_centered_in_its_table_row_comes_first():
    value = [
        line(text, 260, 100 + n * PITCH, 500)
        for n, text in enumerate(["one more", "and two more", "and three"])
    ]
    label = [line("Label of", 60, 100 + PITCH / 2), line("two lines", 60, 100 + 3 * PITCH / 2)]
    text = order(page([*value, *label, line("Next", 60, 200), line("row", 260, 200)])).text
    assert text.split() == "Label of two lines one more and two more and three Next row".split()


def test_prices_of_a_receipt_are_on_the_lines_of_their_articles():
    articles = ["BREAD", "MILK 2 L", "COFFEE BEANS DARK", "TOTAL"]
    fragments = [line("THE CORNER SHOP", 260, 60), line("12 LONG STREET", 265, 90)]
    for number, (article, price) in enumerate(zip(articles, ("2.40", "1.15", "11.90", "15.45"), strict=True)):
        fragments += [
            line(article, 100, 150 + number * PITCH),
            line(price, 640 - 10 * len(price), 153 + number * PITCH),
        ]
    lines = [line.text for line in order(page(fragments)).lines]
    assert lines[2:] == ["BREAD 2.40", "MILK 2 L 1.15", "COFFEE BEANS DARK 11.90", "TOTAL 15.45"]


def test_a_drop_capital_is_read_with_the_first_line():
    big = line("W", 100, 100, 50, 3 * HEIGHT)
    lines = [line(f"h{n} goes on here", 160, 100 + n * PITCH, 500) for n in range(2)]
    lines += [line(f"t{n} goes on here", 100, 100 + n * PITCH, 560) for n in range(2, 6)]
    assert order(page([big, *lines])).text.split()[:2] == ["Wh0", "goes"]


def test_hebrew_columns_run_from_right_to_left():
    right = [line(f"שורה ימין {n} עם מילים", 520, 100 + n * PITCH, 380) for n in range(6)]
    left = [line(f"שורה שמאל {n} עם מילים", 100, 100 + n * PITCH, 380) for n in range(6)]
    assert [line.text for line in order(page([*left, *right])).lines] == [
        line.text for line in (*right, *left)
    ]


def test_fragments_of_a_hebrew_line_are_joined_from_right_to_left():
    assert order(page([line("שלום", 500, 100), line("עולם", 440, 101)])).text == "שלום עולם"


def test_columns_of_vertical_japanese_run_from_right_to_left():
    upright = [line(f"第{n}行目の文章がここにある", 100, 100 + n * 40, 500) for n in range(8)]
    turned = page(upright, WIDTH, TALL).transformed(Transform.quarter_turns(1, WIDTH, TALL), TALL, WIDTH)
    assert [line.text for line in order(turned).lines] == [line.text for line in upright]


def test_a_skewed_page_with_upright_boxes_is_leveled_by_its_words():
    turn = Transform.rotation(2, Point(WIDTH / 2, TALL / 2))

    def upright(word):
        x, y = turn.point(word.box.center)
        wide, high = word.box.width / 2, word.box.height / 2
        return Word(text=word.text, polygon=Box(x - wide, y - high, x + wide, y + high).polygon)

    fragments = [*prose("l", 20, 60, 100, 420), *prose("r", 20, 530, 113, 420)]
    skewed = [Line.of([upright(word) for word in fragment.words]) for fragment in fragments]
    assert heads(order(page(skewed))) == named("l", 20) + named("r", 20)


def test_a_line_recognized_across_a_gutter_is_split():
    left, right = prose("l", 10, 100, 100, 380), prose("r", 10, 540, 100, 380)
    across = [Line.of([*one.words, *other.words]) for one, other in zip(left, right, strict=True)]
    assert heads(order(page(across))) == named("l", 10) + named("r", 10)


def test_a_recognized_table_is_moved_as_a_whole():
    cells = [line("Bread", 100, 200), line("2.40", 500, 200)]
    table = Table(cells=(Cell(row=0, column=0, text="Bread"), Cell(row=0, column=1, text="2.40")))
    kept = Block.of(cells, kind="table", table=table)
    above, below = Block.of(prose("a", 3, 100, 100, 800)), Block.of(prose("b", 3, 100, 300, 800))
    result = page([]).model_copy(update={"blocks": (below, kept, above)})
    found = order(result)
    assert found.blocks[1] == kept
    assert heads(found) == ["a0", "a1", "a2", "Bread", "2.40", "b0", "b1", "b2"]


_number = st.floats(-50, 1200, allow_nan=False).map(lambda number: round(number, 1))
_polygon = st.lists(st.tuples(_number, _number), min_size=3, max_size=5).map(
    lambda points: tuple(Point(x, y) for x, y in points)
)
_box = st.tuples(_number, _number, st.floats(0, 400), st.floats(0, 60)).map(
    lambda box: Box(box[0], box[1], box[0] + box[2], box[1] + box[3]).polygon
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(_polygon | _box, st.integers(0, 3)), max_size=40), st.integers(0, 3))
def test_every_fragment_is_kept_exactly_once(fragments, turns):
    lines = [
        Line.of(
            [Word(text=f"{number}.{part}", polygon=polygon) for part in range(1 + words)],
            polygon=polygon,
        )
        for number, (polygon, words) in enumerate(fragments)
    ]
    result = page(lines).transformed(Transform.quarter_turns(turns, WIDTH, TALL), WIDTH, TALL)
    found = order(result)
    assert sorted(word.text for word in found.words) == sorted(word.text for word in result.words)
    assert sorted(found.text.split()) == sorted(result.text.split())
    assert order(result) == found


def test_a_table_of_thousands_of_cells_is_read_row_by_row():
    cells = [line(f"{row}.{column}", 100 * column, 25 * row, 60) for row in range(60) for column in range(50)]
    found = order(page(cells, 5000, 1500))
    assert [line.text.split()[0] for line in found.lines] == [f"{row}.0" for row in range(60)]


def balloon(name, right, top, columns):
    """The columns of a balloon from right to left, each running down."""
    found = []
    for number in range(columns):
        left, foot = right - 24 * number - 20, top + 120 - 30 * (number == columns - 1)
        corners = [(left + 20, top), (left + 20, foot), (left, foot), (left, top)]
        polygon = tuple(Point(float(x), float(y)) for x, y in corners)
        text = f"{name}{number}"
        found.append(Line.of([Word(text=text, polygon=polygon, confidence=0.9)], polygon=polygon))
    return found


def test_balloons_of_a_comic_are_read_in_tiers_from_right_to_left():
    first = [*balloon("あ", 900, 100, 3), *balloon("い", 700, 140, 1), *balloon("う", 300, 90, 2)]
    second = [*balloon("え", 800, 500, 2), *balloon("お", 400, 560, 3), *balloon("か", 330, 480, 1)]
    third = [*balloon("き", 500, 900, 2)]
    ordered = order(page([*first, *second, *third]))
    assert [block.text.splitlines()[0] for block in ordered.blocks] == [
        f"{name}0" for name in "あいうえおかき"
    ]
    assert [line.text for line in ordered.lines] == [line.text for line in [*first, *second, *third]]


def test_a_thousand_labels_that_run_down_are_no_balloons():
    labels = [each for n in range(1100) for each in balloon(f"第{n}", 40_000 - 30 * n, 150 * n, 1)]
    found = order(page(labels, 40_000, 170_000))
    assert sorted(line.text for line in found.lines) == sorted(line.text for line in labels)
