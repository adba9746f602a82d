"""Pages as image files within the limits of a service."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from ocrkit.backends.remote import ImageLimits, encode_page
from ocrkit.backends.remote.image_limits import counted_bytes
from ocrkit.errors import CapabilityError
from ocrkit.geometry import Point
from ocrkit.page import Page


def noise(width, height, channels=3):
    """The hardest to compress."""
    return Page(np.random.default_rng(5).integers(0, 256, (height, width, channels), dtype=np.uint8))


def plain(width, height):
    return Page(np.full((height, width), 255, np.uint8))


def opened(image):
    return Image.open(io.BytesIO(image.data))


def test_a_page_within_the_limits_loses_nothing():
    page = noise(40, 30)
    image = encode_page(page, ImageLimits(max_bytes=10_000))
    assert image.media_type == "image/png"
    assert np.array_equal(np.asarray(opened(image)), page.pixels)
    assert image.to_page.is_identity


@pytest.mark.parametrize("counted", ["file", "base64", "form"])
@pytest.mark.parametrize("most", [120_000, 60_000, 25_000])
def test_keeps_the_limit_as_the_service_counts_it(counted, most):
    image = encode_page(noise(300, 200), ImageLimits(max_bytes=most, counted=counted, smallest_scale=0.01))
    assert image.media_type == "image/jpeg"
    assert counted_bytes(image.data, counted) <= most


def test_quality_is_reduced_before_size():
    image = encode_page(noise(300, 200), ImageLimits(max_bytes=120_000, counted="base64"))
    assert (image.width, image.height) == (300, 200)  # quality goes before size


def test_coordinates_are_transformed_back():
    image = encode_page(plain(3000, 1000), ImageLimits(max_side=1500))
    assert (image.width, image.height) == (1500, 500)
    assert image.to_page.point(Point(1500, 500)) == Point(3000, 1000)


def test_keeps_a_limit_of_pixels():
    image = encode_page(plain(2000, 1000), ImageLimits(max_pixels=500_000))
    assert image.width * image.height <= 500_000
    assert image.width == 1000


@pytest.mark.parametrize(("size", "limits"), [
    ((1, 1), {"min_side": 15}),
    ((5, 800), {"min_side": 15}),
    ((4000, 8), {"min_side": 16, "max_side": 1200}),
    ((2000, 10), {"max_ratio": 50}),
    ((10, 2000), {"max_ratio": 50, "max_side": 1000}),
])  # fmt: skip
def test_pads_narrow_pages_with_white(size, limits):
    page = Page(np.zeros((size[1], size[0]), np.uint8))
    limits = ImageLimits(**limits)
    image = encode_page(page, limits)
    assert min(image.width, image.height) >= limits.min_side
    assert max(image.width, image.height) <= (limits.max_side or 9999)
    assert max(image.width, image.height) / min(image.width, image.height) <= (limits.max_ratio or 9999)
    corners = np.asarray(opened(image).convert("L"))
    assert corners[0, 0] < 30  # scaling softens the edge
    assert corners[-1, -1] == 255


@pytest.mark.parametrize(("page", "limits", "says"), [
    (plain(5000, 5000), {"max_side": 1000}, "at most 1000 pixels a side"),
    (noise(400, 400), {"max_bytes": 2_000, "counted": "base64"}, "at most 2000 bytes as base64"),
])  # fmt: skip
def test_refuses_a_page_that_would_be_unreadable(page, limits, says):
    with pytest.raises(CapabilityError, match=says):
        encode_page(page, ImageLimits(**limits))


def test_sends_only_the_formats_that_the_service_reads():
    assert encode_page(plain(50, 50), ImageLimits(formats=("jpeg",))).media_type == "image/jpeg"
    assert (
        encode_page(noise(200, 200), ImageLimits(formats=("png",), max_bytes=40_000)).media_type
        == "image/png"
    )
