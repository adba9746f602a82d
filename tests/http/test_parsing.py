"""From what services say to what a result says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrkit.errors import BadResponseError
from ocrkit.geometry import Box, Point, polygon_area
from ocrkit.http.parsing import (
    Character,
    ResponseModel,
    Several,
    outline,
    share,
    table_of,
    upright_turn,
    validated,
    words,
)


class Card(ResponseModel):
    number: str
    places: Several[int] = ()


def characters(text, *, width=10.0):
    return [
        Character(letter, Box(width * at, 0, width * (at + 1), 20).polygon, 0.5 + at / 100)
        for at, letter in enumerate(text)
        if letter != " "
    ]


def test_a_reply_may_have_more_than_was_asked_for_and_null_for_an_empty_list():
    assert validated(Card, {"number": "7", "new": {}, "places": None}) == Card(number="7")


def test_a_reply_of_another_shape_is_told_without_what_it_says():
    with pytest.raises(BadResponseError, match=r"places\.1") as caught:
        validated(Card, {"number": "7", "places": [1, "who lives here"]})
    assert "who lives here" not in str(caught.value)
    assert caught.value.__context__ is None
    with pytest.raises(BadResponseError, match="as a whole"):
        validated(Card, ["7"])


@pytest.mark.parametrize(
    ("degrees", "turn"), [(None, 0), (0, 0), (44, 0), (90, 270), (-90, 90), (180, 180), (271, 90), (359.9, 0)]
)
def test_a_page_turned_clockwise_is_turned_back(degrees, turn):
    assert upright_turn(degrees) == turn


def test_per_cents_are_shares():
    assert [share(value) for value in (None, 0, 50, 100, 101, -3)] == [None, 0, 0.5, 1, 1, 0]


def test_an_outline_is_clockwise_from_its_first_corner_and_on_the_picture():
    counterclockwise = [(10, 10), (10, 30), (90, 30), (90, 10)]
    assert outline(counterclockwise, 50, 50) == ((10, 10), (50, 10), (50, 30), (10, 30))
    assert outline([(60, 10), (90, 10), (90, 30)], 50, 50) is None
    assert outline([(1, 1), (2, 2)], 50, 50) is None
    assert outline([], 50, 50) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)), max_size=5))
def test_whatever_the_corners_an_outline_lies_on_the_picture(points):
    found = outline(points, 400, 300)
    if found is not None:
        assert polygon_area(found) > 0
        assert all(0 <= x <= 400 and 0 <= y <= 300 for x, y in found)


def test_characters_become_the_words_between_spaces():
    first, second = words("no bees", characters("no bees"))
    assert (first.text, first.box) == ("no", Box(0, 0, 20, 20))
    assert (second.text, second.box) == ("bees", Box(30, 0, 70, 20))
    assert second.confidence == pytest.approx((0.53 + 0.54 + 0.55 + 0.56) / 4)


def test_a_turned_word_stays_turned():
    downwards = [
        Character(letter, tuple(Point(*point) for point in ((20, y), (20, y + 9), (0, y + 9), (0, y))))
        for y, letter in ((0, "u"), (10, "p"))
    ]
    (word,) = words("up", downwards)
    assert word.polygon == ((20, 0), (20, 19), (0, 19), (0, 0))
    assert word.confidence is None


@pytest.mark.parametrize("found", ["", "nobee", "nobeess", "nobear", "on bees"])
def test_characters_of_something_else_make_no_words(found):
    assert words("no bees", characters(found)) == ()


def test_a_piece_across_a_space_makes_no_words():
    assert words("no bees", [Character("nob"), Character("ees")]) == ()


def test_cells_become_a_table_or_an_error():
    cell = {"text": "a", "row": 0, "column": 0}
    assert table_of([cell, {**cell, "column": 1}], None).rows == (("a", "a"),)
    for wrong in (
        [cell, cell],
        [{**cell, "row": -1}],
        [{**cell, "row": 10**6, "column": 10**6}],
        [{**cell, "row_span": 10**12}],
    ):
        with pytest.raises(BadResponseError, match="table"):
            table_of(wrong, None)
