"""Conversion in strips gives what conversion as a whole gives."""

import numpy as np
import pytest
from PIL import Image

from ocrkit.sources import pixels

TALL = (40, 150_000)  # more than one strip


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr", "HSV"])
def test_opaque_images(mode: str) -> None:
    image = Image.effect_noise(TALL, 80).convert("RGB").convert(mode)
    expected = np.asarray(image.convert("L" if mode in {"1", "L"} else "RGB"))
    found = pixels.from_image(image)
    np.testing.assert_array_equal(found if found.ndim == expected.ndim else np.dstack([found] * 3), expected)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparent_images(mode: str) -> None:
    image = Image.effect_noise(TALL, 80).convert(mode)
    image.putalpha(Image.effect_noise(TALL, 80))
    flat = image.convert("L" if mode == "LA" else "RGB")
    paper = Image.new(flat.mode, flat.size, "white")
    paper.paste(flat, mask=image.getchannel("A"))
    np.testing.assert_array_equal(pixels.from_image(image), np.asarray(paper))


def test_white_writing_at_the_end_of_a_page_gets_black_paper() -> None:
    image = Image.new("RGBA", TALL, (255, 255, 255, 0))
    image.paste((255, 255, 255, 255), (5, 149_000, 30, 149_900))
    found = pixels.from_image(image)
    assert found[0, 0].tolist() == [0, 0, 0]
    assert found[149_500, 10].tolist() == [255, 255, 255]


def test_the_scale_of_deep_images_is_that_of_the_whole() -> None:
    values = np.full((150_000, 40), 100, np.uint16)
    values[-1, -1] = 4095
    eight = pixels.to_8_bits(values)
    assert (eight[0, 0], eight[-1, -1]) == (6, 255)
    floats = values.astype(np.float32)
    floats[0, 0] = np.nan
    assert pixels.to_8_bits(floats)[-1, -1] == 255
    assert pixels.to_8_bits(values.astype(np.int32) - 200)[0, 1] == 0
