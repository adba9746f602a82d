"""Spaces that the network missed although the ink shows them."""

from __future__ import annotations

import numpy as np
import pytest

from ocrkit.backends.ppocr.recognition import RecognizedCharacter, RecognizedText
from ocrkit.backends.ppocr.spaces import with_visible_spaces

LETTER, GAP, SPACE, HEIGHT = 10, 2, 8, 24


def line(printed, recognized):
    """A line whose ink has bars for letters, and its recognized text, with other spaces than are printed."""
    columns, positions = [], []
    for character in printed:
        if character == " ":
            columns += [False] * SPACE
            continue
        positions.append(len(columns) + LETTER / 2)
        columns += [True] * LETTER + [False] * GAP
    places = iter(positions)
    characters, last = [], 0.0
    for character in recognized:
        last = last + 1 if character == " " else next(places)
        characters.append(RecognizedCharacter(character, 0.9, last / len(columns)))
    return RecognizedText(tuple(characters)), np.tile(np.array(columns), (HEIGHT, 1))


@pytest.mark.parametrize(
    ("printed", "recognized", "expected"),
    [
        ("a list of the things", "a list ofthe things", "a list of the things"),
        ("see Table 1 of the things", "see Table1 of the things", "see Table 1 of the things"),
        ("the end. Then it began", "the end.Then it began", "the end. Then it began"),
        ("it was 3 4 in the end", "it was 34 in the end", "it was 34 in the end"),  # figures may stand apart
        ("he said ' so and left", "he said' so and left", "he said' so and left"),
        ("one two", "onetwo", "onetwo"),  # no space shows how wide one is
        ("a list of the things", "a list of the things", "a list of the things"),
    ],
)
def test_a_gap_as_wide_as_a_space_is_one(printed, recognized, expected):
    assert with_visible_spaces(*line(printed, recognized)).text == expected


def test_letters_set_apart_evenly_stay_a_word():
    text, ink = line("t h e w o r d s a r e s p a c e d", "the words are spaced")
    assert with_visible_spaces(text, ink) == text


def test_an_empty_line_stays_empty():
    assert with_visible_spaces(RecognizedText(()), np.zeros((9, 9), bool)).text == ""
