"""What the look at the bytes of a PDF finds, and what it calls harmless."""

import io
import zlib

import bombs
import pikepdf
import pytest
from made_files import Pdf, picture, text_pdf

from ocrkit.config.settings import SourceOptions
from ocrkit.sources.content import from_bytes, from_path
from ocrkit.sources.pdf_hazards import hazard_of

DEFAULTS = SourceOptions()
BOMBS = bombs.bombs()


def look(data: bytes, **options: object) -> str | None:
    return hazard_of(from_bytes(data), SourceOptions.model_validate(options))


@pytest.mark.parametrize("name", BOMBS)
def test_every_bomb_is_found(name: str) -> None:
    data, words = BOMBS[name]
    found = look(data)
    assert found is not None
    assert words in found


def test_scans_and_plain_text_are_harmless() -> None:
    pdf = Pdf()
    pdf.scan(picture("RGB"), b"BT /F 9 Tf 3 Tr (hidden text) Tj ET")
    pdf.scan(picture("1"))
    pdf.page(b"BT /F 24 Tf 20 100 Td (Page) Tj ET 0 0 m 10 10 l S [] 0 d q 1 0 0 1 0 0 cm Q /P BMC EMC")
    for options in ({}, {"object_stream_mode": pikepdf.ObjectStreamMode.generate, "compress_streams": True}):
        assert look(pdf.done(**options)) is None
    assert look(text_pdf(30)) is None
    for name, data in (("DCTDecode", bombs.jpeg(500, 400)), ("JPXDecode", bombs.jpeg2000(500, 400)), ("JBIG2Decode", bombs.jbig2(500, 400))):  # fmt: skip
        assert look(bombs.with_image(bombs.image(name.encode(), data, 500, 400))) is None
    assert look(bombs.forms(2, 3)) is None


def test_what_is_compressed_is_looked_at_too() -> None:
    nested = zlib.compress(b"/A BMC " * 1000)
    assert look(bombs.page(b"", b"", bombs.stream(b"/Filter/FlateDecode", nested))) == "deeply nested content"
    names = zlib.compress(b"6 0 <</FunctionType 4>>")
    inside = bombs.stream(b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode", names)
    assert look(bombs.page(b"", b"", inside)) == "programmed functions"
    bomb = zlib.compress(bytes(50 << 20))
    assert (
        look(bombs.page(b"", b"", bombs.stream(b"/Filter/FlateDecode", bomb))) == "a large or damaged stream"
    )


def test_data_cannot_hide_behind_the_word_that_ends_a_stream() -> None:
    content = b"% endstream endobj\n" + b"/A BMC " * 1000
    assert look(bombs.page(content)) == "deeply nested content"


def test_the_limit_of_pixels_counts() -> None:
    data = bombs.with_image(bombs.image(b"DCTDecode", bombs.jpeg(500, 400), 500, 400))
    assert look(data, max_pixels=199_999) == "an image that is too large"
    assert look(data, max_pixels=200_000) is None


def test_a_file_on_disk_is_looked_at_in_place(tmp_path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(BOMBS["tiles"][0])
    assert hazard_of(from_path(str(path), 1 << 30), DEFAULTS) == "tiling patterns"


def test_an_encrypted_file_is_not_looked_into() -> None:
    buffer = io.BytesIO()
    with pikepdf.open(io.BytesIO(text_pdf())) as pdf:
        pdf.save(buffer, encryption=pikepdf.Encryption(owner="a", user=""))
    assert look(buffer.getvalue()) == "encryption"


@pytest.mark.parametrize(
    "content",
    [b"[" * 200_000, b"[1" * 200_000, b"/" * 400_000, b"/a " * 200_000, b" " * 400_000, b"BI" * 200_000, b"BI " * 200_000],
    ids=lambda content: repr(content[:3]),
)  # fmt: skip
def test_the_look_takes_time_in_proportion_to_the_size(content: bytes) -> None:
    """An expression that backtracks takes hours for these."""
    assert look(bombs.page(content)) is None


def test_overlapping_streams_are_a_hazard() -> None:
    entries = b"1 0 obj <</Subtype/Image/Width 9 /Height 9 /Filter/CCITTFaxDecode>>"
    assert look(entries + b"stream\n" * 400_000) == "overlapping streams"


@pytest.mark.parametrize(
    ("content", "hazard"),
    [
        (b"[3 2] 0 d 0 0 m 9 9 l S", "dashed lines"),
        (b"[3]1 d", "dashed lines"),
        (b"[] 0 d 0 0 m 9 9 l S", None),
        (b"[ ] 0 d 0 0 m 9 9 l S", None),
        (b"q\n" * 33, "deeply nested content"),
        (b"q\n" * 32 + b"Q " * 32, None),
        (b"q 1 0 0 1 5 5 cm Q\n" * 200, None),
        (b"Q " * 40 + b"q " * 32, None),
        (b"(q) Tj xq qx " * 40, None),
        (b"/P BDC " * 33, "deeply nested content"),
        (b"/P BDC EMC " * 33, None),
        (b"aBMC _BMC BMCx " * 40, None),
    ],
)
def test_operators_are_counted_only_where_they_stand_alone(content: bytes, hazard: str | None) -> None:
    assert look(bombs.page(content)) == hazard
