"""The fields of fillable PDFs: exact values, types and places; broken forms give a warning."""

from __future__ import annotations

import pickle

import pikepdf
import pytest
from made_files import text_pdf
from made_forms import FormPdf, application
from pikepdf import Array, Dictionary, Name, String

from ocrkit.config.settings import SourceOptions
from ocrkit.sources import open_source

DPI = 72  # one pixel is a point


def form_of(data: bytes, index: int = 0):
    with open_source(data, SourceOptions(dpi=DPI)) as source:
        return source.page(index)


@pytest.fixture(scope="module")
def page():
    return form_of(application())


def test_fields_are_in_reading_order_with_their_types_and_exact_values(page):
    assert [(field.name, field.type, field.value) for field in page.form] == [
        ("person.name", "text", "Ada Lovelace"),
        ("city", "choice", "London"),
        ("rules", "check_box", "Yes"),
        ("news", "check_box", "Off"),
        ("reader", "radio_button", "Off"),
        ("reader", "radio_button", "child"),
        ("password", "text", ""),
        ("signature", "signature", ""),
    ]


def test_places_are_in_pixels_of_the_page(page):
    assert [round(side) for side in page.form[0].box] == [120, 100, 320, 120]


def test_buttons_know_their_state_and_what_they_stand_for(page):
    assert [(field.selected, field.option) for field in page.form if field.selected is not None] == [
        (True, "Yes"), (False, "weekly"), (False, "adult"), (True, "child"),
    ]  # fmt: skip


def test_hidden_fields_are_left_out_with_a_warning_and_passwords_are_not_read(page):
    assert page.warnings == ("1 hidden form field is left out: secret",)
    assert "hidden from all" not in repr(page.form)
    assert "swordfish" not in repr(page.form)


def test_values_are_drawn_also_without_appearances(page):
    name = page.form[0].box
    area = page.pixels[round(name.top) : round(name.bottom), round(name.left) : round(name.right)]
    assert area.min() < 100


def test_a_page_with_a_form_can_be_sent_to_another_process(page):
    assert pickle.loads(pickle.dumps(page)).form == page.form


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_places_follow_the_rotation_of_the_page(degrees):
    form = FormPdf()
    form.page(Rotate=degrees)
    form.text("here", (100, 50, 200, 20), "x")
    box = form_of(form.done(), 1).form[0].box
    expected = {90: (772, 100, 792, 300), 180: (295, 772, 495, 792), 270: (50, 295, 70, 495)}[degrees]
    assert [round(side) for side in box] == list(expected)


def test_places_follow_the_crop_box():
    form = FormPdf()
    form.page(CropBox=Array([50, 0, 595, 800]))
    form.text("here", (100, 100, 200, 20), "x")
    assert [round(side) for side in form_of(form.done(), 1).form[0].box] == [50, 58, 250, 78]


def test_each_page_has_its_own_fields():
    form = FormPdf()
    form.text("first", (100, 100, 200, 20), "on page 1")
    form.page()
    form.text("second", (100, 100, 200, 20), "on page 2")
    data = form.done()
    assert [[field.name for field in form_of(data, index).form] for index in (0, 1)] == [
        ["first"],
        ["second"],
    ]


def test_text_of_every_kind_is_exact():
    value = "Zoë 東京 😀\r\nsecond line"
    form = FormPdf()
    form.text("ünïcode", (100, 100, 200, 40), value, Ff=1 << 12)
    (field,) = form_of(form.done()).form
    assert (field.name, field.value) == ("ünïcode", "Zoë 東京 😀\nsecond line")


def test_several_choices_are_lines():
    form = FormPdf()
    options = Array([String(each) for each in ("red", "green", "blue")])
    chosen = Array([String("red"), String("blue")])
    form.widget("colors", (60, 100, 100, 60), "Ch", Opt=options, V=chosen, I=Array([0, 2]), Ff=1 << 21)
    assert form_of(form.done()).form[0].value == "red\nblue"


def test_a_signed_field_says_so_and_needs_no_place():
    form = FormPdf()
    signature = form.file.make_indirect(Dictionary(Type=Name.Sig, Contents=String("0123")))
    form.widget("here", (60, 300, 0, 0), "Sig", V=signature)
    (field,) = form_of(form.done()).form
    assert (field.type, field.value, field.box) == ("signature", "signed", None)


def test_a_scan_with_fields_is_rendered_with_them():
    form = FormPdf()
    image = pikepdf.Stream(form.file, bytes([255]) * (595 * 842))
    image.Type, image.Subtype, image.Width, image.Height = Name.XObject, Name.Image, 595, 842
    image.BitsPerComponent, image.ColorSpace = 8, Name.DeviceGray
    form.current.Resources.XObject = Dictionary(I0=image)
    form.current.Contents = pikepdf.Stream(form.file, b"q 595 0 0 842 0 0 cm /I0 Do Q")
    form.check_box("box", (100, 100, 40, 40), selected=True)
    page = form_of(form.done())
    assert page.info["rendered"] is True
    assert page.pixels.min() < 100
    assert page.form[0].selected


def test_a_pdf_without_a_form_has_no_fields():
    page = form_of(text_pdf())
    assert (page.form, page.warnings) == ((), ())


def test_a_form_that_only_xfa_can_read_gives_a_warning():
    form = FormPdf()
    form.acro_form.XFA = pikepdf.Stream(form.file, b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'/>")
    page = form_of(form.done())
    assert page.form == ()
    assert "XFA" in page.warnings[0]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda form: form.acro_form.__setitem__("/Fields", 7), id="fields"),
        pytest.param(lambda form: form.fields[0].__setitem__("/Rect", Array([1, 2])), id="place"),
        pytest.param(lambda form: form.fields[0].__setitem__("/FT", Name.Nothing), id="type"),
        pytest.param(lambda form: form.fields[0].__setitem__("/V", Array([1, Dictionary()])), id="value"),
        pytest.param(lambda form: form.fields[0].__setitem__("/Parent", form.fields[0]), id="circle"),
        pytest.param(
            lambda form: form.current.__setitem__("/Annots", Array([5, Dictionary()])), id="widgets"
        ),
        pytest.param(lambda form: form.fields[0].__delitem__("/T"), id="name"),
    ],
)
def test_a_broken_form_does_not_hide_the_page(broken):
    form = FormPdf()
    form.print(60, 60, "The text of the page")
    form.text("name", (100, 100, 200, 20), "value")
    broken(form)
    page = form_of(form.done())
    assert page.pixels.min() < 100
