import pytest

from ocrkit.sources.kinds import description_of, kind_of


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", "png"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"GIF89a", "gif"),
        (b"BM" + bytes(12) + b"\x28\0\0\0", "bmp"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "webp"),
        (b"MM\0*\0\0\0\x08", "tiff"),
        (b"II+\0\x08\0", "tiff"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "jpeg2000"),
        (b"\0\0\0\x20ftypavif", "avif"),
        (b"\0\0\0\x20ftypmif1\0\0\0\0mif1avif", "avif"),
        (b"P5\n1 1\n255\n", "ppm"),
        (b"%PDF-1.7", "pdf"),
        (b"junk\n" * 200 + b"%PDF-1.4", "pdf"),
    ],
)
def test_a_kind_is_known_by_its_first_bytes(head: bytes, kind: str) -> None:
    assert kind_of(head) == kind


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"<!DOCTYPE html><html>", "HTML page"),
        (b"PK\x03\x04", "ZIP archive or an Office document"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"<?xml version='1.0'?><svg>", "SVG"),
        (b"<?xml version='1.0'?><a>", "XML"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office"),
        (b"{\\rtf1", "RTF"),
        (b"BMW drives on\n", "plain text"),
        ("Größe: 3 m\n".encode() * 1000, "plain text"),
        (b"caf\xe9 in Latin-1", "starts with the bytes 63 61 66 e9"),
        (b"\x00\x01\x02\xff", "starts with the bytes 00 01 02 ff"),
    ],
)
def test_unsupported_files_are_described(head: bytes, words: str) -> None:
    assert kind_of(head[:4096]) is None
    assert words in description_of(head[:4096])
