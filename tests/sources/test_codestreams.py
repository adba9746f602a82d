"""Sizes in the headers of compressed images."""

import bombs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_files import encoded, picture

from ocrkit.sources.codestreams import ImageSize, jbig2_size, jpeg2000_size, jpeg_size


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"quality": 10}, {"comment": b"\xff\xc0" * 9}]
)
def test_the_size_of_a_jpeg(options: dict) -> None:
    assert jpeg_size(encoded(picture(), "JPEG", **options)) == ImageSize(120, 80, 3)
    assert jpeg_size(bombs.jpeg(65_500, 3)) == ImageSize(65_500, 3, 1)


@pytest.mark.parametrize("options", [{}, {"no_jp2": True}, {"tile_size": (32, 32)}])
def test_the_size_of_a_jpeg_2000(options: dict) -> None:
    assert jpeg2000_size(encoded(picture(), "JPEG2000", **options)) == ImageSize(120, 80, 3)
    assert jpeg2000_size(bombs.jpeg2000(70_000, 3, 1)) == ImageSize(70_000, 3, 1)


def test_the_size_of_embedded_jbig2() -> None:
    assert jbig2_size(bombs.jbig2(640, 480)) == ImageSize(640, 480)
    assert jbig2_size(bombs.jbig2(640, 480, regions=5)) == ImageSize(640, 5 * 480)


@given(st.binary(max_size=200), st.sampled_from([b"\xff\xd8", b"\xff\x4f\xff\x51", b"\0\0\0\1", b""]))
def test_any_bytes_have_a_size_or_none(data: bytes, start: bytes) -> None:
    for size_of in (jpeg_size, jpeg2000_size, jbig2_size):
        assert isinstance(size_of(start + data), (ImageSize, type(None)))
