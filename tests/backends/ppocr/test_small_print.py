"""Small print on a large page is found, although the detector does not see it at the scale of the page."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocrkit.backends.ppocr import PpocrBackend, PpocrOptions
from ocrkit.backends.ppocr.small_print import find_small_print, is_new
from ocrkit.page import Page
from ocrkit.request import Request

NOTES = ["the ferry sails each day", "except on holidays", "and in heavy storms"]
WIDTH, HEIGHT = 1500, 1900
SCALE = 0.33


def poster(ink=0, paper=255):
    """A page of large letters, with a note in small ones at the foot."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (paper,) * 3)
    draw = ImageDraw.Draw(image)
    for number in range(6):
        draw.text((100, 100 + number * 150), "Large words", (ink,) * 3, ImageFont.load_default(100))
    for number, note in enumerate(NOTES):
        draw.text((100, 1600 + number * 20), note, (ink,) * 3, ImageFont.load_default(14))
    return np.asarray(image)


def large_lines():
    corners = [(90, 90), (900, 90), (900, 230), (90, 230)]
    return [np.array([(x, y + 150 * n) for x, y in corners], np.float32) for n in range(6)]


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (240, 30)])
def test_rows_of_small_letters_are_seen(ink, paper):
    (part,) = find_small_print(poster(ink, paper), large_lines(), SCALE, 1e6)
    assert part.left <= 100
    assert part.top <= 1600
    assert part.bottom >= 1650
    assert part.scale > 0.8


def test_large_letters_rules_and_blank_pages_are_no_small_print():
    image = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    assert find_small_print(image, [], SCALE, 1e6) == []
    image[400:406, 100:1400] = 0
    image[600:1200, 300:306] = 0
    assert find_small_print(image, [], SCALE, 1e6) == []
    assert find_small_print(poster()[:1500], large_lines(), SCALE, 1e6) == []


def test_a_page_that_was_looked_at_closely_is_not_searched():
    assert find_small_print(poster(), [], 0.8, 1e6) == []


def test_the_parts_do_not_exceed_the_limit():
    assert find_small_print(poster(), large_lines(), SCALE, 100) == []


def test_a_line_inside_another_one_is_not_new():
    (first, *_) = large_lines()
    assert not is_new(first, [first])
    assert is_new(first + np.float32(400), [first])


def test_small_print_of_a_large_page_is_read():
    backend = PpocrBackend(PpocrOptions(threads=2, detection_pixels=300_000))
    result = backend.recognize(Page(poster(), index=0), Request())
    backend.close()
    assert [line.text for line in result.lines[-3:]] == NOTES


@pytest.mark.long
@pytest.mark.parametrize("more", ["", " of the month" * 8])
def test_parts_around_others_do_not_find_lines_twice(more):
    """The box around rows in the shape of an L holds other rows, or the first words of longer ones."""
    image = Image.fromarray(poster()[:1100]).crop((0, 0, WIDTH, HEIGHT))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 1050, WIDTH, HEIGHT), "white")
    rows = [(100, 1100 + 20 * n, f"terms of part {n}") for n in range(20)]
    rows += [(100, 1500 + 20 * n, f"terms of part {n} hold for" + " all of the parts" * 5) for n in range(2)]
    rows += [(400, 1200 + 20 * n, f"boats leave on day {n}{more}") for n in range(9)]
    for left, top, text in rows:
        draw.text((left, top), text, "black", ImageFont.load_default(14))
    backend = PpocrBackend(PpocrOptions(threads=2, detection_pixels=300_000))
    result = backend.recognize(Page(np.asarray(image), index=0), Request())
    backend.close()
    found = [line.text.replace(" ", "") for line in result.lines]
    assert sorted(found) == sorted(["Largewords"] * 6 + [text.replace(" ", "") for *_, text in rows])
