"""Pages made to fit what a service takes."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from ocrkit.errors import CapabilityError
from ocrkit.geometry import Point
from ocrkit.http import ImageLimits, fit
from ocrkit.http.fitting import counted_bytes
from ocrkit.page import Page


def noise(width, height, channels=3):
    """The hardest to compress."""
    return Page(np.random.default_rng(5).integers(0, 256, (height, width, channels), dtype=np.uint8))


def plain(width, height):
    return Page(np.full((height, width), 255, np.uint8))


def picture(sent):
    return Image.open(io.BytesIO(sent.data))


def test_what_fits_is_sent_without_loss():
    page = noise(40, 30)
    sent = fit(page, ImageLimits(max_bytes=10_000))
    assert sent.media_type == "image/png"
    assert np.array_equal(np.asarray(picture(sent)), page.pixels)
    assert sent.to_page.is_identity


@pytest.mark.parametrize("counted", ["file", "base64", "form"])
@pytest.mark.parametrize("most", [120_000, 60_000, 25_000])
def test_the_limit_is_kept_as_the_service_counts(counted, most):
    sent = fit(noise(300, 200), ImageLimits(max_bytes=most, counted=counted, smallest_scale=0.01))
    assert sent.media_type == "image/jpeg"
    assert counted_bytes(sent.data, counted) <= most


def test_a_base64_limit_costs_a_quarter_and_no_more():
    sent = fit(noise(300, 200), ImageLimits(max_bytes=120_000, counted="base64"))
    assert (sent.width, sent.height) == (300, 200)  # quality goes before size


def test_coordinates_come_back():
    sent = fit(plain(3000, 1000), ImageLimits(max_side=1500))
    assert (sent.width, sent.height) == (1500, 500)
    assert sent.to_page.point(Point(1500, 500)) == Point(3000, 1000)


def test_pixels_are_limited():
    sent = fit(plain(2000, 1000), ImageLimits(max_pixels=500_000))
    assert sent.width * sent.height <= 500_000
    assert sent.width == 1000


@pytest.mark.parametrize(("size", "limits"), [
    ((1, 1), {"min_side": 15}),
    ((5, 800), {"min_side": 15}),
    ((4000, 8), {"min_side": 16, "max_side": 1200}),
    ((2000, 10), {"max_ratio": 50}),
    ((10, 2000), {"max_ratio": 50, "max_side": 1000}),
])  # fmt: skip
def test_narrow_pages_get_white_paper(size, limits):
    page = Page(np.zeros((size[1], size[0]), np.uint8))
    limits = ImageLimits(**limits)
    sent = fit(page, limits)
    assert min(sent.width, sent.height) >= limits.min_side
    assert max(sent.width, sent.height) <= (limits.max_side or 9999)
    assert max(sent.width, sent.height) / min(sent.width, sent.height) <= (limits.max_ratio or 9999)
    corners = np.asarray(picture(sent).convert("L"))
    assert corners[0, 0] < 30  # scaling softens the edge
    assert corners[-1, -1] == 255


@pytest.mark.parametrize(("page", "limits", "says"), [
    (plain(5000, 5000), {"max_side": 1000}, "at most 1000 pixels a side"),
    (noise(400, 400), {"max_bytes": 2_000, "counted": "base64"}, "at most 2000 bytes as base64"),
])  # fmt: skip
def test_what_would_be_unreadable_is_refused(page, limits, says):
    with pytest.raises(CapabilityError, match=says):
        fit(page, ImageLimits(**limits))


def test_a_service_may_read_one_format_alone():
    assert fit(plain(50, 50), ImageLimits(formats=("jpeg",))).media_type == "image/jpeg"
    assert fit(noise(200, 200), ImageLimits(formats=("png",), max_bytes=40_000)).media_type == "image/png"
