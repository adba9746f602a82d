"""Readings that are far too short for their lines."""

from __future__ import annotations

import numpy as np
import pytest

from ocrkit.geometry import Box
from ocrkit.result import Line, Word
from ocrkit.scripts.room import blank_width, is_hardly_read


@pytest.mark.parametrize(
    ("text", "width", "hardly"),
    [
        ("The garden is open on Sunday", 400, False),
        ("P R E F A C E", 400, False),  # widely spaced
        ("統計年報", 130, False),
        ("03 3", 400, True),
        ("—", 400, True),
        ("可", 400, True),
        ("No", 90, False),  # a short line is not judged
        ("", 400, True),
    ],
)
def test_a_reading_has_to_fill_its_line(text: str, width: int, hardly: bool) -> None:
    assert is_hardly_read(Box(50, 50, 50 + width, 80).polygon, text) is hardly


@pytest.mark.parametrize(("ink", "blank"), [(slice(0, 0), 520), (slice(300, 400), 0)])
def test_the_space_between_columns_is_not_text_that_was_not_recognized(ink: slice, blank: float) -> None:
    pixels = np.full((40, 760), 240, np.uint8)
    pixels[10:30:2, :100] = pixels[10:30:2, 620:] = pixels[10:30:2, ink] = 20
    words = [
        Word(text="Sowing", polygon=Box(0, 8, 100, 32).polygon),
        Word(text="Returns", polygon=Box(620, 8, 760, 32).polygon),
    ]
    line = Line.of(words)
    assert blank_width(pixels, line) == blank
    assert line.polygon is not None
    assert is_hardly_read(line.polygon, line.text, blank) is (blank == 0)
