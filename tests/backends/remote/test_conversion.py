"""From the units of services to those of results."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrkit.backends.remote import (
    Character,
    NullableTuple,
    ResponseModel,
    clipped_blocks,
    confidence_of_percent,
    oauth_token,
    polygon_of_corners,
    rotation_of_text,
    upright_rotation,
    validated,
    words_of_characters,
)
from ocrkit.errors import BadResponseError
from ocrkit.geometry import Box, Point, Transform, polygon_area
from ocrkit.http import Response
from ocrkit.result import Block, Line


class Card(ResponseModel):
    number: str
    places: NullableTuple[int] = ()


def characters(text, *, width=10.0):
    return [
        Character(letter, Box(width * at, 0, width * (at + 1), 20).polygon, 0.5 + at / 100)
        for at, letter in enumerate(text)
        if letter != " "
    ]


def test_a_response_may_have_unknown_keys_and_null_for_an_empty_list():
    assert validated(Card, {"number": "7", "new": {}, "places": None}) == Card(number="7")


def test_an_error_says_where_a_response_is_wrong_and_does_not_quote_it():
    with pytest.raises(BadResponseError, match=r"places\.1") as caught:
        validated(Card, {"number": "7", "places": [1, "who lives here"]})
    assert "who lives here" not in str(caught.value)
    assert caught.value.__context__ is None
    with pytest.raises(BadResponseError, match="as a whole"):
        validated(Card, ["7"])


@pytest.mark.parametrize(
    ("degrees", "rotation"),
    [(None, 0), (0, 0), (44, 0), (90, 270), (-90, 90), (180, 180), (271, 90), (359.9, 0)],
)
def test_rotation_undoes_the_angle_of_the_text(degrees, rotation):
    assert upright_rotation(degrees) == rotation


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_most_of_the_text_gives_the_rotation(rotation):
    box = Box(0, 0, 90, 20).polygon
    text = Transform.rotation(-rotation).polygon(box)
    short = Box(0, 0, 5, 5).polygon
    assert rotation_of_text([None, short, text, text]) == rotation
    assert rotation_of_text([]) == 0


def test_clips_blocks_to_the_image():
    (block,) = clipped_blocks([Block.of([Line(text="edge", box=(-5, 10, 120, 20))])], 100, 15)
    assert block.box == block.lines[0].box == Box(0, 10, 100, 15)


def test_percent_becomes_a_confidence_from_0_to_1():
    assert [confidence_of_percent(value) for value in (None, 0, 50, 100, 101, -3)] == [None, 0, 0.5, 1, 1, 0]


def test_a_polygon_is_clockwise_from_its_first_corner_and_clipped():
    counterclockwise = [(10, 10), (10, 30), (90, 30), (90, 10)]
    assert polygon_of_corners(counterclockwise, 50, 50) == ((10, 10), (50, 10), (50, 30), (10, 30))
    assert polygon_of_corners([(60, 10), (90, 10), (90, 30)], 50, 50) is None
    assert polygon_of_corners([(1, 1), (2, 2)], 50, 50) is None
    assert polygon_of_corners([], 50, 50) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)), max_size=5))
def test_any_corners_give_a_polygon_on_the_image_or_none(points):
    found = polygon_of_corners(points, 400, 300)
    if found is not None:
        assert polygon_area(found) > 0
        assert all(0 <= x <= 400 and 0 <= y <= 300 for x, y in found)


def test_words_are_characters_between_spaces():
    first, second = words_of_characters("no bees", characters("no bees"))
    assert (first.text, first.box) == ("no", Box(0, 0, 20, 20))
    assert (second.text, second.box) == ("bees", Box(30, 0, 70, 20))
    assert second.confidence == pytest.approx((0.53 + 0.54 + 0.55 + 0.56) / 4)


def test_a_rotated_word_stays_rotated():
    downwards = [
        Character(letter, tuple(Point(*point) for point in ((20, y), (20, y + 9), (0, y + 9), (0, y))))
        for y, letter in ((0, "u"), (10, "p"))
    ]
    (word,) = words_of_characters("up", downwards)
    assert word.polygon == ((20, 0), (20, 19), (0, 19), (0, 0))
    assert word.confidence is None


@pytest.mark.parametrize("found", ["", "nobee", "nobeess", "nobear", "on bees"])
def test_characters_of_another_text_give_no_words(found):
    assert words_of_characters("no bees", characters(found)) == ()


def test_a_piece_across_a_space_gives_no_words():
    assert words_of_characters("no bees", [Character("nob"), Character("ees")]) == ()


@pytest.mark.parametrize(
    ("body", "lifetime"),
    [(b'{"access_token": "t-1", "expires_in": 60}', 60), (b'{"access_token": "t-1"}', None)],
)
def test_reads_an_oauth_token(body, lifetime):
    token = oauth_token(Response(200, {}, body))
    assert (token.value, token.lifetime_seconds) == ("t-1", lifetime)
    assert "t-1" not in repr(token)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"access_token": ""}', b"<html>", b'{"access_token": "t", "expires_in": 0}']
)
def test_reports_an_invalid_oauth_response(body):
    with pytest.raises(BadResponseError):
        oauth_token(Response(200, {}, body))
