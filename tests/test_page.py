"""Pages are read-only values that know the way back and can be sent as files."""

import io
import pickle

import numpy as np
import pytest
from PIL import Image

from ocrkit.errors import SourceError
from ocrkit.geometry import Point, Transform
from ocrkit.page import Page, is_uniform


def noise(height=300, width=400):
    return np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)


def test_pixels_cannot_be_changed():
    page = Page(np.zeros((10, 20), np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        page.pixels[0, 0] = 1


def test_the_array_of_the_caller_stays_writable():
    pixels = np.zeros((10, 20), np.uint8)
    Page(pixels)
    pixels[0, 0] = 1


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4), np.uint8),
        np.zeros(4, np.uint8),
    ],
)
def test_other_arrays_are_refused(pixels):
    with pytest.raises(ValueError, match="page"):
        Page(pixels)


def test_derived_pages_compose_the_transform_to_the_original():
    page = Page(np.zeros((100, 200), np.uint8), dpi=100)
    half = page.derive(np.zeros((50, 100), np.uint8), Transform.scaling(2), dpi=50)
    turned = half.derive(np.zeros((100, 50), np.uint8), Transform.quarter_turns(3, 50, 100))
    assert turned.original_size == (200, 100)
    assert turned.dpi == 50
    # The top left corner of the turned page is the bottom left one of the first.
    assert turned.to_original.point(Point(0, 0)) == Point(0, 100)


@pytest.mark.parametrize("image_format", ["png", "jpeg"])
def test_encoding_gives_an_image_file(image_format):
    page = Page(noise(), dpi=200)
    encoded = page.encoded(image_format)
    with Image.open(io.BytesIO(encoded.data)) as image:
        assert image.format.lower() == image_format
        assert image.size == (400, 300)
        assert image.info["dpi"] == pytest.approx((200, 200), abs=0.1)
        if image_format == "png":
            assert np.array_equal(np.asarray(image), page.pixels)
    assert encoded.to_page.is_identity


@pytest.mark.parametrize("image_format", ["png", "jpeg"])
def test_encoding_keeps_the_limits_and_gives_the_transform_back(image_format):
    page = Page(noise())
    encoded = page.encoded(image_format, max_bytes=20_000, max_side=390)
    assert len(encoded.data) <= 20_000
    assert max(encoded.width, encoded.height) <= 390
    corner = encoded.to_page.point(Point(encoded.width, encoded.height))
    assert corner == pytest.approx((400, 300))


def test_a_limit_that_cannot_be_kept_is_an_error():
    with pytest.raises(SourceError, match="within 10 bytes"):
        Page(noise()).encoded("jpeg", max_bytes=10)


def test_pages_can_be_pickled():
    page = Page(noise(), index=3, dpi=72, info={"format": "png"}, warnings=("beware",))
    again = pickle.loads(pickle.dumps(page))
    assert np.array_equal(again.pixels, page.pixels)
    assert (again.index, again.dpi, dict(again.info), again.warnings) == (
        3,
        72,
        {"format": "png"},
        ("beware",),
    )


def test_a_uniform_page_is_recognized() -> None:
    for shape in ((300, 200), (300, 200, 3), (1, 1)):
        pixels = np.full(shape, 200, np.uint8)
        assert is_uniform(pixels)
        if pixels.size > 3:
            pixels[-2, -2] = 199
            assert not is_uniform(pixels)
