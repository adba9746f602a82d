"""Fillable forms on their way to fields, marks and text of a result."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import ocrkit
from ocrkit.result import Field

sys.path.insert(0, str(Path(__file__).parents[1] / "sources"))  # for the shared module `made_forms`
from made_forms import FormPdf, application

PLAIN = ocrkit.Settings(threads=2)


@pytest.fixture(scope="module")
def document():
    return ocrkit.recognize(application(), settings=PLAIN)


def test_fields_have_values_types_and_places(document):
    fields = document[0].fields
    assert {name: (field.value, field.type) for name, field in fields.items()} == {
        "person.name": ("Ada Lovelace", "text"),
        "city": ("London", "choice"),
        "rules": ("Yes", "check_box"),
        "news": ("Off", "check_box"),
        "reader": ("child", "radio_button"),
        "password": ("", "text"),
        "signature": ("", "signature"),
    }
    assert list(fields) == ["person.name", "city", "rules", "news", "reader", "password", "signature"]
    name = next(word for word in document[0].words if word.text == "Lovelace")
    assert fields["person.name"].box.intersection(name.box)


def test_buttons_are_selection_marks(document):
    assert [(mark.name, mark.value, mark.state) for mark in document[0].marks] == [
        ("rules", "Yes", "selected"),
        ("news", "weekly", "unselected"),
        ("reader", "adult", "unselected"),
        ("reader", "child", "selected"),
    ]


def test_marks_stand_beside_their_labels_in_the_text(document):
    assert "☑ I accept the rules\n☐ Send me news\n☐ Adult ☑ Child" in document.text
    assert "☑" not in document.raw_text


@pytest.mark.parametrize("name", ["text", "markdown", "html", "layout", "hocr", "alto", "page"])
def test_every_text_format_has_the_marks(document, name):
    exported = document.export(name).decode()
    assert exported.count("☑") >= 2
    assert exported.count("☐") >= 2


def test_what_was_read_in_a_field_is_replaced_by_its_value():
    form = FormPdf()
    form.print(60, 104, "Serial number")
    form.text("serial", (160, 100, 200, 20), "O0l1I-5S8B")
    found = ocrkit.recognize(form.done(), settings=PLAIN, text_layer="ignore")[0]
    assert found.text == "Serial number O0l1I-5S8B"
    assert all(word.by == "form" for word in found.corrections)


def test_the_explanation_names_fields_and_marks(document):
    assert "  city: London\n" in document.explain()
    assert "  marks: 2 of 4 selected\n" in document.explain()


def test_the_result_survives_json(document):
    assert ocrkit.Document.from_json(document.to_json()) == document


def test_values_that_no_text_layer_has_are_in_the_text():
    page = ocrkit.recognize(application(), backend="null", settings=PLAIN)[0]
    assert "Name Ada Lovelace" in page.text
    assert [word.text for word in page.words][6:9] == ["Ada", "Lovelace", "City"]


def test_equal_pixels_with_other_values_are_not_taken_from_the_cache(tmp_path):
    def document(value):
        form = FormPdf()
        signature = {"V": form.file.make_indirect({})} if value else {}
        form.widget("name", (60, 300, 0, 0), "Sig", **signature)
        return form.done()

    settings = PLAIN.model_copy(update={"cache": tmp_path})
    values = [
        ocrkit.recognize(document(value), backend="null", settings=settings)[0].fields["name"].value
        for value in (True, False, True)
    ]
    assert values == ["signed", "", "signed"]


def test_a_batch_keeps_fields_and_marks(document, tmp_path):
    source, out = tmp_path / "form.pdf", tmp_path / "out"
    source.write_bytes(application())
    with ocrkit.Ocr("null", settings=PLAIN) as ocr:
        ocrkit.Batch(ocr, out, formats=["json"]).run([source])
    (page,) = ocrkit.Document.from_json((out / "form.pdf.json").read_text("utf-8"))
    assert page.fields == document[0].fields
    assert page.marks == document[0].marks


def test_a_group_without_a_selection_is_off():
    form = FormPdf()
    form.radio("choice", {"a": (60, 100, 16, 16), "b": (60, 130, 16, 16)}, "none")
    field = ocrkit.recognize(form.done(), backend="null", settings=PLAIN)[0].fields["choice"]
    assert isinstance(field, Field)
    assert field.value == "Off"
