"""Glyphs lie where they are drawn, on every kind of page."""

import pickle

import numpy as np
import pikepdf
import pytest
from digital_pdfs import A5, LETTER, DigitalPdf, letter, show, to_unicode_map
from pikepdf import Array, Dictionary, Name

from ocrkit.config.settings import SourceOptions
from ocrkit.glyphs import TextLayer
from ocrkit.page import Page
from ocrkit.sources import open_source
from ocrkit.text_layer import judge, lines_of


def page_of(data: bytes, **options: object) -> Page:
    with open_source(data, SourceOptions.model_validate(options)) as source:
        return source.page(0)


def layer_of(data: bytes) -> TextLayer:
    layer = page_of(data).text_layer
    assert layer is not None
    return layer


def lines(data: bytes) -> list:
    layer = layer_of(data)
    verdict = judge(layer, 300)
    return lines_of(layer, verdict.trusted, verdict.spaces)


def ink_box(page: Page) -> np.ndarray:
    rows, columns = np.nonzero(page.pixels < 128)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])


def assert_on_ink(data: bytes, tolerance: float = 12.0) -> None:
    """The box of the only word encloses its ink, and not much more."""
    page = page_of(data)
    (line,) = lines(data)
    left, top, right, bottom = line.box
    ink = ink_box(page)
    assert left - 2 <= ink[0] <= left + tolerance
    assert right - tolerance <= ink[2] <= right + 2
    assert top - 2 <= ink[1]
    assert ink[3] <= bottom + 2
    assert bottom - top < 70  # 11 points at 300 dpi are 46 pixels


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_glyphs_lie_on_their_ink_on_rotated_pages(turn: int) -> None:
    pdf = DigitalPdf().page(show("Compiler", 100, 200), Rotate=turn)
    page = page_of(pdf.done())
    (line,) = lines(pdf.done())
    left, top, right, bottom = line.box
    ink = ink_box(page)
    assert np.abs(ink - [left, top, right, bottom]).max() < 20
    assert line.text == "Compiler"
    angle = np.degrees(np.arctan2(*(np.subtract(line.polygon[1], line.polygon[0])[::-1])))
    assert round(angle) % 360 == turn


def test_glyphs_lie_on_their_ink_on_cropped_pages() -> None:
    content = show("Compiler", 100, 200)
    assert_on_ink(DigitalPdf().page(content, CropBox=Array([60, 150, 300, 400])).done())
    assert_on_ink(DigitalPdf().page(content, MediaBox=Array([-50, -30, 370, 565])).done())
    assert_on_ink(DigitalPdf().page(content, UserUnit=2.5).done())


def test_text_in_form_objects_is_read_where_it_is_drawn() -> None:
    pdf = DigitalPdf()
    inner = pdf.form(show("Compiler", 0, 0), Matrix=Array([1, 0, 0, 1, 30, 40]), BBox=Array([-9, -9, 99, 99]))
    assert_on_ink(pdf.page("q 1 0 0 1 70 160 cm /X Do Q", objects={"/X": inner}).done())


def test_turned_text_has_turned_polygons() -> None:
    (line,) = lines(
        DigitalPdf().page("BT /F 20 Tf 0.866 0.5 -0.5 0.866 100 200 Tm (Compiler here) Tj ET").done()
    )
    (start, end, _, down) = line.polygon
    assert line.text == "Compiler here"
    assert np.degrees(np.arctan2(end.y - start.y, end.x - start.x)) == pytest.approx(-30, abs=0.5)
    assert np.hypot(down.x - start.x, down.y - start.y) == pytest.approx(20 * 300 / 72 * 1.15, rel=0.1)


def test_type_3_glyphs_have_the_characters_that_the_file_names() -> None:
    pdf = DigitalPdf()
    square = pikepdf.Stream(pdf.file, b"600 0 0 0 500 700 d1 0 0 500 700 re f")
    font = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type3,
        FontBBox=Array([0, 0, 600, 700]),
        FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]),
        CharProcs=Dictionary(square=square),
        Encoding=Dictionary(Type=Name.Encoding, Differences=Array([65, Name.square, Name.square])),
        FirstChar=65,
        LastChar=66,
        Widths=Array([600, 600]),
        ToUnicode=pikepdf.Stream(pdf.file, to_unicode_map({65: "X", 66: "Y"})),
    )
    (line,) = lines(pdf.page(show("ABA", 100, 200, font="T"), fonts={"/T": font}).done())
    assert line.text == "XYX"


def test_a_page_without_text_has_no_layer() -> None:
    assert page_of(DigitalPdf().page("0 0 50 50 re f").done()).text_layer is None


def test_nothing_is_rendered_before_the_pixels_are_used() -> None:
    page = page_of(DigitalPdf().page(letter()).done())
    assert page.text_layer is not None
    assert not page.is_rendered
    assert (page.width, page.height) == (1750, 2480)
    assert page.pixels.shape == (2480, 1750)  # also after the source was closed
    assert page.is_rendered


def test_a_page_can_be_sent_to_another_process() -> None:
    page = page_of(DigitalPdf().page(letter(), A5).done())
    copy = pickle.loads(pickle.dumps(page))
    np.testing.assert_array_equal(copy.pixels, page.pixels)
    assert copy.text_layer.text == page.text_layer.text


def test_the_picture_without_text_has_everything_else() -> None:
    layer = layer_of(DigitalPdf().page("0.5 g 50 50 100 100 re f " + letter(before="0 g")).done())
    assert layer.background.min() == pytest.approx(128, abs=2)
    assert layer.picture.min() < 60


def test_ligatures_soft_hyphens_and_raised_digits_become_plain_text() -> None:
    pdf = DigitalPdf()
    font = pdf.font(
        {1: "\ufb01", 2: "\u00ad", **{code: chr(code) for code in range(32, 127)}, 0x95: "\uf0b7"}
    )
    content = (
        "BT /T 11 Tf 40 500 Td (\\225 of\\001ce co\\002operate area 3 m) Tj 6 Ts /T 6 Tf (2) Tj ET "
        + show("H", 40, 450)
        + "BT /F 7 Tf 48 447 Td (2) Tj /F 11 Tf 4 3 Td (O) Tj ET"
    )
    found = [line.text for line in lines(pdf.page(content, fonts={"/T": font}).done())]
    assert found == ["• office cooperate area 3 m²", "H₂O"]


def test_words_end_at_gaps_without_spaces() -> None:
    content = "BT /F 11 Tf 40 500 Td [(Two)-600(words)-20(here)] TJ ET"
    (line,) = lines(DigitalPdf().page(content).done())
    assert [word.text for word in line.words] == ["Two", "wordshere"]


def test_the_lines_of_a_letter() -> None:
    assert tuple(line.text for line in lines(DigitalPdf().page(letter()).done())) == LETTER


def test_letters_of_type_3_fonts_make_lines_whatever_their_units() -> None:
    pdf = DigitalPdf()
    shapes = {"tall": b"6 0 0 -7 5 0 d1 0 -7 5 7 re f", "low": b"6 0 0 -4 5 0 d1 0 -4 5 4 re f"}
    font = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type3,
        FontBBox=Array([0, 0, 0, 0]),
        FontMatrix=Array([1, 0, 0, -1, 0, 0]),  # one unit is one point, and y grows downwards
        CharProcs=Dictionary({f"/{name}": pikepdf.Stream(pdf.file, data) for name, data in shapes.items()}),
        Encoding=Dictionary(Type=Name.Encoding, Differences=Array([65, Name.tall, Name.low])),
        FirstChar=65,
        LastChar=66,
        Widths=Array([6, 6]),
        Resources=Dictionary(),
        ToUnicode=pikepdf.Stream(pdf.file, to_unicode_map({65: "L", 66: "a"})),
    )
    (line,) = lines(pdf.page("BT /T 1 Tf 100 200 Td (AB) Tj 18 0 Td (BAB) Tj ET", fonts={"/T": font}).done())
    assert line.text == "La aLa"
    assert line.words[0].box.height == line.words[1].box.height
