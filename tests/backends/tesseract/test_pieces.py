"""Words that packs report in pieces."""

from __future__ import annotations

import pytest

from ocrkit.backends.tesseract.pieces import Piece, join_pieces, repaired
from ocrkit.geometry import Box


def pieces(*parts: tuple[str, float, float]) -> list[Piece]:
    return [
        Piece(text, Box(left, 100, right, 130), 0.5 + 0.1 * number, number)
        for number, (text, left, right) in enumerate(parts)
    ]


def test_pieces_of_a_korean_word_are_joined_where_the_gap_is_narrow() -> None:
    line = pieces(("모든", 122, 176), ("인", 188, 211), ("간", 216, 240), ("은", 241, 263), (".", 264, 267))
    words = join_pieces(line)
    assert [word.text for word in words] == ["모든", "인간은."]
    assert words[1].box == Box(188, 100, 267, 130)
    assert words[1].confidence == pytest.approx(0.75)
    assert [word.position for word in words] == [0, -1]


def test_letters_of_thai_are_joined_and_phrases_are_not() -> None:
    line = pieces(("ม", 10, 20), ("น", 22, 32), ("ุ", 24, 30), ("แ", 52, 60), ("ล", 61, 70))
    assert [word.text for word in join_pieces(line)] == ["มนุ", "แล"]


def test_words_of_other_scripts_do_not_change() -> None:
    line = pieces(("one", 10, 40), ("two", 42, 70))
    assert join_pieces(line) == line


def test_pieces_below_one_another_are_not_joined() -> None:
    above, below = Piece("모", Box(10, 10, 40, 40), 0.9, 0), Piece("든", Box(10, 50, 40, 80), 0.9, 1)
    assert join_pieces([above, below]) == [above, below]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("\u00b5\u03b5", "\u03bc\u03b5"),
        ("5 \u00b5m", "5 \u00b5m"),
        ("\u0baa\u0bcd\u200c", "\u0baa\u0bcd"),
        ("\u0baa\u0bcd\u200c;", "\u0baa\u0bcd;"),
        ("\u0646\u200c\u0647", "\u0646\u200c\u0647"),
    ],
)
def test_letters_are_repaired(text: str, word: str) -> None:
    assert repaired(text) == word
