"""What is measured on a page is what was drawn on it."""

import math

import cv2
import numpy as np
import pytest

from ocrkit.page import Page
from ocrkit.preprocess.deskew import turned
from ocrkit.preprocess.measure import measure
from ocrkit.testing import draw_page

WORDS = [
    "The harbour was quiet before",
    "sunrise and only two boats",
    "had returned with anything",
    "worth selling",
] * 5


@pytest.fixture(scope="module")
def drawn():
    """A page of English text."""
    return draw_page(WORDS, font_size=30).page


def seen(pixels):
    return measure(Page(np.ascontiguousarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))))


def grainy(pixels, sigma):
    return pixels + np.random.default_rng(1).normal(0, sigma, pixels.shape)


def speckled(pixels, share):
    drawn = np.random.default_rng(2).random(pixels.shape)
    out = pixels.copy()
    out[drawn < share / 2], out[drawn > 1 - share / 2] = 0, 255
    return out


def dimmed(pixels, darkest):
    """Less and less light towards the lower end."""
    return pixels * np.linspace(1, darkest, pixels.shape[0])[:, None]


def test_a_clean_page_has_nothing(drawn):
    found = measure(drawn)
    assert (found.inverted, found.shadow, found.noise, found.specks) == (False, 0.0, 0.0, 0.0)
    assert found.skew == pytest.approx(0, abs=0.05)
    assert found.contrast > 0.6
    assert found.unevenness == 0
    assert found.edge_width < 2.6


@pytest.mark.parametrize("font_size", [16, 24, 40, 80])
def test_the_height_of_text_follows_that_of_the_font(font_size):
    page = draw_page(WORDS, font_size=font_size).page
    assert measure(page).text_height == pytest.approx(0.55 * font_size, rel=0.25)


@pytest.mark.parametrize("degrees", [-44, -20, -7.3, -1, -0.3, 0.3, 0.7, 2, 13, 40])
def test_skew_is_found_to_a_tenth_of_a_degree_clockwise(drawn, degrees):
    found = measure(turned(drawn, degrees))
    assert found.skew == pytest.approx(degrees, abs=0.1)
    assert found.skew_certainty > 1.3


def test_skew_is_found_under_shadows_grain_and_specks(drawn):
    page = turned(drawn, 3).pixels
    for spoiled in (dimmed(page, 0.3), grainy(page, 25), speckled(page, 0.03), 255 - page):
        assert seen(spoiled).skew == pytest.approx(3, abs=0.15)


def test_columns_of_upright_text_tell_the_skew_as_well(drawn):
    page = Page(np.ascontiguousarray(np.rot90(drawn.pixels)))
    assert measure(turned(page, 4)).skew == pytest.approx(4, abs=0.1)


def test_no_angle_stands_out_where_there_are_no_lines():
    dots = np.full((800, 600), 255, np.uint8)
    for x, y in np.random.default_rng(3).integers(10, 590, (600, 2)):
        cv2.circle(dots, (int(x), int(y)), 4, 0, -1)
    found = seen(dots)
    assert found.skew is None or found.skew_certainty < 1.3


@pytest.mark.parametrize("sigma", [3, 10, 25])
def test_noise_is_the_deviation_of_the_grain(drawn, sigma):
    gray = drawn.pixels * 0.5 + 60  # so that neither end is cut off
    assert seen(grainy(gray, sigma)).noise == pytest.approx(sigma, rel=0.2)


@pytest.mark.parametrize("share", [0.004, 0.02])
def test_specks_are_counted_where_they_show(drawn, share):
    """Of black and white ones, the black ones show on white paper."""
    assert share / 4 < seen(speckled(drawn.pixels, share)).specks < share


def test_small_print_is_no_specks():
    assert measure(draw_page(WORDS, font_size=12).page).specks < 0.001


@pytest.mark.parametrize("darkest", [0.7, 0.4, 0.2])
def test_uneven_light_is_told_by_the_paper(drawn, darkest):
    found = seen(dimmed(drawn.pixels, darkest))
    assert found.unevenness == pytest.approx(1 - darkest, abs=0.08)
    assert (found.shadow > 0.01) == (darkest < 0.5)


def test_a_dark_picture_on_even_paper_is_no_uneven_light(drawn):
    page = drawn.pixels.copy()
    page[20:60, 20:60] = 40
    assert seen(page).unevenness == 0


@pytest.mark.parametrize(("ink", "contrast"), [(0, 0.9), (120, 0.45), (200, 0.15)])
def test_contrast_is_that_of_ink_and_paper(ink, contrast):
    page = draw_page(WORDS, font_size=60).page.pixels
    assert seen(240 - (240 - ink) * (1 - page / 255)).contrast == pytest.approx(contrast, abs=0.06)


@pytest.mark.parametrize("sigma", [1.0, 2.0, 3.0])
def test_soft_edges_are_wider(drawn, sigma):
    soft = seen(cv2.GaussianBlur(drawn.pixels, (0, 0), sigma))
    assert soft.edge_width > measure(drawn).edge_width + 0.5 * sigma


def test_light_on_dark_is_told_from_a_page_on_a_dark_table(drawn):
    assert seen(255 - drawn.pixels).inverted
    assert seen(60 + (255 - drawn.pixels) * 0.4).inverted
    table = np.full((drawn.height * 2, drawn.width * 2), 50, np.uint8)
    table[100 : 100 + drawn.height, 100 : 100 + drawn.width] = drawn.pixels
    assert not seen(table).inverted


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (40, 40), (900, 700)])
def test_a_page_with_nothing_on_it(shape, level):
    found = measure(Page(np.full(shape, level, np.uint8)))
    assert found.text_height is None
    assert found.skew is None or found.skew_certainty < 1.3
    assert not found.inverted
    assert all(math.isfinite(value) for value in found.model_dump().values() if isinstance(value, float))


def test_colours_are_measured_as_gray(drawn):
    colour = Page(np.repeat(drawn.pixels[:, :, None], 3, axis=2))
    assert measure(colour) == measure(drawn)


def test_the_same_page_gives_the_same_figures_and_is_left_alone(drawn):
    before = drawn.pixels.copy()
    assert measure(drawn) == measure(drawn)
    assert np.array_equal(drawn.pixels, before)
