"""The rules that decide which proposals of a language model are applied."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.postprocess.llm.guards import is_protected, rejection_reason
from ocrkit.postprocess.spelling.shapes import edit_distance


@pytest.mark.parametrize(("before", "after"), [
    ("rnachine", "machine"), ("Gescbäft", "Geschäft"), ("tbe", "the"), ("wonId", "would"), ("„Hauſ“,", "„Haus“,"),
    ("Bergstraffe", "Bergstrasse"), ("Привот", "Привет"), ("天氕預報", "天氣預報"),
])  # fmt: skip
def test_plausible_misreadings_are_accepted(before, after):
    assert rejection_reason(before, after) is None


@pytest.mark.parametrize("text", [
    "1O4.50", "€5O", "2O24-11-21", "DE89370400440532O13000", "a@b.c", "www.x", "x.org/y", "C:\\x", "NATO", "EU", "iPhone",
    "eBay", "a", "I", "10%", "#4711", "§12", "B2B", "qui5", "--", "",
])  # fmt: skip
def test_numbers_codes_addresses_and_abbreviations_are_protected(text):
    assert is_protected(text)


@pytest.mark.parametrize("text", ["rnachine", "tbe", "Gescbäft", "„Haus“,", "HOUSES", "Привет", "天氣"])
def test_ordinary_words_are_not_protected(text):
    assert not is_protected(text)


@pytest.mark.parametrize(("before", "after"), [
    ("house", "building"), ("house", "houses and gardens"), ("house", ""), ("house", "h0use"), ("house", "12345"),
    ("house", "House"), ("House", "house"), ("house,", "house"), ("house", "house."), ("house", "дом"), ("house", "hоuse"),
    ("Haus", "house"), ("cat", "dog"), ("cat", "cart!"), ("no", "yes"), ("colour", "co\nlour"), ("colour", "col our"),
    ("house", "HOUSE"), ("house", "hou\u200bse"), ("house", "www.house"), ("teh", "thethethe"), ("understand", "ununderstandable"),
])  # fmt: skip
def test_other_changes_are_rejected(before, after):
    assert rejection_reason(before, after) is not None


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_the_edit_distance_is_that_of_levenshtein(one, other):
    from rapidfuzz.distance import Levenshtein

    assert edit_distance(one, other) == Levenshtein.distance(one, other)
