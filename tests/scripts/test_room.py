"""Readings that are far too short for their lines."""

from __future__ import annotations

import pytest

from ocrkit.geometry import Box
from ocrkit.scripts.room import is_hardly_read


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
