"""The steps do what their names say, leave the page they were given alone, and say when there was nothing to do."""

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from ocrkit.page import Page
from ocrkit.preprocess.binarize import Binarize
from ocrkit.preprocess.denoise import Denoise
from ocrkit.preprocess.grayscale import Grayscale


@pytest.fixture
def drawn():
    """Black letters on paper that darkens to the right."""
    paper = np.tile(np.linspace(250, 110, 400).astype(np.uint8), (120, 1))
    for left in (20, 320):
        cv2.putText(paper, "ink", (left, 80), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 30, 4)
    return Page(paper, index=2, dpi=150)


def test_grayscale_weighs_colours_as_the_eye_does():
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    gray = Grayscale()(Page(colours))
    assert gray.is_gray
    assert gray.pixels.tolist() == [[76, 150, 29]]


def test_a_gray_page_comes_back_as_it_is(drawn):
    assert Grayscale()(drawn) is drawn


def test_median_removes_single_pixels_and_keeps_edges(drawn):
    dirty = drawn.pixels.copy()
    dirty[::10, ::10] = 255
    clean = Denoise(method="median", size=3)(Page(dirty)).pixels
    assert dirty[10, 300] == 255
    assert abs(int(clean[10, 300]) - int(drawn.pixels[10, 300])) <= 1
    assert np.mean(clean == drawn.pixels) > 0.95


def test_gaussian_smooths():
    grain = np.random.default_rng(0).integers(0, 255, (50, 50), np.uint8)
    assert Denoise(size=5)(Page(grain)).pixels.std() < grain.std() / 2


@pytest.mark.parametrize("method", ["fixed", "otsu", "adaptive"])
def test_binarize_leaves_two_levels(drawn, method):
    assert set(np.unique(Binarize(method=method)(drawn).pixels)) == {0, 255}


def test_only_adaptive_stands_uneven_light(drawn):
    def paper_kept_white(method):
        return (Binarize(method=method)(drawn).pixels[:20] == 255).mean()

    assert paper_kept_white("adaptive") == 1.0
    assert paper_kept_white("fixed") < 0.95
    assert paper_kept_white("otsu") < 0.9


def test_a_black_and_white_page_has_nothing_to_binarize(drawn):
    binary = Binarize()(drawn)
    assert Binarize()(binary) is binary


@pytest.mark.parametrize(
    "step", [Denoise(), Denoise(method="median"), Binarize(), Binarize(method="adaptive")]
)
@pytest.mark.parametrize("colour", [False, True])
def test_steps_are_pure_and_keep_the_place(drawn, step, colour):
    page = Page(cv2.cvtColor(drawn.pixels, cv2.COLOR_GRAY2RGB), index=2, dpi=150) if colour else drawn
    before = page.pixels.copy()
    after = step(page)
    assert np.array_equal(page.pixels, before)
    assert (after.index, after.dpi, after.original_size) == (2, 150, (400, 120))
    assert after.to_original.is_identity
    assert np.array_equal(step(page).pixels, after.pixels)


@pytest.mark.parametrize("wrong", [{"size": 4}, {"size": 1}, {"method": "magic"}, {"sise": 3}])
def test_wrong_parameters_are_refused(wrong):
    with pytest.raises(ValidationError):
        Denoise(**wrong)
