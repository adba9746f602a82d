"""Drawn pages."""

from __future__ import annotations

import numpy as np
import pytest

from ocrkit.testing import draw_image, draw_page
from ocrkit.testing.samples import blank_page


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_word_boxes_contain_all_ink(rotation):
    drawn = draw_page(["Some words", "", "stand here"], rotation=rotation)
    assert [word for word, _ in drawn.words] == ["Some", "words", "stand", "here"]
    remaining = drawn.page.pixels.copy()
    for _, box in drawn.words:
        inside = remaining[round(box.top) : round(box.bottom) + 1, round(box.left) : round(box.right) + 1]
        assert inside.min() < 100, "a word box without ink"
        inside[:] = 255
    assert (remaining < 128).mean() < 0.0005, "ink outside all word boxes"


def test_pages_have_the_given_properties():
    drawn = draw_page("text", size=(300, 200), rotation=90, dpi=150, index=4, color=True)
    assert (drawn.page.width, drawn.page.height, drawn.page.index, drawn.page.dpi) == (200, 300, 4, 150)
    assert not drawn.page.is_gray
    assert drawn.text == "text"


def test_an_image_has_the_pixels_of_the_page():
    drawn = draw_page("text", color=True)
    assert np.array_equal(np.asarray(draw_image("text")), drawn.page.pixels)


def test_a_blank_page_is_white():
    assert blank_page(20, 10).pixels.min() == 255
    assert blank_page(20, 10, color=True).pixels.shape == (10, 20, 3)


def test_a_page_without_lines_has_no_words():
    assert draw_page([]).words == ()
