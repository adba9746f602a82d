"""Text boxes that were added as annotations are read where their text is shown, and signatures have blocks."""

import pikepdf
import pytest
from digital_pdfs import HIDDEN, LETTER, DigitalPdf, letter, show
from pikepdf import Array, Dictionary, Name

import ocrkit
from ocrkit import PageResult
from ocrkit.testing import ScriptedBackend

NOTE = "Approved by Ada Lovelace"
PLACE = (40, 300, 240, 330)


def with_note(shown: str, contents: str = NOTE, flags: int = 4) -> bytes:
    """A page of text with a text box; `shown` is what is drawn in it."""
    pdf = DigitalPdf().page(letter())
    appearance = pdf.form(show(shown, 5, 10) if shown else "", (200, 30))
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
    assert line.box == pytest.approx(
        (PLACE[0] * scale, (595 - PLACE[3]) * scale, PLACE[2] * scale, (595 - PLACE[1]) * scale), abs=4
    )
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
