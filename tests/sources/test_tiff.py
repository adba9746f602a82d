import contextlib
import io
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from made_files import close_to, encoded, exif, picture, pixels, read, tiff_of, turned_for
from PIL import Image

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.sources import open_source

GRAY = np.asarray(picture("L"))
COLOR = np.asarray(picture())


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize(
    ("compression", "mode"),
    [
        ("raw", "RGB"), ("raw", "1"), ("raw", "L"), ("raw", "P"), ("raw", "LA"), ("raw", "RGBA"), ("raw", "CMYK"),
        ("tiff_lzw", "RGB"), ("tiff_lzw", "L"), ("tiff_adobe_deflate", "RGB"), ("tiff_deflate", "L"),
        ("packbits", "RGB"), ("group3", "1"), ("group4", "1"), ("tiff_ccitt", "1"), ("zstd", "L"),
        ("lzma", "RGB"), ("tiff_lzw", "P"),
    ],
)  # fmt: skip
def test_every_compression_keeps_the_pixels(
    compression: str, mode: str, on_disk: bool, tmp_path: Path
) -> None:
    image = picture(mode)
    data = encoded(image, "TIFF", compression=compression)
    if on_disk:
        (tmp_path / "page.tif").write_bytes(data)
    found = pixels(tmp_path / "page.tif" if on_disk else data)
    expected = image.convert("L" if mode in {"1", "L", "LA"} else "RGB")
    np.testing.assert_array_equal(found, np.asarray(expected))


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg_inside_a_tiff(mode: str) -> None:
    data = encoded(picture(mode), "TIFF", compression="jpeg", quality=95)
    assert close_to(pixels(data), np.asarray(picture(mode)), 2)


def test_many_pages_of_several_compressions(tmp_path: Path) -> None:
    path = tmp_path / "pages.tif"
    pages = []
    for number in range(60):
        image = Image.new("1" if number % 3 else "L", (100 + number, 60), 1 if number % 3 else 255)
        image.paste(0, (number, 5, number + 8, 50))
        image.encoderinfo = {"compression": ("tiff_lzw", "group4", "packbits")[number % 3]}
        pages.append(image)
    pages[0].save(path, save_all=True, append_images=pages[1:])
    with open_source(path) as source:
        assert source.page_count == 60
        for order in (range(60), [59, 0, 30, 1]):
            for number in order:
                page = source.page(number)
                assert page.index == number
                np.testing.assert_array_equal(page.pixels, np.asarray(pages[number].convert("L")))


def test_a_broken_page_does_not_hide_the_others() -> None:
    noise = [Image.effect_noise((80, 60), 90) for _ in range(4)]
    data = bytearray(
        encoded(noise[0], "TIFF", save_all=True, append_images=noise[1:], compression="tiff_lzw")
    )
    with Image.open(io.BytesIO(bytes(data))) as image:
        image.seek(1)
        start, length = image.tag_v2[273][0], image.tag_v2[279][0]
    data[start + 20 : start + length] = b"\xff" * (length - 20)
    with open_source(bytes(data)) as source:
        assert source.page_count == 4
        with pytest.raises(SourceError, match="damaged") as caught:
            source.page(1)
        assert caught.value.page == 2
        for number in (0, 2, 3):
            page = source.page(number)
            np.testing.assert_array_equal(page.pixels, np.asarray(noise[number]))


def test_pages_are_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "pages.tif"
    blank = Image.new("L", (1000, 1000), 200)
    blank.save(path, save_all=True, append_images=[blank] * 29, compression="tiff_lzw")
    tracemalloc.start()
    try:
        with open_source(path) as source:
            for index in range(30):
                source.page(index)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_every_orientation_gives_the_same_page(compression: str, orientation: int) -> None:
    for image in (picture(), picture("RGB", (90, 90))):
        stored = turned_for(image, orientation)
        (page,) = read(encoded(stored, "TIFF", compression=compression, exif=exif(orientation)))
        np.testing.assert_array_equal(page.pixels, np.asarray(image))
        assert page.info.get("exif_orientation", 1) == orientation


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_of_pages_decoded_by_opencv(orientation: int) -> None:
    stored = np.asarray(turned_for(picture(), orientation))
    data = tiff_of(stored.astype("<u2") * 257, photometric=2, orientation=orientation)
    np.testing.assert_array_equal(pixels(data), COLOR)


def test_samples_of_every_depth() -> None:
    assert pixels(tiff_of(GRAY)).tolist() == GRAY.tolist()
    np.testing.assert_array_equal(pixels(tiff_of(GRAY.astype("<u2") * 257)), GRAY)
    np.testing.assert_array_equal(pixels(tiff_of((GRAY.astype("<u2") * 16) + GRAY // 16)), GRAY)
    np.testing.assert_array_equal(pixels(tiff_of(COLOR.astype("<u2") * 257, photometric=2)), COLOR)
    np.testing.assert_array_equal(pixels(tiff_of((GRAY / 255).astype("<f4"), sample_format=3)), GRAY)
    np.testing.assert_array_equal(pixels(tiff_of(GRAY.astype("<f4"), sample_format=3)), GRAY)
    np.testing.assert_array_equal(pixels(tiff_of(GRAY.astype("<i4"), sample_format=2)), GRAY)
    assert close_to(pixels(tiff_of(GRAY.astype("<f4") * 1000 - 500, sample_format=3)), stretched(GRAY), 1)


@pytest.mark.parametrize("on_disk", [False, True])
def test_pages_that_pillow_does_not_support_are_read(on_disk: bool, tmp_path: Path) -> None:
    """Kinds of samples it lacks, and oddities it warns about: a warning is an exception in this test run."""
    oddity = (42112, 2, 1_000_000, 8)
    for data, expected in (
        (tiff_of(GRAY.astype("<f8"), sample_format=3), GRAY),
        (tiff_of((COLOR / 255).astype("<f4"), sample_format=3, photometric=2), COLOR),
        (tiff_of(GRAY, more=[oddity]), GRAY),
        (tiff_of(COLOR, photometric=2, more=[oddity]), COLOR),
    ):
        (tmp_path / "page.tif").write_bytes(data)
        np.testing.assert_array_equal(pixels(tmp_path / "page.tif" if on_disk else data), expected)


def stretched(values: np.ndarray) -> np.ndarray:
    low, high = int(values.min()), int(values.max())
    return ((values.astype(float) - low) * 255 / (high - low)).astype(np.uint8)


def test_zero_may_mean_white() -> None:
    np.testing.assert_array_equal(pixels(tiff_of(255 - GRAY, photometric=0)), GRAY)
    np.testing.assert_array_equal(pixels(tiff_of((255 - GRAY).astype("<u2") * 257, photometric=0)), GRAY)
    fax = encoded(picture("1"), "TIFF", compression="group4")
    np.testing.assert_array_equal(pixels(fax), np.asarray(picture("1").convert("L")))


def test_the_resolution_may_be_in_centimeters() -> None:
    assert read(encoded(picture(), "TIFF", dpi=(300, 300)))[0].dpi == 300
    data = encoded(picture(), "TIFF", resolution=118.11, resolution_unit="cm")
    assert read(data)[0].dpi == pytest.approx(300, abs=0.1)
    assert "not square" in read(encoded(picture("1"), "TIFF", dpi=(204, 98)))[0].warnings[0]


def test_thumbnails_are_not_pages() -> None:
    small = Image.new("L", (10, 10))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    data = encoded(picture("L"), "TIFF", save_all=True, append_images=[small, picture("L")])
    with open_source(data) as source:
        assert source.page_count == 2
        assert [source.page(index).width for index in (1, 0)] == [120, 120]


def test_a_circular_chain_of_pages_ends() -> None:
    data = bytearray(encoded(picture("L"), "TIFF", save_all=True, append_images=[picture("L")]))
    first = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, first)[0]
    second = struct.unpack_from("<I", data, first + 2 + 12 * entries)[0]
    entries = struct.unpack_from("<H", data, second)[0]
    struct.pack_into("<I", data, second + 2 + 12 * entries, first)
    assert len(read(bytes(data))) == 2


def test_limits_are_checked_page_by_page() -> None:
    large = Image.new("1", (3000, 3000), 1)
    data = encoded(picture("1"), "TIFF", save_all=True, append_images=[large], compression="group4")
    with open_source(data, SourceOptions(max_pixels=1_000_000)) as source:
        assert source.page(0).width == 120
        with pytest.raises(SourceError, match="3000 × 3000") as caught:
            source.page(1)
        assert caught.value.page == 2
    with pytest.raises(SourceError, match="raise `max_pages`"):
        open_source(data, SourceOptions(max_pages=1))


@pytest.mark.parametrize("length", [4, 8, 9, 20])
def test_a_header_alone_is_not_a_tiff(length: int) -> None:
    with pytest.raises(SourceError, match="damaged"):
        open_source(tiff_of(GRAY)[:length])


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg"])
def test_a_truncated_file_is_an_error_and_not_half_a_page(compression: str, share: float) -> None:
    data = encoded(Image.effect_noise((200, 200), 90), "TIFF", compression=compression)
    with pytest.raises(SourceError, match="damaged"):
        read(data[: int(len(data) * share)])


def test_a_second_decoder_does_not_invent_missing_data() -> None:
    data = tiff_of(GRAY.astype("<u2") * 257)
    with pytest.raises(SourceError, match="damaged"):
        read(data[: len(data) // 2])
    data = tiff_of(COLOR.astype("<u2") * 257, photometric=2)
    with pytest.raises(SourceError, match="damaged"):
        read(data[: len(data) // 2])


def test_damaged_data_is_not_decoded_twice(capfd: pytest.CaptureFixture[str]) -> None:
    """The second decoder would only add its complaints, on a stream that is not ours."""
    data = bytearray(tiff_of(GRAY))
    place = data.index(struct.pack("<HHI", 262, 3, 1))
    data[place + 8 : place + 10] = struct.pack("<H", 999)  # an unknown photometric interpretation
    with pytest.raises(SourceError, match="damaged"):
        read(bytes(data))
    assert capfd.readouterr() == ("", "")


def test_libtiff_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """Pillow raises an exception for its errors, and libtiff would print them as well."""
    data = bytearray(encoded(Image.effect_noise((200, 200), 90), "TIFF", compression="tiff_lzw"))
    data[2000:3000] = b"\xff" * 1000
    with contextlib.suppress(SourceError):
        read(bytes(data))
    assert capfd.readouterr() == ("", "")
