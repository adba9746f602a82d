import itertools

import numpy as np
import pytest
from made_files import close_to, encoded, exif, picture, pixels, png16, png_with_header, read, turned_for
from PIL import Image, PngImagePlugin

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.sources import open_source

GRAY = np.asarray(picture("L"))
COLOR = np.asarray(picture("RGB"))


@pytest.mark.parametrize("image_format", ["PNG", "BMP", "PPM", "WEBP", "JPEG2000"])
def test_lossless_formats_keep_the_pixels(image_format: str) -> None:
    options = {"lossless": True} if image_format == "WEBP" else {}
    np.testing.assert_array_equal(pixels(encoded(picture(), image_format, **options)), COLOR)
    if image_format != "WEBP":
        np.testing.assert_array_equal(pixels(encoded(picture("L"), image_format)), GRAY)


@pytest.mark.parametrize("image_format", ["JPEG", "AVIF"])
def test_lossy_formats_come_close(image_format: str) -> None:
    assert close_to(pixels(encoded(picture(), image_format, quality=95)), COLOR, 2)


def test_gray_stays_gray() -> None:
    assert pixels(encoded(picture("L"), "JPEG")).shape == (80, 120)
    assert pixels(encoded(picture("1"), "PNG")).shape == (80, 120)
    assert pixels(encoded(picture("L").convert("P"), "PNG")).shape == (80, 120)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_every_exif_orientation_gives_the_same_page(image_format: str, orientation: int) -> None:
    options = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}, "PNG": {}}[
        image_format
    ]
    stored = turned_for(picture(), orientation)
    (page,) = read(encoded(stored, image_format, exif=exif(orientation), **options))
    if image_format == "JPEG":
        assert close_to(page.pixels, COLOR, 1)
    else:
        np.testing.assert_array_equal(page.pixels, COLOR)
    assert page.info.get("exif_orientation", 1) == orientation
    assert (page.info["width_in_file"], page.info["height_in_file"]) == stored.size


def test_an_orientation_out_of_range_is_ignored() -> None:
    assert close_to(pixels(encoded(picture(), "JPEG", exif=exif(9))), COLOR, 2)


def test_damaged_exif_data_is_ignored() -> None:
    data = encoded(picture(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff broken")
    assert close_to(pixels(data), COLOR, 2)


def test_transparency_becomes_white() -> None:
    layer = Image.new("RGBA", (120, 80), (0, 0, 0, 0))
    layer.paste((0, 0, 0, 255), (10, 10, 60, 20))
    expected = np.full((80, 120, 3), 255, np.uint8)
    expected[10:20, 10:60] = 0
    np.testing.assert_array_equal(pixels(encoded(layer, "PNG")), expected)
    np.testing.assert_array_equal(pixels(encoded(layer.convert("LA"), "PNG")), expected[..., 0])
    half = Image.new("RGBA", (4, 4), (0, 0, 0, 128))
    half.putpixel((0, 0), (0, 0, 0, 255))
    assert abs(int(pixels(encoded(half, "PNG"))[2, 2, 0]) - 127) <= 1


def test_white_text_on_transparency_is_put_on_black() -> None:
    layer = Image.new("RGBA", (120, 80), (255, 255, 255, 0))
    layer.paste((255, 255, 255, 255), (10, 10, 60, 20))
    found = pixels(encoded(layer, "PNG"))
    assert found[15, 30].tolist() == [255, 255, 255]
    assert found[50, 50].tolist() == [0, 0, 0]


def test_a_white_page_with_transparent_corners_stays_white() -> None:
    sheet = Image.new("RGBA", (120, 80), (255, 255, 255, 255))
    sheet.paste((0, 0, 0, 0), (0, 0, 10, 10))
    assert pixels(encoded(sheet, "PNG")).min() == 255
    assert pixels(encoded(Image.new("RGBA", (9, 9), (0, 0, 0, 0)), "PNG")).min() == 255


def test_palettes_with_and_without_transparency() -> None:
    palette = picture().quantize(8)
    np.testing.assert_array_equal(pixels(encoded(palette, "PNG")), np.asarray(palette.convert("RGB")))
    clear = Image.new("P", (10, 10), 0)
    clear.putpalette([0, 0, 0, 200, 30, 60])
    clear.paste(1, (2, 2, 5, 5))
    found = pixels(encoded(clear, "PNG", transparency=0))
    assert found[0, 0].tolist() == [255, 255, 255]
    assert found[3, 3].tolist() == [200, 30, 60]
    gray = Image.new("L", (10, 10), 7)
    gray.paste(90, (2, 2, 5, 5))
    found = pixels(encoded(gray, "PNG", transparency=7))
    assert found.shape == (10, 10)
    assert (found[0, 0], found[3, 3]) == (255, 90)


def test_sixteen_bits_keep_faint_content() -> None:
    full = GRAY.astype(np.uint16) * 257
    np.testing.assert_array_equal(pixels(png16(full)), GRAY)
    twelve_bits = ((GRAY.astype(np.uint32) * 4095 + 127) // 255).astype(np.uint16)
    np.testing.assert_array_equal(pixels(png16(twelve_bits)), GRAY)
    color = COLOR.astype(np.uint16) * 257
    np.testing.assert_array_equal(pixels(png16(color)), COLOR)
    np.testing.assert_array_equal(pixels(png16(color // 16)), COLOR)
    alpha = np.full((80, 120, 1), 65535, np.uint16)
    np.testing.assert_array_equal(pixels(png16(np.concatenate([color, alpha], axis=2))), COLOR)
    np.testing.assert_array_equal(pixels(png16(np.concatenate([full[..., None], alpha], axis=2))), GRAY)


def test_cmyk_is_not_inverted_in_any_variant() -> None:
    adobe = encoded(picture("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in adobe
    assert close_to(pixels(adobe), COLOR, 4)
    place = adobe.index(b"\xff\xee")
    length = int.from_bytes(adobe[place + 2 : place + 4], "big")
    inverted = Image.eval(picture("CMYK"), lambda value: 255 - value)
    plain = encoded(inverted, "JPEG", quality=95)
    assert close_to(pixels(plain[:place] + plain[place + 2 + length :]), COLOR, 4)


def test_a_plausible_resolution_is_used_and_no_other() -> None:
    def dpi(
        image_format: str, x: float, y: float | None = None, size: tuple[int, int] = (120, 80)
    ) -> float | None:
        image = picture("RGB", size)
        return read(encoded(image, image_format, dpi=(x, y or x)))[0].dpi

    assert dpi("JPEG", 300) == 300
    assert dpi("PNG", 200) == pytest.approx(200, abs=0.1)
    assert dpi("PNG", 60000) is None
    assert dpi("JPEG", 1) is None
    assert dpi("JPEG", 72) == 72
    assert dpi("JPEG", 72, size=(3000, 2000)) is None
    assert dpi("JPEG", 204, 98) is None
    assert "204 × 98 dpi" in read(encoded(picture(), "JPEG", dpi=(204, 98)))[0].warnings[0]
    assert read(encoded(picture(), "BMP"))[0].dpi == pytest.approx(96, abs=0.1)


def test_every_frame_of_an_animation_is_a_page() -> None:
    frames = [picture(), Image.new("RGB", (120, 80), "navy"), picture().rotate(180)]
    for image_format, options in (("PNG", {}), ("WEBP", {"lossless": True})):
        data = encoded(
            frames[0], image_format, save_all=True, append_images=frames[1:], duration=50, **options
        )
        with open_source(data) as source:
            assert source.page_count == 3
            found = {page.info["frame"]: page.pixels for page in map(source.page, (2, 0, 1))}
        assert list(found) == [2, 0, 1]
        for number, frame in enumerate(frames):
            np.testing.assert_array_equal(found[number], np.asarray(frame))


@pytest.mark.parametrize("image_format", ["PNG", "GIF", "WEBP", "AVIF"])
def test_the_frames_of_an_animation_may_be_read_in_any_order(image_format: str) -> None:
    frames = [Image.new("L", (32, 32), 60 * number) for number in range(4)]
    data = encoded(frames[0], image_format, save_all=True, append_images=frames[1:], duration=50)
    for order in itertools.permutations(range(4)):
        with open_source(data) as source:
            values = [int(source.page(index).pixels[0, 0].max()) for index in (*order, *order)]
        assert values == pytest.approx([60 * index for index in (*order, *order)], abs=3)


@pytest.mark.parametrize(
    "data",
    [
        png_with_header(60000, 60000),
        png_with_header(2**31 - 1, 1),
        b"GIF89a" + b"\xff\xff\xff\xff" + b"\0\0\0",
        b"P5\n100000 100000\n255\n",
        b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\x3f\0" * 2,
        b"RIFF\x1e\0\0\0WEBPVP8L\x0a\0\0\0\x2f\xff\xff\xff\x0f" + bytes(9),
        b"RIFF\x1e\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a\xff\x3f\xff\x3f" + bytes(9),
    ],
)
def test_a_decompression_bomb_is_refused_by_its_header(data: bytes) -> None:
    with pytest.raises(SourceError, match="raise `max_pixels`"):
        open_source(data)


def test_a_large_image_within_the_limit_is_read() -> None:
    """Pillow's own limit, which warns at 89 million pixels, neither fires nor is touched."""
    before = Image.MAX_IMAGE_PIXELS
    data = encoded(Image.new("1", (10_000, 9_500), 1), "PNG")
    assert pixels(data).shape == (9_500, 10_000)
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "BMP", "WEBP", "JPEG2000", "PPM", "AVIF"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_truncated_file_is_one_error(image_format: str, share: float) -> None:
    noise = Image.effect_noise((160, 120), 80).convert("RGB")
    data = encoded(noise, image_format)
    with pytest.raises(SourceError):
        read(data[: int(len(data) * share)])


def test_a_text_chunk_that_expands_hugely_is_one_error() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("bomb", "0" * 80_000_000, zip=True)
    with pytest.raises(SourceError, match="damaged"):
        read(encoded(picture(), "PNG", pnginfo=info))


@pytest.mark.parametrize("blend", [0, 1])
@pytest.mark.parametrize("disposal", [0, 1, 2])
def test_frames_are_the_same_in_any_order(disposal: int, blend: int) -> None:
    frames = []
    for number in range(5):
        frame = Image.new("RGB", (60, 40), "white")
        frame.paste((number * 40, 0, 0), (number * 8, number * 5, number * 8 + 20, number * 5 + 12))
        frames.append(frame)
    data = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:], disposal=disposal, blend=blend)
    alone = []
    for index in range(5):
        with open_source(data) as source:
            alone.append(source.page(index).pixels)
    for order in ([0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [1, 1, 3, 2, 2]):
        with open_source(data) as source:
            for index in order:
                np.testing.assert_array_equal(source.page(index).pixels, alone[index])


@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG2000", {}), ("WEBP", {}), ("AVIF", {}), ("TIFF", {})],
)
def test_the_memory_for_a_pixel_counts(kind: str, options: dict) -> None:
    """Eight-bit color fits within `max_pixels`; other kinds need more for a pixel."""
    image = Image.new("RGB" if kind != "TIFF" else "F", (200, 100))
    limit = SourceOptions(max_pixels=20_000)
    with (
        open_source(encoded(image, kind, **options), limit) as source,
        pytest.raises(SourceError, match="of memory"),
    ):
        source.page(0)
    with open_source(
        encoded(Image.new("RGB", (200, 100)), "PNG"), SourceOptions(max_pixels=20_000)
    ) as source:
        assert source.page(0).width == 200
