"""Running heads, page numbers and footnotes of digital pages, which exporters can leave out."""

import pytest
from digital_pdfs import DigitalPdf, show

import ocrkit

TEXT = (
    "The engine reads what the printed page shows to a reader",
    "and leaves out what was never meant to be seen by any",
    "of those who hold the paper up to the light of a lamp.",
)
NOTES = ("See the report of the committee, page 12.", "Ibid., with the letters of the engineer.")


def report(pages: int) -> bytes:
    """Pages with a running head, two footnotes with raised numbers, and a page number of one digit."""
    pdf = DigitalPdf()
    for page in range(pages):
        content = show("Annals of the Mill", 40, 560, 9)
        content += "".join(show(TEXT[row % 3], 40, 500 - 15 * row, 11) for row in range(20))
        for number, note in enumerate(NOTES, start=1):
            content += show(str(number), 40, 96 - 11 * number, 5) + show(note, 45, 93 - 11 * number, 8)
        pdf.page(content + show(str(page + 1), 205, 30, 9))
    return pdf.done()


@pytest.fixture(scope="module")
def document() -> ocrkit.Document:
    return ocrkit.recognize(report(3), backend="null", text_layer="only")


def test_furniture_and_footnotes_are_marked(document: ocrkit.Document) -> None:
    for page in document:
        assert [block.kind for block in page.blocks] == ["header", "text", "note", "page_number"]
        assert [line.text for line in page.blocks[2].lines] == [f"¹ {NOTES[0]}", f"² {NOTES[1]}"]


def test_the_number_of_a_single_page_is_marked() -> None:
    (page,) = ocrkit.recognize(report(1), backend="null", text_layer="only")
    assert (page.blocks[-1].kind, page.blocks[-1].text) == ("page_number", "1")


@pytest.mark.parametrize("kinds", ["header,footer,page_number", "header,footer,page_number,note"])
def test_exporters_leave_them_out(document: ocrkit.Document, kinds: str) -> None:
    left = ocrkit.recognize(
        report(3), backend="null", text_layer="only", without=kinds.split(",")
    ).to_markdown()
    assert "Annals" not in left
    assert not any(line.strip().isdecimal() for line in left.splitlines())
    assert ("Ibid" in left) is ("note" not in kinds)
    assert left.count(TEXT[0]) == document.to_markdown().count(TEXT[0])
