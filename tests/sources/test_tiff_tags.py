import io
import struct

import pytest
from made_files import encoded, exif, picture
from PIL import Image

from ocrkit.sources import tiff_tags


def test_directories_are_read_without_decoding() -> None:
    data = encoded(
        picture("L"), "TIFF", save_all=True, append_images=[Image.new("1", (7, 9))], dpi=(300, 200)
    )
    first, second = tiff_tags.directories(io.BytesIO(data))
    assert (first[tiff_tags.WIDTH], first[tiff_tags.HEIGHT]) == (120, 80)
    assert (second[tiff_tags.WIDTH], second[tiff_tags.HEIGHT]) == (7, 9)
    assert tiff_tags.resolution_of(first) == (300, 200)


def test_big_tiffs() -> None:
    data = encoded(picture("L"), "TIFF", big_tiff=True)
    (tags,) = tiff_tags.directories(io.BytesIO(data))
    assert (tags[tiff_tags.WIDTH], tags[tiff_tags.HEIGHT]) == (120, 80)


@pytest.mark.parametrize("order", [b"II*\0", b"MM\0*"])
def test_exif_blocks_of_both_byte_orders(order: bytes) -> None:
    code = "<" if order[:1] == b"I" else ">"
    block = order + struct.pack(code + "IHHHIHHI", 8, 1, 274, 3, 1, 6, 0, 0)
    assert tiff_tags.orientation_of(tiff_tags.exif_tags(b"Exif\0\0" + block)) == 6


@pytest.mark.parametrize("data", [b"", b"Exif\0\0", b"II*\0", b"II*\0\xff\xff\xff\xff", b"garbage!" * 4])
def test_damaged_exif_data_has_no_tags(data: bytes) -> None:
    assert tiff_tags.orientation_of(tiff_tags.exif_tags(data)) == 1


def test_a_file_truncated_anywhere_raises_only_struct_errors() -> None:
    data = exif(6).tobytes().removeprefix(b"Exif\0\0")
    for length in range(len(data)):
        tiff_tags.exif_tags(data[:length])
