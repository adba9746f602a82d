"""Transforms have inverses, compose, and agree with what OpenCV and numpy do to pixels."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.geometry import IDENTITY, Box, Point, Transform, bounding_box, polygon_area

numbers = st.floats(-500, 500)
points = st.builds(Point, numbers, numbers)
transforms = st.builds(
    lambda degrees, scale, shift, tilt: (
        Transform.rotation(degrees)
        .then(Transform.scaling(scale))
        .then(Transform.shift(*shift))
        .then(Transform(px=tilt, py=-tilt / 2))
    ),
    st.floats(-360, 360),
    st.floats(0.1, 10),
    points,
    st.floats(-1e-5, 1e-5),
)


@given(transforms, points)
def test_the_inverse_of_a_transform_restores_points(transform, point):
    back = transform.inverse().point(transform.point(point))
    assert back == pytest.approx(point, abs=1e-5)


@given(transforms, transforms, points)
def test_then_applies_one_transform_after_the_other(first, second, point):
    assert first.then(second).point(point) == pytest.approx(
        second.point(first.point(point)), rel=1e-6, abs=1e-6
    )


@pytest.mark.parametrize("turns", range(-1, 5))
def test_quarter_turns_match_numpy_exactly(turns):
    pixels = np.zeros((30, 50), np.uint8)
    pixels[3, 7] = 255
    rotated = np.rot90(pixels, -turns)
    row, column = np.argwhere(rotated == 255)[0]
    pixel = Transform.quarter_turns(turns, 50, 30).polygon(Box(7, 3, 8, 4).polygon)
    assert bounding_box(pixel) == Box(column, row, column + 1, row + 1)


def test_on_pixel_centers_matches_opencv_warps():
    pixels = np.zeros((40, 40), np.uint8)
    pixels[10:20, 5:25] = 255
    transform = Transform.scaling(2).then(Transform.shift(6, 4))
    matrix = np.array(transform.on_pixel_centers.rows)
    warped = cv2.warpPerspective(pixels, matrix, (100, 100), flags=cv2.INTER_NEAREST)
    rows, columns = np.nonzero(warped)
    box = bounding_box(transform.polygon(Box(5, 10, 25, 20).polygon))
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == box


def test_a_transform_onto_a_line_has_no_inverse():
    with pytest.raises(ValueError, match="has no inverse"):
        Transform.scaling(1, 0).inverse()


def test_size_union_and_intersection_of_boxes():
    box = Box(1, 2, 5, 10)
    assert (box.width, box.height, box.area, box.center) == (4, 8, 32, Point(3, 6))
    assert box.union(Box(0, 5, 2, 20)) == Box(0, 2, 5, 20)
    assert box.intersection(Box(4, 0, 9, 3)) == Box(4, 2, 5, 3)
    assert box.intersection(Box(5, 0, 9, 3)) is None
    assert polygon_area(box.polygon) == 32  # positive: clockwise on the screen


def test_the_identity_and_a_full_turn_change_nothing():
    assert IDENTITY.is_identity
    assert Transform.rotation(360).point(Point(3, 4)) == pytest.approx((3, 4))
