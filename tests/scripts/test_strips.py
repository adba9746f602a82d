"""Strips: the ink of a line, whatever the colors of paper and letters are."""

from __future__ import annotations

import numpy as np
import pytest
from script_pages import DEJAVU, TEXTS, draw

from ocrkit.scripts.classifier import classify
from ocrkit.scripts.strips import HEIGHT, WIDTH, strip, windows


def line(text: str, font) -> np.ndarray:
    """The picture of one line, with the margins that an engine leaves around it."""
    page = np.asarray(draw([(text, font)]).convert("L"))
    rows, columns = np.flatnonzero((page < 128).any(axis=1)), np.flatnonzero((page < 128).any(axis=0))
    return page[rows[0] - 6 : rows[-1] + 7, columns[0] - 6 : columns[-1] + 7]


def test_light_letters_on_dark_paper_have_the_ink_of_dark_letters(require_font):
    picture = line("Minutes of the meeting", require_font(DEJAVU))
    assert np.array_equal(strip(picture), strip(255 - picture))


def test_faint_letters_have_the_ink_of_black_letters(require_font):
    picture = line("Minutes of the meeting", require_font(DEJAVU))
    faint = (180 + picture * (60 / 255)).astype(np.uint8)
    assert np.abs(strip(faint) - strip(picture)).mean() < 0.02


def test_empty_paper_has_no_ink():
    noise = np.random.default_rng(1).normal(230, 1, (40, 300)).round().astype(np.uint8)
    assert strip(noise).mean() < 0.1
    assert strip(np.full((40, 300), 230, np.uint8)).max() == 0


def test_a_long_line_has_two_windows_and_a_short_one_is_padded():
    assert windows(np.ones((HEIGHT, 900), np.float32)).shape == (2, HEIGHT, WIDTH)
    short = windows(np.ones((HEIGHT, 50), np.float32))
    assert short.shape == (1, HEIGHT, WIDTH)
    assert short[:, :, 50:].max() == 0


@pytest.mark.parametrize("script", TEXTS)
def test_the_script_of_a_clean_line_is_found_by_its_picture_alone(script, require_font):
    font, texts = TEXTS[script]
    require_font(font)
    guesses = [each.script for text in texts for each in classify([line(text, font)])]
    assert guesses.count(script) >= len(texts) - 1
