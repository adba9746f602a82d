"""Bold letters are evidence for headings where the letter size says nothing."""

import pytest
from digital_pdfs import LETTER, DigitalPdf, letter, show
from pikepdf import Dictionary, Name

import ocrkit


def bold() -> Dictionary:
    return Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/Helvetica-Bold"), Encoding=Name.WinAnsiEncoding
    )


@pytest.mark.parametrize(
    ("heading", "font", "kind"),
    [
        ("Delivery of the parts", "B", "heading"),
        ("Delivery of the parts", "F", "text"),
        ("It is delivered.", "B", "text"),
    ],
    ids=["bold", "regular", "a sentence"],
)
def test_a_short_bold_line_above_text_is_a_heading(heading: str, font: str, kind: str) -> None:
    more = "".join(show(line, 40, 340 - 18 * number) for number, line in enumerate(LETTER))
    pdf = DigitalPdf().page(letter() + show(heading, 40, 380, font=font) + more, fonts={"/B": bold()})
    page = ocrkit.recognize(pdf.done(), backend="null", text_layer="only").pages[0]
    block = next(block for block in page.blocks if block.text == heading)
    assert block.kind == kind
    assert block.level == (3 if kind == "heading" else None)


def test_a_page_in_bold_letters_has_no_headings() -> None:
    pdf = DigitalPdf().page(
        letter("B") + show("Delivery of the parts", 40, 380, font="B") + show(LETTER[0], 40, 340, font="B"),
        fonts={"/B": bold()},
    )
    page = ocrkit.recognize(pdf.done(), backend="null", text_layer="only").pages[0]
    assert "heading" not in {block.kind for block in page.blocks}
