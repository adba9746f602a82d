"""Alignment of two readings of one text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.alignment import align_characters, align_words, group_lines, similarity
from ocrkit.geometry import Box
from ocrkit.result import Line

texts = st.text("abcm rn1l", max_size=30)
words = st.lists(st.text("abcmrn1l", min_size=1, max_size=6), max_size=8)


@given(texts, texts)
def test_segments_cover_both_texts_in_order(first, second):
    segments = align_characters(first, second)
    assert "".join(first[segment.first] for segment in segments) == first
    assert "".join(second[segment.second] for segment in segments) == second
    for segment in segments:
        here, there = first[segment.first], second[segment.second]
        assert (here == there) is (segment.kind == "equal")
        assert (not here) is (segment.kind == "insert")
        assert (not there) is (segment.kind == "delete")


@given(texts, texts)
def test_differences_do_not_touch(first, second):
    kinds = [segment.kind == "equal" for segment in align_characters(first, second)]
    assert all(one != other for one, other in pairwise(kinds))


def test_a_confusion_of_two_letters_with_one_is_one_replacement():
    first, second, third = align_characters("modern house", "modem house")
    assert [first.kind, second.kind, third.kind] == ["equal", "replace", "equal"]
    assert ("modern house"[second.first], "modem house"[second.second]) == ("rn", "m")


def test_similarity_is_the_share_of_characters_that_agree():
    assert similarity("", "") == 1
    assert similarity("abcd", "abcx") == pytest.approx(0.75)
    assert similarity("abc", "") == 0


@given(words)
def test_a_text_aligns_with_itself(text):
    assert align_words(text, text) == [(number,) for number in range(len(text))]


@given(words, words)
def test_counterparts_are_in_order(first, second):
    positions = [position for counterparts in align_words(first, second) for position in counterparts]
    assert positions == sorted(positions)
    assert all(0 <= position < len(second) for position in positions)


@pytest.mark.parametrize(
    ("words", "others", "expected"),
    [
        ("the modern house", "the modem house", [(0,), (1,), (2,)]),
        ("to day is", "today is", [(0,), (0,), (1,)]),
        ("today is", "to day is", [(0, 1), (2,)]),
        ("one two three", "one three", [(0,), (), (1,)]),
        ("one three", "one two three", [(0,), (2,)]),
        ("alpha", "", [()]),
        ("", "alpha", []),
        ("12.50 EUR", "12,50 EUR", [(0,), (1,)]),
    ],
)
def test_words_find_their_counterparts(words, others, expected):
    assert align_words(words.split(), others.split()) == expected


def line(left: float, top: float, right: float, bottom: float) -> Line:
    return Line(text="x", box=Box(left, top, right, bottom))


def test_lines_in_one_place_are_a_group():
    first = [line(0, 0, 100, 10), line(0, 20, 100, 30)]
    second = [line(0, 19, 40, 29), line(50, 21, 100, 31), line(1, 1, 99, 9)]
    assert group_lines([first, second]) == [((0,), (2,)), ((1,), (0, 1))]


def test_a_line_of_one_reading_keeps_its_place():
    first = [line(0, 0, 100, 10), line(0, 40, 100, 50)]
    second = [line(0, 0, 100, 10), line(0, 20, 100, 30), line(0, 40, 100, 50)]
    assert group_lines([first, second]) == [((0,), (0,)), ((), (1,)), ((1,), (2,))]


def test_readings_without_places_are_one_group():
    assert group_lines([[Line(text="a")], [line(0, 0, 9, 9), line(0, 20, 9, 29)]]) == [((0,), (0, 1))]
