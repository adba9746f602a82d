import io

import numpy as np
import pikepdf
import pytest
from made_files import Pdf, close_to, encoded, picture, read
from PIL import Image

from ocrkit.errors import SourceError
from ocrkit.page import Page

FILL = b"q 120 0 0 80 0 0 cm /I0 Do Q "
INVISIBLE = b"BT 3 Tr /F 12 Tf 10 50 Td (what another program read) Tj ET "


def only(pdf: Pdf, **options: object) -> Page:
    (page,) = read(pdf.done(), **options)
    return page


def scan(image: Image.Image | None = None, after: bytes = b"", **entries: object) -> Page:
    pdf = Pdf()
    pdf.scan(image or picture("L", (480, 320)), after, **entries)
    return only(pdf)


@pytest.mark.parametrize("mode", ["L", "RGB", "1"])
def test_a_page_that_is_one_image_is_that_image(mode: str) -> None:
    image = picture(mode, (480, 320))
    page = scan(image)
    np.testing.assert_array_equal(page.pixels, np.asarray(image.convert("L") if mode == "1" else image))
    assert page.dpi == 288
    assert page.info["rendered"] is False


def test_a_jpeg_inside_is_decoded_once_and_not_resampled() -> None:
    image = picture("L", (480, 320))
    data = encoded(image, "JPEG", quality=90)
    pdf = Pdf()
    stream = pdf.image(image)
    stream.write(data, filter=pikepdf.Name.DCTDecode)
    pdf.page(FILL, images=[stream])
    page = only(pdf)
    assert page.info["image_filter"] == "DCTDecode"
    with Image.open(io.BytesIO(data)) as opened:
        assert np.abs(page.pixels.astype(int) - np.asarray(opened).astype(int)).max() <= 2


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize(
    "matrix",
    ["120 0 0 80 0 0", "-120 0 0 80 120 0", "120 0 0 -80 0 80", "-120 0 0 -80 120 80",
     "0 80 -120 0 120 0", "0 -80 120 0 0 80", "0 80 120 0 0 0", "0 -80 -120 0 120 80"],
)  # fmt: skip
def test_rotations_by_90_degrees_and_mirrors_are_exact(matrix: str, turn: int) -> None:
    lies = matrix.startswith("0")
    image = picture("L", (320, 480) if lies else (480, 320))
    pdf = Pdf()
    pdf.page(f"q {matrix} cm /I0 Do Q".encode(), images=[pdf.image(image)], Rotate=turn)
    taken = only(pdf)
    rendered = only(pdf, embedded_images=False, dpi=288)
    assert taken.info["rendered"] is False
    assert rendered.info["rendered"] is True
    assert taken.pixels.shape == rendered.pixels.shape
    assert close_to(taken.pixels, rendered.pixels, 1)
    turned = sorted(np.unique(taken.pixels, return_counts=True)[1].tolist())
    assert turned == sorted(np.unique(np.asarray(image), return_counts=True)[1].tolist())


@pytest.mark.parametrize("after", [INVISIBLE, b"10 10 20 20 re n ", b"q 10 10 20 20 re W n Q "])
def test_invisible_objects_are_ignored(after: bytes) -> None:
    assert scan(after=after).info["rendered"] is False


def test_an_invisible_text_layer_in_a_form_is_ignored() -> None:
    pdf = Pdf()
    form = pikepdf.Stream(pdf.file, INVISIBLE)
    form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    form.BBox = pikepdf.Array([0, 0, 120, 80])
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    form.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    pdf.page(FILL + b"/I1 Do", images=[pdf.image(picture("L", (480, 320))), form])
    assert only(pdf).info["rendered"] is False


def test_a_white_rectangle_below_the_image_is_ignored() -> None:
    pdf = Pdf()
    pdf.page(b"1 1 1 rg 0 0 120 80 re f " + FILL, images=[pdf.image(picture("L", (480, 320)))])
    assert only(pdf).info["rendered"] is False


def test_a_page_of_several_layers_is_rendered() -> None:
    """A faint background picture below a mask of the writing, as compressing scanners make them."""
    pdf = Pdf()
    writing = pdf.image(picture("1", (480, 320)), ImageMask=True)
    del writing["/ColorSpace"]
    pdf.page(
        b"q 120 0 0 80 0 0 cm /I0 Do Q 0 g q 120 0 0 80 0 0 cm /I1 Do Q",
        images=[pdf.image(Image.new("L", (60, 40), 250)), writing],
    )
    page = only(pdf)
    assert page.info["rendered"] is True
    assert page.pixels.max() == 250
    pdf = Pdf()
    pdf.page(b"BT /F 12 Tf 10 50 Td (below) Tj ET " + FILL, images=[pdf.image(picture("L", (480, 320)))])
    assert only(pdf).info["rendered"] is True


@pytest.mark.parametrize(
    "after",
    [
        b"BT /F 12 Tf 10 50 Td (stamped) Tj ET ",
        b"0 0 0 rg 100 10 5 5 re f ",
        b"q 20 0 0 20 50 20 cm /I0 Do Q ",
    ],
)
def test_visible_objects_on_top_are_rendered(after: bytes) -> None:
    plain = scan().pixels
    page = scan(after=after)
    assert page.info["rendered"] is True
    small = Image.fromarray(page.pixels).resize((480, 320))
    assert not np.array_equal(np.asarray(small), plain)


@pytest.mark.parametrize(
    "content",
    [
        b"q 110 0 0 80 0 0 cm /I0 Do Q",  # leaves a margin
        b"q 130 0 0 80 0 0 cm /I0 Do Q",  # is cropped by the page
        b"q 119 9 -6 79 4 -4 cm /I0 Do Q",  # is askew
        b"q 20 20 60 40 re W n 120 0 0 80 0 0 cm /I0 Do Q",  # is clipped
        b"/G gs q 120 0 0 80 0 0 cm /I0 Do Q",  # is translucent
    ],
)
def test_an_image_that_is_not_the_whole_page_is_rendered(content: bytes) -> None:
    pdf = Pdf()
    page = pdf.page(content, images=[pdf.image(Image.new("L", (480, 320), 90))])
    page.Resources.ExtGState = pikepdf.Dictionary(G=pikepdf.Dictionary(ca=0.5))
    assert only(pdf).info["rendered"] is True


def test_images_that_look_different_from_their_pixels_are_rendered() -> None:
    image = picture("L", (480, 320))
    mask = Image.new("L", (480, 320), 255)
    mask.paste(0, (0, 0, 240, 160))
    pdf = Pdf()
    pdf.page(FILL, images=[pdf.image(image, SMask=pdf.image(mask))])
    page = only(pdf)
    assert page.info["rendered"] is True
    assert page.pixels[20, 50] == 255
    pdf = Pdf()
    pdf.page(FILL, images=[pdf.image(image, Mask=pikepdf.Array([0, 30]))])
    assert only(pdf).pixels[50, 60].min() > 200
    pdf = Pdf()
    stencil = pdf.image(picture("1", (480, 320)), ImageMask=True)
    del stencil["/ColorSpace"]
    pdf.page(b"1 0 0 rg " + FILL, images=[stencil])
    assert not only(pdf).is_gray


def test_decode_arrays_and_color_spaces_equal_the_rendering() -> None:
    image = picture("L", (480, 320))
    cmyk = picture("CMYK", (480, 320))
    pdf = Pdf()
    pdf.page(FILL, images=[pdf.image(image, Decode=pikepdf.Array([1, 0]))])
    pdf.page(FILL, images=[pdf.image(cmyk)])
    palette = pikepdf.Array(
        [pikepdf.Name.Indexed, pikepdf.Name.DeviceRGB, 255, pikepdf.String(bytes(range(256)) * 3)]
    )
    pdf.page(FILL, images=[pdf.image(image, ColorSpace=palette)])
    taken, rendered = read(pdf.done()), read(pdf.done(), embedded_images=False, dpi=288)
    for one, other in zip(taken, rendered, strict=True):
        assert close_to(one.pixels, other.pixels, 2)


def test_annotations_are_rendered_and_links_ignored() -> None:
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=pikepdf.Array([0, 0, 10, 10])
    )
    square = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Square, Rect=pikepdf.Array([50, 50, 70, 70]),
        C=pikepdf.Array([1, 0, 0]),
    )  # fmt: skip
    assert scan(Annots=pikepdf.Array([link])).info["rendered"] is False
    assert scan(Annots=pikepdf.Array([square])).info["rendered"] is True


def test_pixels_that_are_not_square_are_rendered_square() -> None:
    page = scan(picture("L", (480, 160)))
    assert page.info["rendered"] is True
    assert page.width / page.height == pytest.approx(1.5, abs=0.01)


def test_an_image_too_coarse_to_be_a_page_is_rendered() -> None:
    assert scan(Image.new("L", (3, 2), 200)).info["rendered"] is True


def test_an_image_above_the_limit_is_refused_before_it_is_decoded() -> None:
    pdf = Pdf()
    bomb = pdf.image(Image.new("L", (1, 1)))
    bomb.Width, bomb.Height = 50_000, 50_000
    pdf.page(FILL, images=[bomb])
    with pytest.raises(SourceError, match=r"50000 × 50000 pixels.*`max_pixels`") as caught:
        read(pdf.done())
    assert caught.value.page == 1


def test_a_large_bilevel_scan_is_rendered_at_a_lower_resolution() -> None:
    """Eight of its pixels fit in a byte, so it is no bomb; it is read at less than its resolution."""
    pdf = Pdf()
    image = Image.new("1", (4000, 3000), 1)
    image.paste(0, (500, 500, 2000, 900))
    buffer = io.BytesIO()
    image.save(buffer, "TIFF", compression="group4", tiffinfo={278: 3000})
    with Image.open(buffer) as opened:
        start, length = opened.tag_v2[273][0], opened.tag_v2[279]
        black_is_one = opened.tag_v2[262] == 0
    length = length[0] if isinstance(length, tuple) else length
    stream = pdf.image(Image.new("1", (8, 8)))
    stream.write(
        buffer.getvalue()[start : start + length],
        filter=pikepdf.Name.CCITTFaxDecode,
        decode_parms=pikepdf.Dictionary(K=-1, Columns=4000, Rows=3000, BlackIs1=not black_is_one),
    )
    stream.Width, stream.Height = 4000, 3000
    pdf.page(b"q 960 0 0 720 0 0 cm /I0 Do Q", (960, 720), [stream])
    page = only(pdf, max_pixels=3_000_000)
    assert page.info["rendered"] is True
    assert page.width * page.height <= 3_000_000
    assert page.warnings
    assert only(pdf).info["rendered"] is False
