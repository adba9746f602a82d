"""Searchable PDFs, read by other programs: the positions of words, the text, and the unchanged page."""

import functools
import io
import itertools
import math
import re
import subprocess
import sys
import zlib

import numpy as np
import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw, ImageFont

import ocrkit
from ocrkit.config.settings import SourceOptions
from ocrkit.document import Document
from ocrkit.errors import ExportError, MissingDependencyError
from ocrkit.exporters.base import SupportsSource
from ocrkit.exporters.pdf import bidi, export, glyphless
from ocrkit.formats import export_from, export_pages, exporter, format_names, suffix_of
from ocrkit.geometry import Box, Point, Transform
from ocrkit.result import Block, Line, PageResult, Trace, Word
from ocrkit.sources import open_source

LINES = [
    [("Dear", (100, 100, 180, 140)), ("Sir,", (200, 100, 270, 148)), ("größer", (290, 104, 420, 140))],
    [("second", (100, 200, 240, 240)), ("line", (252, 200, 330, 240))],
]


def word(text, box):
    return Word(text=text, polygon=Box(*box).polygon if box else None)


def result(lines=LINES, size=(1000, 800), index=0, dpi=200.0, **source):
    block = Block.of(Line.of(word(*each) for each in line) for line in lines)
    return PageResult(
        index=index, width=size[0], height=size[1], dpi=dpi, blocks=(block,) if lines else (),
        trace=Trace(backend="test", source=source),
    )  # fmt: skip


def document(*pages, **fields):
    return Document(page_count=max(1, len(pages)), pages=pages, **fields)


def drawing(size=(1000, 800), mode="RGB", lines=LINES):
    """An image with a rectangle for each word."""
    picture = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(picture)
    for number, (_, box) in enumerate(itertools.chain(*lines)):
        pen.rectangle(box, fill=((40 * number) % 200, 30, 90))
    return picture.convert(mode)


def saved(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def pdf_bytes(pdf, **options):
    buffer = io.BytesIO()
    pdf.save(buffer, **options)
    return buffer.getvalue()


def scan_pdf(picture=None, *, points=(360, 288), place=None, rotate=None, boxes=None, pages=1):
    """A PDF whose pages are a JPEG each."""
    picture = picture or drawing()
    with pikepdf.new() as pdf:
        for _ in range(pages):
            image = pdf.make_stream(
                saved(picture, "JPEG", quality=95), Type=Name.XObject, Subtype=Name.Image, Width=picture.width,
                Height=picture.height, ColorSpace=Name.DeviceRGB, BitsPerComponent=8, Filter=Name.DCTDecode,
            )  # fmt: skip
            page = pdf.add_blank_page(page_size=points)
            page.obj.Resources = Dictionary(XObject=Dictionary(Im0=image))
            matrix = place or (points[0], 0, 0, points[1], 0, 0)
            page.obj.Contents = pdf.make_stream(f"q {' '.join(map(str, matrix))} cm /Im0 Do Q".encode())
            for key, value in (boxes or {}).items():
                page.obj[f"/{key}"] = Array(value)
            if rotate is not None:
                page.obj.Rotate = rotate
        return pdf_bytes(pdf)


def rendered(data, scale=1.0, index=0, password=None):
    with pypdfium2.PdfDocument(data, password=password) as pdf:
        return np.array(pdf[index].render(scale=scale).to_numpy())


def text_by_pdfium(data, index=0):
    with pypdfium2.PdfDocument(data) as pdf:
        return pdf[index].get_textpage().get_text_range()


def checked(data):
    """The same data, in which qpdf finds no errors."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        check = getattr(pdf, "check_pdf_syntax", None) or pdf.check
        assert check() == []
    return data


@pytest.fixture
def poppler(require_program, tmp_path):
    program = require_program("pdftotext")

    def run(data, *options):
        path = tmp_path / "made.pdf"
        path.write_bytes(data)
        done = subprocess.run([program, *options, path, "-"], capture_output=True, check=True)
        assert done.stderr == b""
        return done.stdout.decode()

    return run


@pytest.fixture
def boxes(poppler):
    """The boxes of the words on a page, in the pixels of the result."""

    def find(data, page, *options):
        found = poppler(data, "-bbox", *options)
        with pypdfium2.PdfDocument(data) as pdf:  # poppler gives the size of the page before its rotation
            width, height = pdf[0].get_size()
        across, down = page.width / width, page.height / height
        pattern = r'xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>'
        return {
            text: (float(x1) * across, float(y1) * down, float(x2) * across, float(y2) * down)
            for x1, y1, x2, y2, text in re.findall(pattern, found)
        }

    return find


def assert_in_place(found, page, within=2.0):
    words = [each for each in page.words if each.polygon]
    assert set(found) == {each.text for each in words}
    for each in words:
        assert found[each.text] == pytest.approx(tuple(each.box), abs=within), each.text


# ── from images ──


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP", "PPM", "JPEG2000"])
def test_an_image_becomes_a_page_of_its_size_with_the_words_in_position(kind, boxes, poppler):
    page = result()
    data = checked(export.from_source(document(page), saved(drawing(), kind)))
    assert_in_place(boxes(data, page), page)
    assert re.sub("\n+", "\n", poppler(data)).strip() == "Dear Sir, größer\nsecond line"
    assert text_by_pdfium(data) == "Dear Sir, größer\r\nsecond line"
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert [float(each) for each in pdf.pages[0].mediabox] == [0, 0, 360, 288]  # 1000 × 800 at 200 dpi


MODES = [
    ("1", "TIFF"), ("1", "PNG"), ("L", "PNG"), ("P", "PNG"), ("RGB", "PNG"), ("L", "TIFF"), ("RGB", "TIFF"),
    ("P", "TIFF"), ("P", "GIF"), ("L", "BMP"), ("CMYK", "TIFF"), ("RGBA", "PNG"), ("LA", "PNG"), ("L", "JPEG"),
    ("RGB", "JPEG"), ("CMYK", "JPEG"), ("YCbCr", "TIFF"),
]  # fmt: skip


@pytest.mark.parametrize(("mode", "kind"), MODES)
def test_the_page_shows_the_pixels_of_the_image(mode, kind):
    data = saved(drawing(mode=mode), kind)
    page = open_source(data).page(0)
    made = checked(export.from_source(document(result(dpi=72.0)), data))
    shown = rendered(made)[..., ::-1]
    wanted = page.pixels if page.pixels.ndim == 3 else np.repeat(page.pixels[..., None], 3, axis=2)
    if mode == "CMYK":  # programs convert CMYK in different ways
        assert np.abs(shown.astype(int) - wanted).mean() < 25
        assert shown[20, 20].min() > 250
        assert shown[120, 120].max() < 160
    else:
        assert np.abs(shown.astype(int) - wanted).max() <= (2 if kind == "JPEG" or mode == "YCbCr" else 0)


def test_sixteen_bit_gray_is_kept():
    values = (np.arange(400 * 300, dtype=np.uint32) % 65536).astype(np.uint16).reshape(300, 400)
    for source in (saved(Image.fromarray(values), "PNG"), saved(Image.fromarray(values), "TIFF"), values):
        made = checked(export.from_source(document(result([], (400, 300))), source))
        with pikepdf.open(io.BytesIO(made)) as pdf:
            image = pdf.pages[0].Resources.XObject.Im
            assert int(image.BitsPerComponent) == 16
            rows = np.frombuffer(image.read_bytes(), ">u2").reshape(300, -1)
            assert np.array_equal(rows, values)


def test_a_jpeg_is_embedded_unchanged():
    data = saved(drawing(), "JPEG", quality=80, progressive=True, icc_profile=srgb())
    made = export.from_source(document(result()), data)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        image = pdf.pages[0].Resources.XObject.Im
        assert image.read_raw_bytes() == data
        assert image.ColorSpace[0] == Name.ICCBased
        assert image.ColorSpace[1].read_bytes() == srgb()
    assert data in made


def test_the_data_of_a_plain_png_is_embedded_unchanged():
    data = saved(drawing(), "PNG", icc_profile=srgb())
    made = export.from_source(document(result()), data)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        image = pdf.pages[0].Resources.XObject.Im
        assert image.read_raw_bytes()[:500] in data
        assert image.ColorSpace[0] == Name.ICCBased


@functools.cache  # the profile contains the time of its creation
def srgb():
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def test_black_and_white_images_are_compressed_with_group_4():
    for source in (saved(drawing(mode="1"), "TIFF", compression="group4"), drawing(mode="1")):
        made = export.from_source(document(result()), source)
        with pikepdf.open(io.BytesIO(made)) as pdf:
            image = pdf.pages[0].Resources.XObject.Im
            assert image.Filter == Name.CCITTFaxDecode
            assert int(image.BitsPerComponent) == 1
        assert len(made) < 12_000


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_the_exif_orientation_is_applied(orientation, kind, boxes):
    exif = Image.Exif()
    exif[0x112] = orientation
    options = {"tiffinfo": {0x112: orientation}} if kind == "TIFF" else {"exif": exif.tobytes()}
    if kind == "WEBP":
        options["lossless"] = True
    data = saved(drawing(), kind, **options)
    read = open_source(data).page(0)
    page = result([[("here", (100, 50, 300, 90))]], (read.width, read.height), dpi=72.0)
    made = checked(export.from_source(document(page), data))
    assert np.abs(rendered(made)[..., ::-1].astype(int) - read.pixels).max() <= (2 if kind == "JPEG" else 0)
    assert_in_place(boxes(made, page), page)


def test_every_page_of_a_tiff_is_written_even_if_it_was_not_read(poppler):
    pictures = [drawing((400 + 100 * number, 800), mode) for number, mode in enumerate("1LP")]
    data = saved(pictures[0], "TIFF", save_all=True, append_images=pictures[1:], dpi=(100, 100))
    pages = [result(LINES[1:], (400, 800), 0, 100.0), result(LINES[:1], (600, 800), 2, 100.0)]
    made = checked(export.from_source(document(*pages), data))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert [float(each.mediabox[2]) for each in pdf.pages] == pytest.approx([288, 360, 432])
    assert [each.split() for each in poppler(made).split("\f")[:3]] == [
        ["second", "line"],
        [],
        ["Dear", "Sir,", "größer"],
    ]


@pytest.mark.parametrize(
    ("stated", "known", "points"),
    [
        (None, None, (240, 192)),  # 300 dpi
        ((150, 150), None, (480, 384)),
        ((150, 150), 400.0, (180, 144)),  # the resolution of the result
        ((72, 72), None, (240, 192)),  # a default of cameras
        ((200, 100), None, (360, 576)),  # the oblong pixels of a fax
        ((1, 1), None, (240, 192)),
    ],
)
def test_the_page_size_follows_from_the_resolution(stated, known, points, boxes):
    data = saved(drawing(), "TIFF", **({"dpi": stated} if stated else {}))
    page = result(dpi=known)
    made = export.from_source(document(page), data)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert [float(each) for each in pdf.pages[0].mediabox[2:]] == pytest.approx(points, rel=1e-3)
    assert_in_place(boxes(made, page), page)


def test_the_page_size_does_not_exceed_the_limit_of_pdf(boxes):
    lines = [[("far", (30000, 100, 31000, 400))]]
    page = result(lines, (39000, 500), dpi=36.0)
    made = checked(export.from_source(document(page), Image.new("1", (39000, 500), 1)))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert float(pdf.pages[0].mediabox[2]) == pytest.approx(14400)
    assert_in_place(boxes(made, page), page)


def test_a_source_may_be_an_image_or_an_array_in_memory():
    picture = drawing()
    wanted = rendered(export.from_source(document(result()), picture))
    for source in (np.asarray(picture), np.asarray(picture.convert("RGBA"))):
        assert np.array_equal(rendered(export.from_source(document(result()), source)), wanted)
    for source in (np.zeros((800, 1000, 1), np.uint8), np.zeros((800, 1000), bool), picture.convert("LA")):
        checked(export.from_source(document(result()), source))


# ── from PDFs ──


def drawn_pdf(rotate=0, media=(0, 0, 600, 400), crop=None, unit=None):
    """A page with three rectangles in different grays, whose pixel positions `measured` finds."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(600, 400))
        page.obj.MediaBox = Array(media)
        if crop:
            page.obj.CropBox = Array(crop)
        if rotate:
            page.obj.Rotate = rotate
        if unit:
            page.obj.UserUnit = unit
        x, y = media[0], media[1]
        page.obj.Contents = pdf.make_stream(
            f".2 g {x + 150} {y + 200} 80 20 re f .4 g {x + 300} {y + 120} 90 24 re f "
            f".6 g {x + 160} {y + 260} 30 60 re f".encode()
        )
        return pdf_bytes(pdf)


def measured(data, **options):
    """A result with a word on each rectangle."""
    page = open_source(data, SourceOptions(**options)).page(0)
    words = []
    for text, level in (("one", 51), ("six", 102), ("two", 153)):
        rows, columns = np.nonzero(np.abs(page.pixels.astype(int) - level) <= 1)
        words.append((text, (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)))
    return result([[each] for each in words], (page.width, page.height), 0, page.dpi, **page.info)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270, -90, 450])
@pytest.mark.parametrize("crop", [None, (100, 50, 550, 380), (-50, -50, 420, 900)])
@pytest.mark.parametrize("media", [(0, 0, 600, 400), (-30, 40, 570, 440)])
def test_words_are_in_position_on_rotated_and_cropped_pages(rotate, crop, media, boxes):
    data = drawn_pdf(
        rotate, media, crop and [value + offset for value, offset in zip(crop, media[:2] * 2, strict=True)]
    )
    page = measured(data, dpi=200)
    made = checked(export.from_source(document(page), data))
    assert np.array_equal(rendered(made, 2), rendered(data, 2))
    assert_in_place(boxes(made, page, "-cropbox"), page)


def test_words_are_in_position_on_a_page_with_a_user_unit(boxes):
    data = drawn_pdf(unit=3)
    page = measured(data)
    made = checked(export.from_source(document(page), data))
    assert_in_place(boxes(made, page), page)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert int(pdf.pages[0].UserUnit) == 3


def test_words_are_in_position_on_a_page_that_poppler_rendered(require_program, boxes):
    require_program("pdftoppm")
    data = drawn_pdf(90, crop=(100, 50, 550, 380))
    page = measured(data, rasterizer="pdf2image", dpi=150)
    assert_in_place(boxes(export.from_source(document(page), data), page, "-cropbox"), page)


@pytest.mark.parametrize("rotate", [None, 90, 180, 270])
@pytest.mark.parametrize("place", [None, (359.2, 0, 0, 287.4, 0.5, 0.3), (0, 288, -360, 0, 360, 0)])
def test_a_scan_keeps_its_image_and_gets_its_text(rotate, place, boxes):
    """Even if it is a little off the edges of the page, or rotated."""
    sideways = place and place[0] == 0
    picture = drawing((800, 1000), lines=[[("x", (100, 100, 300, 150))]]) if sideways else drawing()
    data = scan_pdf(picture, rotate=rotate, place=place)
    read = open_source(data).page(0)
    assert not read.info["rendered"]
    page = result([[("there", (300, 100, 500, 150))]], (read.width, read.height), 0, read.dpi, **read.info)
    made = checked(export.from_source(document(page), data))
    assert np.array_equal(rendered(made, 2), rendered(data, 2))
    assert_in_place(boxes(made, page), page)
    with pikepdf.open(io.BytesIO(made)) as pdf, pikepdf.open(io.BytesIO(data)) as before:
        image, old = (each.pages[0].Resources.XObject.Im0 for each in (pdf, before))
        assert image.read_raw_bytes() == old.read_raw_bytes()
    again = open_source(made).page(0)
    assert not again.info["rendered"], "the page is still a scan"


def test_words_are_in_position_on_a_scan_that_is_smaller_than_its_page(boxes):
    data = scan_pdf(place=(356.6, 0, 0, 285.2, 3, 2))
    page = result(rendered=False, format="pdf")
    found = boxes(export.from_source(document(page), data), page)
    for text, box in itertools.chain(*LINES):
        wanted = [
            (value * 356.6 / 1000 + 3) * 1000 / 360
            if number % 2 == 0
            else (value * 285.2 / 800 + 0.8) * 800 / 288
            for number, value in enumerate(box)
        ]
        assert found[text] == pytest.approx(wanted, abs=0.5)


def test_everything_else_in_a_pdf_is_kept(poppler):
    with pikepdf.open(io.BytesIO(scan_pdf(pages=3))) as pdf:
        pdf.docinfo["/Title"] = "A title"
        pdf.docinfo["/ModDate"] = "D:20200101000000Z"
        with pdf.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("Second", 1))
        link = Dictionary(
            Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), Border=Array([0, 0, 0]),
            A=Dictionary(S=Name.URI, URI=pikepdf.String("https://example.org")),
        )  # fmt: skip
        pdf.pages[1].Annots = Array([pdf.make_indirect(link)])
        pdf.attachments["a.txt"] = b"attached"
        data = pdf_bytes(pdf)
    made = checked(export.from_source(document(result(index=1)), data))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert str(pdf.docinfo["/Title"]) == "A title"
        assert str(pdf.docinfo["/ModDate"]) == "D:20200101000000Z"
        with pdf.open_outline() as outline:
            assert [each.title for each in outline.root] == ["Second"]
        assert str(pdf.pages[1].Annots[0].A.URI) == "https://example.org"
        assert pdf.attachments["a.txt"].get_file().read_bytes() == b"attached"
        assert "/Font" not in pdf.pages[0].Resources
        assert len(pdf.pages) == 3
    assert [each.split() for each in poppler(made).split("\f")[:3]] == [
        [],
        "Dear Sir, größer second line".split(),
        [],
    ]


def test_pages_that_share_resources_do_not_share_the_new_font():
    with pikepdf.open(io.BytesIO(scan_pdf(pages=2))) as pdf:
        shared = pdf.make_indirect(pdf.pages[0].Resources)
        shared.Font = Dictionary(
            ocrkit=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        )
        for page in pdf.pages:
            page.obj.Resources = shared
        data = pdf_bytes(pdf)
    made = checked(export.from_source(document(result()), data))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert sorted(pdf.pages[0].Resources.Font.keys()) == ["/ocrkit", "/ocrkit2"]
        assert list(pdf.pages[1].Resources.Font.keys()) == ["/ocrkit"]


def test_inherited_attributes_of_pages_are_respected(boxes):
    with pikepdf.open(io.BytesIO(drawn_pdf(90, crop=(100, 50, 550, 380)))) as pdf:
        page = pdf.pages[0].obj
        for key in ("/MediaBox", "/CropBox", "/Rotate", "/Resources"):
            pdf.Root.Pages[key] = page[key]
            del page[key]
        data = pdf_bytes(pdf)
    page = measured(data)
    assert_in_place(boxes(checked(export.from_source(document(page), data)), page, "-cropbox"), page)


def test_an_unbalanced_graphics_state_does_not_move_the_text(boxes):
    """The text is drawn before the other content."""
    with pikepdf.open(io.BytesIO(drawn_pdf())) as pdf:
        pdf.pages[0].Contents = Array(
            [
                pdf.make_stream(
                    b"q q .2 g 150 200 80 20 re f .4 g 300 120 90 24 re f .6 g 160 260 30 60 re f"
                ),
                pdf.make_stream(b"3 0 0 3 50 50 cm 0 0 m"),
            ]
        )
        data = pdf_bytes(pdf)
    page = measured(data)
    made = export.from_source(document(page), data)
    assert np.array_equal(rendered(made, 2), rendered(data, 2))
    assert_in_place(boxes(made, page), page)


def test_a_page_without_content_and_resources_gets_text(boxes):
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(360, 288))
        for key in ("/Contents", "/Resources"):
            if key in page.obj:
                del page.obj[key]
        data = pdf_bytes(pdf)
    assert_in_place(boxes(checked(export.from_source(document(result()), data)), result()), result())


# ── existing text ──


def with_text(mode, *, in_form=False):
    with pikepdf.open(io.BytesIO(scan_pdf())) as pdf:
        page = pdf.pages[0]
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        text = f"BT {mode} Tr /F 20 Tf 50 50 Td (Already) Tj ET".encode()
        if in_form:
            form = pdf.make_stream(
                text, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 360, 288]),
                Resources=Dictionary(Font=Dictionary(F=font)),
            )  # fmt: skip
            page.Resources.XObject.Fm = form
            text = b"/Fm Do"
        else:
            page.Resources.Font = Dictionary(F=font)
        page.Contents = Array([page.Contents, pdf.make_stream(text)])
        return pdf_bytes(pdf)


@pytest.mark.parametrize("in_form", [False, True])
@pytest.mark.parametrize(
    ("mode", "choice", "words"),
    [
        (0, "keep", ["Already"]), (3, "keep", ["Already"]),
        (0, "replace", ["Already"]), (3, "replace", ["Dear", "Sir,"]),
        (0, "add", ["Already", "Dear", "Sir,"]), (3, "add", ["Already", "Dear", "Sir,"]),
    ],
)  # fmt: skip
def test_existing_text_is_kept_replaced_or_added_to(mode, choice, words, in_form, poppler):
    data = with_text(mode, in_form=in_form)
    found = document(result([LINES[0][:2]]))
    made = checked(export.from_source(found, data, existing_text=choice))
    assert sorted(poppler(made).split()) == sorted(words)
    assert np.array_equal(rendered(made, 2), rendered(data, 2))


def test_a_second_export_does_not_change_the_text():
    once = export.from_source(document(result()), scan_pdf())
    assert text_by_pdfium(export.from_source(document(result()), once)) == text_by_pdfium(once)
    replaced = export.from_source(document(result()), once, existing_text="replace")
    assert text_by_pdfium(replaced) == text_by_pdfium(once)


def test_an_unknown_value_of_existing_text_is_an_error():
    with pytest.raises(ExportError, match="keep, replace, add, not 'double'"):
        export.from_source(document(result()), scan_pdf(), existing_text="double")


# ── scripts ──


def test_chinese_and_japanese_text_is_extracted_without_spaces(poppler):
    lines = [
        [("中文", (100, 100, 180, 140)), ("字符", (184, 100, 264, 140)), ("識別", (264, 100, 344, 140))],
        [("日本語の", (100, 200, 260, 240)), ("文章。", (262, 200, 380, 240))],
        [("한국어", (100, 300, 220, 340)), ("문장", (240, 300, 320, 340))],
    ]
    made = checked(export.from_source(document(result(lines)), drawing()))
    assert re.split("\n+", poppler(made))[:3] == ["中文字符識別", "日本語の文章。", "한국어 문장"]
    assert text_by_pdfium(made) == "中文字符識別\r\n日本語の文章。\r\n한국어 문장"


def test_vertical_columns_are_extracted_in_reading_order(poppler, boxes):
    lines = [[("縦書き", (800, 100, 840, 220))], [("日本語", (700, 100, 740, 220))]]
    page = result(lines)
    made = checked(export.from_source(document(page), drawing()))
    assert poppler(made).split() == ["縦書き", "日本語"]
    assert_in_place(boxes(made, page), page)


def test_arabic_and_hebrew_text_is_extracted_in_logical_order(poppler):
    lines = [
        [("مرحبا", (500, 100, 600, 140)), ("بالعالم", (380, 100, 490, 140)), ("2024", (300, 100, 370, 140))],
        [("שלום", (500, 200, 600, 240)), ("עולם", (380, 200, 490, 240))],
    ]
    made = checked(export.from_source(document(result(lines)), drawing()))
    plain = re.sub("[\u202a-\u202e\u200e\u200f]", "", poppler(made))
    assert [" ".join(line.split()) for line in plain.split("\n") if line.strip()] == [
        "مرحبا بالعالم 2024",
        "שלום עולם",
    ]
    found = text_by_pdfium(made)
    assert "مرحبا بالعالم 2024" in found
    assert "שלום עולם" in found


@pytest.mark.parametrize(
    ("logical", "visual"),
    [
        ("abc", "abc"),
        ("אבג", "גבא"),
        ("אב 12 גד", "דג 12 בא"),
        ("אב abc גד", "דג abc בא"),
        ("abc אב גד def", "abc דג בא def"),
        ("אב.", ".בא"),
        ("", ""),
    ],
)
def test_right_to_left_text_is_reordered(logical, visual):
    assert bidi.visual_order(logical) == visual


def test_any_character_of_unicode_can_be_extracted(poppler, boxes):
    page = result(
        [[("a😀b", (100, 100, 220, 140)), ("𝔸𠮷", (240, 100, 300, 140)), ("ﬁ<&>", (310, 100, 400, 140))]]
    )
    made = checked(export.from_source(document(page), drawing()))
    assert poppler(made).strip() == "a😀b 𝔸𠮷 ﬁ<&>"
    assert text_by_pdfium(made).startswith("a😀b 𝔸𠮷")


def test_characters_beyond_the_last_code_become_replacement_characters():
    codes = glyphless.CharacterCodes()
    every = "".join(chr(code) for code in range(0x20, 0x20000) if not 0xD800 <= code < 0xE000)
    assert len(codes.encode(every)) == 4 * len(every)
    assert len(codes) == 0xFFFF
    assert codes.encode("\U0001fffe") == codes.encode("\ufffd")


def test_control_characters_are_removed(poppler):
    page = result([[("a\x00b\x1b\x07c", (100, 100, 200, 140)), ("d\n e\u2028f", (220, 100, 330, 140))]])
    assert poppler(export.from_source(document(page), drawing())).split() == ["abc", "d", "e", "f"]


# ── positions ──


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_words_with_a_quarter_turn_are_in_position(degrees, boxes, poppler):
    turn = Transform.rotation(degrees, Point(500, 400))
    words = [Word(text=text, polygon=turn.polygon(Box(*box).polygon)) for text, box in LINES[0]]
    page = result([]).model_copy(update={"blocks": (Block.of([Line.of(words)]),)})
    made = checked(export.from_source(document(page), drawing()))
    assert_in_place(boxes(made, page), page)
    assert poppler(made).split() == ["Dear", "Sir,", "größer"]


@pytest.mark.parametrize("degrees", [-3, -1, 0.4, 2])
def test_words_on_a_skewed_page_stay_whole(degrees, boxes):
    turn = Transform.rotation(degrees, Point(300, 150))
    words = [Word(text=text, polygon=turn.polygon(Box(*box).polygon)) for text, box in LINES[0]]
    page = result([]).model_copy(update={"blocks": (Block.of([Line.of(words)]),)})
    assert_in_place(boxes(export.from_source(document(page), drawing()), page), page)


def test_slanted_text_keeps_its_angle():
    turn = Transform.rotation(30, Point(300, 300))
    polygon = turn.polygon(Box(200, 280, 400, 320).polygon)
    page = result([]).model_copy(
        update={"blocks": (Block.of([Line.of([Word(text="slanted", polygon=polygon)])]),)}
    )
    made = export.from_source(document(page), drawing())
    assert text_by_pdfium(made) == "slanted"
    with pypdfium2.PdfDocument(made) as pdf:
        (item,) = [each for each in pdf[0].get_objects() if each.type == pypdfium2.raw.FPDF_PAGEOBJ_TEXT]
        matrix = item.get_matrix()
    assert math.degrees(math.atan2(matrix.b, matrix.a)) == pytest.approx(-30, abs=0.01)


def test_words_without_a_polygon_share_that_of_their_line(poppler, boxes):
    line = Line(text="some words here", polygon=Box(100, 100, 500, 140).polygon)
    unplaced = Line.of([Word(text="no"), Word(text="place")], polygon=Box(100, 200, 300, 240).polygon)
    page = result([]).model_copy(update={"blocks": (Block.of([line, unplaced]),)})
    found = boxes(export.from_source(document(page), drawing()), page)
    assert list(found) == ["some", "words", "here", "no", "place"]
    assert found["some"] == pytest.approx((100, 100, 100 + 400 * 4 / 15, 140), abs=1)
    assert found["place"] == pytest.approx((300 - 200 * 5 / 8, 200, 300, 240), abs=1)


def test_lines_and_blocks_without_a_polygon_are_on_their_page(poppler):
    block = Block.of([Line(text="nowhere to"), Line(text="be seen")])
    page = result([]).model_copy(update={"blocks": (block, Block.of([Line(text="either")]), Block())})
    made = checked(export.from_source(document(page), drawing()))
    assert poppler(made).split() == "nowhere to be seen either".split()


def test_words_with_an_empty_box_are_extracted(poppler):
    page = result([[("dot", (100, 100, 100, 100))], [("flat", (100, 200, 300, 200))], [("", (1, 1, 9, 9))]])
    assert poppler(checked(export.from_source(document(page), drawing()))).split() == ["dot", "flat"]


def test_a_page_without_results_gets_no_text():
    for source in (scan_pdf(), drawing()):
        made = checked(export.from_source(document(result([])), source))
        assert text_by_pdfium(made) == ""
        assert b"OcrkitGlyphless" not in made


# ── the interface ──


def test_every_way_to_export_gives_the_same_file(tmp_path):
    assert "pdf" in format_names()
    assert exporter("pdf") is export
    assert isinstance(export, SupportsSource)
    assert suffix_of("pdf") == ".pdf"
    path = tmp_path / "scan.png"
    drawing().save(path)
    found = document(result(), source=str(path))
    wanted = export.from_source(found, path)
    assert export(found) == wanted
    assert b"".join(export_pages(export, found.model_copy(update={"pages": ()}), iter(found.pages))) == wanted
    assert export_from(export, found, path.read_bytes()) == wanted
    assert ocrkit.searchable_pdf(found, path) == wanted
    assert export_from(exporter("text"), found, path) == exporter("text")(found)


def test_every_kind_of_source_gives_the_same_file(tmp_path):
    path = tmp_path / "scan.pdf"
    path.write_bytes(scan_pdf())
    wanted = export.from_source(document(result()), path)
    assert export.from_source(document(result()), str(path)) == wanted
    assert export.from_source(document(result()), memoryview(path.read_bytes())) == wanted
    with path.open("rb") as file:
        file.seek(7)
        assert export.from_source(document(result()), file) == wanted
        assert file.tell() == 7
    with (tmp_path / "made.pdf").open("wb") as file:
        export.write(file, document(result()), path)
    assert (tmp_path / "made.pdf").read_bytes() == wanted


@pytest.mark.parametrize("name", [None, "gone.png", "<stdin>", "a\0b"])
def test_without_a_source_the_error_names_searchable_pdf(name):
    with pytest.raises(ExportError, match=r"ocrkit\.searchable_pdf\(document, source\)"):
        export(document(result(), source=name))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (lambda: drawing((500, 500)), "page 1 had 1000 × 800 pixels and has 500 × 500 here"),
        (lambda: scan_pdf(points=(300, 300)), "page 1 has another aspect ratio"),
        (lambda: b"hello", "neither a PDF nor an image"),
        (lambda: b"%PDF-1.7 and nothing else", "damaged"),
        (lambda: "none.png", "none.png: the source cannot be opened: No such file"),
        (lambda: 42, "cannot be of type int"),
        (lambda: saved(drawing(), "TIFF")[:3000], "cannot be embedded in a PDF"),
        (lambda: saved(drawing(mode="F"), "TIFF"), "32 bits"),
    ],
    ids=["size", "shape", "text", "damaged PDF", "no file", "no source", "damaged image", "32 bits"],
)
def test_an_unsuitable_source_is_an_error(source, message):
    with pytest.raises(ExportError, match=message):
        export.from_source(document(result()), source())


@pytest.mark.parametrize("source", [scan_pdf, drawing])
def test_a_source_with_fewer_pages_is_an_error(source):
    with pytest.raises(ExportError, match="it has no page 5, only 1"):
        export.from_source(document(result(index=4)), source())


def test_a_stream_that_cannot_seek_is_an_error():
    class Pipe(io.RawIOBase):
        def readable(self):
            return True

    with pytest.raises(ExportError, match="only once"):
        export.from_source(document(result()), Pipe())


@pytest.mark.parametrize("owner_only", [False, True])
def test_an_encrypted_pdf_stays_encrypted(owner_only, poppler):
    with pikepdf.open(io.BytesIO(scan_pdf())) as pdf:
        user = "" if owner_only else "greenhouse"
        data = pdf_bytes(pdf, encryption=pikepdf.Encryption(user=user, owner="gardener"))
    if owner_only:
        made = export.from_source(document(result()), data)
    else:
        with pytest.raises(ExportError, match="give its password"):
            export.from_source(document(result()), data)
        with pytest.raises(ExportError, match="password is wrong"):
            export.from_source(document(result()), data, password="cellar")
        made = export.from_source(document(result()), data, password="greenhouse")
    with pikepdf.open(io.BytesIO(made), password=user) as pdf:
        assert pdf.is_encrypted
    assert np.array_equal(rendered(made, password=user), rendered(scan_pdf()))
    assert "größer" in poppler(made, *([] if owner_only else ["-upw", user]))


def test_without_pikepdf_the_error_names_the_extra(monkeypatch):
    for name in [
        name
        for name in sys.modules
        if name.split(".")[0] == "pikepdf" or name.startswith("ocrkit.exporters.pdf.")
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("ocrkit.exporters.pdf.writer", raising=False)
    monkeypatch.setitem(sys.modules, "pikepdf", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'ocrkit\[pdf\]'"):
        export.from_source(document(result()), drawing())


# ── the file ──


def test_the_same_input_gives_the_same_bytes(tmp_path):
    code = (
        "import sys, pathlib; from ocrkit.exporters.pdf import export; from ocrkit.document import Document; "
        "folder = pathlib.Path(sys.argv[1]); found = Document.from_json((folder / 'found.json').read_bytes()); "
        "[(folder / f'{name}.out').write_bytes(export.from_source(found, folder / name)) for name in sys.argv[2:]]"
    )
    (tmp_path / "found.json").write_text(document(result()).to_json())
    (tmp_path / "scan.pdf").write_bytes(scan_pdf())
    drawing(mode="1").save(tmp_path / "scan.tif")
    names = ("scan.pdf", "scan.tif")
    expected = [export.from_source(document(result()), tmp_path / name) for name in names]
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", code, tmp_path, *names], check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        )  # fmt: skip
        assert [(tmp_path / f"{name}.out").read_bytes() for name in names] == expected


def test_the_font_file_is_valid():
    data = glyphless.font_file()
    assert data == glyphless.font_file()
    assert sum(np.frombuffer(data, ">u4").tolist()) & 0xFFFFFFFF == 0xB1B0AFBA
    ImageFont.truetype(io.BytesIO(data), 20)


def test_a_selection_covers_the_characters():
    """pdfium takes the size of the selection from the glyph."""
    page = result([[("Word", (100, 100, 300, 140))]])
    with pypdfium2.PdfDocument(export.from_source(document(page), drawing())) as pdf:
        left, bottom, right, top = (value / 72 * 200 for value in pdf[0].get_textpage().get_charbox(1))
    assert (left, 800 - top, right, 800 - bottom) == pytest.approx((150, 100, 200, 140), abs=1)


def test_the_text_layer_adds_few_bytes(tmp_path):
    path = tmp_path / "long.pdf"
    path.write_bytes(scan_pdf(pages=10))
    lines = [
        [
            (f"word{row}{column}", (column * 80, row * 20, column * 80 + 70, row * 20 + 15))
            for column in range(10)
        ]
        for row in range(35)
    ]
    found = document(*(result(lines, index=index) for index in range(10)))
    made = export.from_source(found, path)
    assert len(made) < path.stat().st_size + 10 * 12_000
    assert "word349" in text_by_pdfium(made, 9)


def test_text_streams_are_compressed_and_contain_only_text():
    made = export.from_source(document(result()), drawing())
    with pikepdf.open(io.BytesIO(made)) as pdf:
        text = zlib.decompress(pdf.pages[0].Contents[0].read_raw_bytes()).decode()
    assert text.startswith("q\nBT 3 Tr\n/ocrkit 14.4 Tf 100 Tz")
    assert text.count("BT") == text.count("ET") == 2
    assert text.endswith("ET\nQ\n")
