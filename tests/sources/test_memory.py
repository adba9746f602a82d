import io

import numpy as np
import pytest
from made_files import encoded, exif, picture, pixels, read, turned_for
from PIL import Image, ImageOps

from ocrkit.errors import SourceError

COLOR = np.asarray(picture())
GRAY = np.asarray(picture("L"))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("image_format", ["PNG", "TIFF"])
def test_the_orientation_of_a_pillow_image_is_applied_once(image_format: str, orientation: int) -> None:
    data = encoded(turned_for(picture(), orientation), image_format, exif=exif(orientation))
    with Image.open(io.BytesIO(data)) as image:
        np.testing.assert_array_equal(pixels(image), COLOR)
        np.testing.assert_array_equal(pixels(image), COLOR)
    with Image.open(io.BytesIO(data)) as image:
        np.testing.assert_array_equal(pixels(ImageOps.exif_transpose(image)), COLOR)


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F", "I;16"]
)
def test_pillow_images_of_every_mode(mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(GRAY.astype(np.uint16) * 257)
    else:
        image = (
            picture("RGB").convert("L").convert(mode) if mode in {"I", "F", "1"} else picture().convert(mode)
        )
    found = pixels(image)
    assert found.ndim == (2 if mode in {"1", "L", "LA", "I", "F", "I;16"} else 3)
    gray = found if found.ndim == 2 else found.mean(axis=2)
    assert np.abs(gray - GRAY.astype(float)).mean() < 8


def test_lab_images() -> None:
    lab = np.zeros((4, 4, 3), np.uint8)
    lab[..., 0] = 255
    assert pixels(Image.frombytes("LAB", (4, 4), lab.tobytes())).min() > 250


def test_the_current_frame_of_an_image_is_its_page() -> None:
    data = encoded(
        Image.new("L", (9, 9), 10), "TIFF", save_all=True, append_images=[Image.new("L", (9, 9), 99)]
    )
    with Image.open(io.BytesIO(data)) as image:
        image.seek(1)
        assert pixels(image)[0, 0] == 99


def test_a_broken_pillow_image_is_a_source_error() -> None:
    data = encoded(Image.effect_noise((160, 120), 80), "JPEG")
    with Image.open(io.BytesIO(data[: len(data) // 2])) as image, pytest.raises(SourceError, match="damaged"):
        read(image)


def test_arrays() -> None:
    np.testing.assert_array_equal(pixels(COLOR), COLOR)
    np.testing.assert_array_equal(pixels(GRAY), GRAY)
    np.testing.assert_array_equal(pixels(GRAY[..., None]), GRAY)
    np.testing.assert_array_equal(pixels(GRAY.astype(np.uint16) * 257), GRAY)
    np.testing.assert_array_equal(pixels(GRAY.astype(">u2") * 257), GRAY)
    np.testing.assert_array_equal(pixels(GRAY[:, ::-1]), GRAY[:, ::-1])
    np.testing.assert_array_equal(pixels(GRAY > 128), np.where(GRAY > 128, 255, 0))
    rgba = np.dstack([np.zeros_like(COLOR), np.where(GRAY < 128, 255, 0).astype(np.uint8)])
    assert pixels(rgba)[0, 0].tolist() == [255, 255, 255]
    assert pixels(rgba)[10, 20].tolist() == [0, 0, 0]


def test_a_page_does_not_change_with_the_array_it_came_from() -> None:
    array = COLOR.copy()
    (page,) = read(array)
    array[:] = 0
    np.testing.assert_array_equal(page.pixels, COLOR)
    assert not page.pixels.flags.writeable
    assert array.flags.writeable


@pytest.mark.parametrize(
    ("array", "advice"),
    [
        (np.zeros((4, 4), np.float32), r"array \* 255"),
        (np.zeros((4, 4), np.int64), r"astype\('uint8'\)"),
        (np.zeros((3, 40, 40), np.uint8), r"transpose\(1, 2, 0\)"),
        (np.zeros((4, 4, 2), np.uint8), "height × width × 3"),
        (np.zeros((2, 4, 4, 3), np.uint8), "height × width × 3"),
        (np.zeros((0, 4), np.uint8), "no pixels"),
        (np.array(["text"]), "height × width"),
    ],
)
def test_an_array_that_is_not_an_image_is_refused_with_advice(array: np.ndarray, advice: str) -> None:
    with pytest.raises(SourceError, match=advice):
        read(array)
