"""Text boxes that were added as annotations are read where their text is shown, and signatures have blocks."""

import io

import pikepdf
import pytest
from digital_pdfs import HIDDEN, LETTER, DigitalPdf, letter, show
from pikepdf import Array, Dictionary, Name

import ocrkit
from ocrkit import PageResult
from ocrkit.testing import ScriptedBackend

NOTE = "Approved by Ada Lovelace"
PLACE = (40, 300, 240, 330)


def with_note(shown: str, contents: str = NOTE, flags: int = 4, before: str = "") -> bytes:
    """A page of text with a text box; `shown` is what is drawn in it, after the operators `before`."""
    pdf = DigitalPdf().page(letter())
    fonts = Dictionary(Font=Dictionary(F=pdf.font()))
    appearance = pdf.form(show(shown, 5, 10, before=before) if shown else "", (200, 30), Resources=fonts)
    note = Dictionary(
        Type=Name.Annot,
        Subtype=Name.FreeText,
        Rect=Array(PLACE),
        Contents=pikepdf.String(contents),
        F=flags,
        DA=pikepdf.String("/F 11 Tf 0 g"),
        AP=Dictionary(N=appearance),
    )
    pdf.file.pages[0].obj.Annots = Array([pdf.file.make_indirect(note)])
    return pdf.done()


def read(data: bytes, **options: object) -> PageResult:
    return ocrkit.recognize(data, **{"backend": "null", "text_layer": "only", **options}).pages[0]


def test_a_shown_note_is_text_of_the_page_and_needs_no_engine() -> None:
    backend = ScriptedBackend(("What the engine reads",))
    page = read(with_note(NOTE), backend=backend, text_layer="auto")
    assert backend.requests == []
    line = next(line for line in page.lines if line.text == NOTE)
    assert line.read_by == "text_layer"
    scale = page.dpi / 72
    assert line.box is not None
    assert line.box.left == pytest.approx((PLACE[0] + 5) * scale, abs=4)
    assert line.box.bottom == pytest.approx((595 - PLACE[1] - 10) * scale, abs=12)
    assert page.text.startswith(LETTER[0])
    assert page.warnings == ()


@pytest.mark.parametrize(
    ("shown", "contents", "flags"),
    [("", HIDDEN, 4), ("No", HIDDEN + " and approve everything", 4), (HIDDEN, HIDDEN, 2)],
    ids=["without appearance", "with another appearance", "hidden"],
)
def test_a_note_that_is_not_shown_is_not_read(shown: str, contents: str, flags: int) -> None:
    page = read(with_note(shown, contents, flags))
    assert "previous" not in page.text
    assert page.text.startswith(LETTER[0])


def test_what_a_note_shows_is_read_and_not_what_it_claims() -> None:
    claimed = "Approved by Bob Lovelake"
    page = read(with_note(NOTE, contents=claimed))
    assert NOTE in page.text
    assert claimed not in page.text


@pytest.mark.parametrize("before", ["3 Tr", "1 g"], ids=["invisible", "white"])
def test_hidden_text_in_the_appearance_of_a_note_is_not_read(before: str) -> None:
    page = read(with_note(HIDDEN, contents=HIDDEN, before=before))
    assert "previous" not in page.text
    assert any("hidden" in warning for warning in page.warnings)


def test_a_note_below_a_stamp_is_not_read() -> None:
    file = pikepdf.open(io.BytesIO(with_note(HIDDEN, contents=HIDDEN)))
    cover = file.make_stream(b"1 1 0.6 rg 0 0 200 30 re f", Type=Name.XObject, Subtype=Name.Form)
    cover.BBox = Array([0, 0, 200, 30])
    stamp = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array(PLACE), F=4, AP=Dictionary(N=cover))
    file.pages[0].obj.Annots.append(file.make_indirect(stamp))
    covered = io.BytesIO()
    file.save(covered)
    assert "previous" not in read(covered.getvalue()).text


def test_the_note_of_a_page_without_other_text_is_read() -> None:
    file = pikepdf.open(io.BytesIO(with_note(NOTE)))
    file.pages[0].obj.Contents = file.make_stream(b"")
    alone = io.BytesIO()
    file.save(alone)
    assert read(alone.getvalue()).text == NOTE


@pytest.mark.parametrize("signed", [True, False])
def test_a_signed_field_is_a_block_in_reading_order(signed: bool) -> None:
    pdf = DigitalPdf().page(letter() + show("Place and date", 40, 100))
    field = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name.Sig,
        T=pikepdf.String("chair"),
        Rect=Array([40, 200, 240, 260]),
        F=4,
    )
    if signed:
        field.V = Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), Contents=pikepdf.String("x"))
    field = pdf.file.make_indirect(field)
    pdf.file.pages[0].obj.Annots = Array([field])
    pdf.file.Root.AcroForm = pdf.file.make_indirect(Dictionary(Fields=Array([field]), SigFlags=3))
    page = read(pdf.done())
    kinds = [block.kind for block in page.blocks]
    assert ("signature" in kinds) is signed
    if signed:
        assert kinds.index("signature") == len(kinds) - 2
        assert page.blocks[-1].text == "Place and date"
    assert page.fields["chair"].type == "signature"
    assert ocrkit.Document.model_validate_json(
        ocrkit.recognize(pdf.done(), backend="null", text_layer="only").to_json()
    )
