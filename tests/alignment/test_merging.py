"""One text from several readings of a line."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.alignment import merge_readings


class Letter(NamedTuple):
    text: str
    confidence: float


def reading(text, confidence=0.9, **doubtful):
    return [Letter(each, doubtful.get(each, confidence)) for each in text]


def merged(main, *others, lead=1.0):
    return "".join(letter.text for letter in merge_readings(main, others, lead))


def test_two_readings_outvote_the_main_one() -> None:
    assert merged(reading("moke it"), reading("make it"), reading("make if")) == "make it"


def test_one_reading_does_not() -> None:
    assert merged(reading("moke it"), reading("make it"), reading("moke it")) == "moke it"
    assert merged(reading("moke"), reading("make"), reading("mike")) == "moke"


def test_two_doubtful_readings_do_not_outvote_a_sure_one() -> None:
    others = reading("rnade", r=0.4, n=0.4), reading("rnade", r=0.4, n=0.4)
    assert merged(reading("made", m=0.99), *others) == "made"


@pytest.mark.parametrize(
    ("main", "others", "expected"),
    [
        ("burn", ("bum", "bum"), "bum"),
        ("bum", ("burn", "burn"), "burn"),
        ("boats", ("two boats", "two boats"), "two boats"),
        ("boats", ("boats!", "boats!"), "boats!"),
        ("", ("a", "a"), "a"),
        ("a", ("", ""), "a"),
    ],
)
def test_stretches_of_different_length_are_voted_on_whole(main, others, expected) -> None:
    assert merged(reading(main), *map(reading, others)) == expected


def test_a_letter_is_left_out_only_if_it_is_doubtful() -> None:
    others = reading("twoboats"), reading("twoboats")
    assert merged(reading("two boats"), *others) == "two boats"
    assert merged(reading("two boats", **{" ": 0.4}), *others) == "twoboats"


def test_letters_keep_their_other_fields() -> None:
    main, other = reading("cat", c=0.3), reading("bat", b=0.8)
    assert merge_readings(main, [other, other]) == [other[0], *main[1:]]


@given(st.text("abc ", max_size=12), st.lists(st.text("abc ", max_size=12), max_size=3))
def test_every_letter_is_one_of_a_reading(main, others) -> None:
    letters = merge_readings(reading(main), [reading(other) for other in others])
    assert {letter.text for letter in letters} <= set("".join([main, *others]))
    assert merged(reading(main), reading(main), reading(main)) == main


@given(st.text("abc ", max_size=12), st.text("abc ", max_size=12))
def test_a_unanimous_other_reading_wins_everywhere_where_all_are_equally_sure(main, other) -> None:
    assert merged(reading(main), *[reading(other)] * 3, lead=0.0) == other
