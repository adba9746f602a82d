"""Measurements agree with the properties of the drawn pages."""

import math

import cv2
import numpy as np
import pytest

from ocrkit.page import Page
from ocrkit.preprocess.deskew import rotate_page
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


def measure_pixels(pixels):
    return measure(Page(np.ascontiguousarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))))


def grainy(pixels, sigma):
    return pixels + np.random.default_rng(1).normal(0, sigma, pixels.shape)


def speckled(pixels, share):
    chance = np.random.default_rng(2).random(pixels.shape)
    result = pixels.copy()
    result[chance < share / 2], result[chance > 1 - share / 2] = 0, 255
    return result


def dimmed(pixels, darkest):
    """Pixels that get darker towards the lower end of the page."""
    return pixels * np.linspace(1, darkest, pixels.shape[0])[:, None]


def test_a_clean_page_has_no_defects(drawn):
    found = measure(drawn)
    assert (found.inverted, found.shadow, found.noise, found.specks) == (False, 0.0, 0.0, 0.0)
    assert found.skew == pytest.approx(0, abs=0.05)
    assert found.contrast > 0.6
    assert found.unevenness == 0
    assert found.edge_width < 2.6


@pytest.mark.parametrize("font_size", [16, 24, 40, 80])
def test_text_height_is_the_x_height_of_the_font(font_size):
    page = draw_page(WORDS, font_size=font_size).page
    assert measure(page).text_height == pytest.approx(0.55 * font_size, rel=0.25)


@pytest.mark.parametrize("degrees", [-44, -20, -7.3, -1, -0.3, 0.3, 0.7, 2, 13, 40])
def test_skew_is_accurate_to_a_tenth_of_a_degree(drawn, degrees):
    found = measure(rotate_page(drawn, degrees))
    assert found.skew == pytest.approx(degrees, abs=0.1)
    assert found.skew_certainty > 1.3


def test_shadows_grain_specks_and_inversion_do_not_affect_the_skew(drawn):
    page = rotate_page(drawn, 3).pixels
    for degraded in (dimmed(page, 0.3), grainy(page, 25), speckled(page, 0.03), 255 - page):
        assert measure_pixels(degraded).skew == pytest.approx(3, abs=0.15)


def test_skew_is_measured_on_vertical_lines_too(drawn):
    page = Page(np.ascontiguousarray(np.rot90(drawn.pixels)))
    assert measure(rotate_page(page, 4)).skew == pytest.approx(4, abs=0.1)


def test_without_lines_no_angle_is_certain():
    dots = np.full((800, 600), 255, np.uint8)
    for x, y in np.random.default_rng(3).integers(10, 590, (600, 2)):
        cv2.circle(dots, (int(x), int(y)), 4, 0, -1)
    found = measure_pixels(dots)
    assert found.skew is None or found.skew_certainty < 1.3


@pytest.mark.parametrize("sigma", [3, 10, 25])
def test_noise_is_the_standard_deviation_of_the_grain(drawn, sigma):
    gray = drawn.pixels * 0.5 + 60  # so that no pixel is clipped
    assert measure_pixels(grainy(gray, sigma)).noise == pytest.approx(sigma, rel=0.2)


@pytest.mark.parametrize("share", [0.004, 0.02])
def test_specks_are_counted_on_blank_paper(drawn, share):
    """On white paper, only the black ones are visible."""
    assert share / 4 < measure_pixels(speckled(drawn.pixels, share)).specks < share


def test_small_print_is_not_counted_as_specks():
    assert measure(draw_page(WORDS, font_size=12).page).specks < 0.001


@pytest.mark.parametrize("darkest", [0.7, 0.4, 0.2])
def test_unevenness_is_measured_on_the_paper(drawn, darkest):
    found = measure_pixels(dimmed(drawn.pixels, darkest))
    assert found.unevenness == pytest.approx(1 - darkest, abs=0.08)
    assert (found.shadow > 0.01) == (darkest < 0.5)


def test_a_dark_picture_is_not_uneven_lighting(drawn):
    page = drawn.pixels.copy()
    page[20:60, 20:60] = 40
    assert measure_pixels(page).unevenness == 0


@pytest.mark.parametrize(("ink", "contrast"), [(0, 0.9), (120, 0.45), (200, 0.15)])
def test_contrast_is_the_difference_between_ink_and_paper(ink, contrast):
    page = draw_page(WORDS, font_size=60).page.pixels
    assert measure_pixels(240 - (240 - ink) * (1 - page / 255)).contrast == pytest.approx(contrast, abs=0.06)


@pytest.mark.parametrize("sigma", [1.0, 2.0, 3.0])
def test_blur_increases_the_edge_width(drawn, sigma):
    blurred = measure_pixels(cv2.GaussianBlur(drawn.pixels, (0, 0), sigma))
    assert blurred.edge_width > measure(drawn).edge_width + 0.5 * sigma


def test_an_inverted_page_is_distinguished_from_a_page_on_a_dark_table(drawn):
    assert measure_pixels(255 - drawn.pixels).inverted
    assert measure_pixels(60 + (255 - drawn.pixels) * 0.4).inverted
    table = np.full((drawn.height * 2, drawn.width * 2), 50, np.uint8)
    table[100 : 100 + drawn.height, 100 : 100 + drawn.width] = drawn.pixels
    assert not measure_pixels(table).inverted


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (40, 40), (900, 700)])
def test_a_blank_page_has_no_text_and_no_skew(shape, level):
    found = measure(Page(np.full(shape, level, np.uint8)))
    assert found.text_height is None
    assert found.skew is None or found.skew_certainty < 1.3
    assert not found.inverted
    assert all(math.isfinite(value) for value in found.model_dump().values() if isinstance(value, float))


def test_color_pages_are_measured_in_gray(drawn):
    color = Page(np.repeat(drawn.pixels[:, :, None], 3, axis=2))
    assert measure(color) == measure(drawn)


def test_measuring_is_deterministic_and_does_not_change_the_page(drawn):
    before = drawn.pixels.copy()
    assert measure(drawn) == measure(drawn)
    assert np.array_equal(drawn.pixels, before)
