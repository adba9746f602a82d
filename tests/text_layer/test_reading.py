"""Digital pages are read from their text layer, and only the rest is recognized."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from digital_pdfs import HIDDEN, LETTER, DigitalPdf, letter, picture_of, shifted, show
from PIL import Image

import ocrkit
from ocrkit import Ocr
from ocrkit.config.settings import SourceOptions
from ocrkit.errors import ConfigError, SourceError
from ocrkit.lazy import Lazy
from ocrkit.page import Page
from ocrkit.pipeline.text_layers import TextLayerReader
from ocrkit.testing import ScriptedBackend

INSTEAD = "What the engine reads"


@pytest.fixture(scope="module")
def ocr() -> Iterator[Ocr]:
    with Ocr(languages="en") as ocr:
        yield ocr


def scripted(*lines: str) -> ScriptedBackend:
    return ScriptedBackend(lines or (INSTEAD,))


def words(text: str) -> list[str]:
    return text.split()


def scan(lines: tuple[str, ...], font: str, hidden: str = "") -> bytes:
    """A page that is one image, with the invisible text of an OCR program."""
    pdf = DigitalPdf()
    image = pdf.image(picture_of(lines, font))
    content = "q 500 0 0 200 0 0 cm /I Do Q " + show(hidden, 15, 170, before="3 Tr")
    return pdf.page(content, (500, 200), objects={"/I": image}).done()


def test_a_digital_page_is_read_without_an_engine() -> None:
    backend = scripted()
    (page,) = ocrkit.recognize(DigitalPdf().page(letter()).done(), backend=backend).pages
    assert words(page.text) == words(" ".join(LETTER))
    assert backend.requests == []
    assert {line.read_by for line in page.lines} == {"text_layer"}
    assert {block.read_by for block in page.blocks} == {"text_layer"}
    assert {word.confidence for word in page.words} == {None}
    assert {word.probability for word in page.words} == {None}
    assert page.quality.coverage == 1.0
    assert "preprocess" not in page.timings
    (decision,) = page.trace.decisions
    assert (decision.topic, decision.choice) == ("text layer", "used")
    assert "292 characters trusted" in decision.reason
    assert page.warnings == ()


def test_the_policy_can_be_to_recognize_everything() -> None:
    backend = scripted()
    data = DigitalPdf().page(letter()).done()
    (page,) = ocrkit.recognize(data, backend=backend, text_layer="ignore").pages
    assert page.text == INSTEAD
    assert page.lines[0].read_by is None
    assert len(backend.requests) == 1


def test_the_policy_can_be_to_recognize_nothing(latin_font: str) -> None:
    backend = scripted()
    data = scan(LETTER[:2], latin_font, hidden=HIDDEN)
    (page,) = ocrkit.recognize(data, backend=backend, text_layer="only").pages
    assert page.text == ""
    assert any("recognizes nothing" in warning for warning in page.warnings)
    assert any("29 characters of the text layer are hidden" in warning for warning in page.warnings)
    (page,) = ocrkit.recognize(np.full((90, 90), 255, np.uint8), backend=backend, text_layer="only").pages
    assert page.text == ""
    assert "no text layer" in page.warnings[0]
    assert backend.requests == []


def test_an_unknown_policy_is_an_error() -> None:
    with pytest.raises(ConfigError, match="text_layer"):
        Ocr(backend=scripted(), text_layer="sometimes")  # type: ignore[arg-type]


def test_hidden_text_is_left_out_with_a_warning_or_kept() -> None:
    data = DigitalPdf().page(letter() + show(HIDDEN, 40, 100, before="1 g")).done()
    backend = scripted()
    page = ocrkit.recognize(data, backend=backend).pages[0]
    assert HIDDEN not in page.text
    assert "29 characters of the text layer are hidden" in page.warnings[0]
    assert "in the color of its background" in page.warnings[0]
    page = ocrkit.recognize(data, backend=backend, hidden_text="keep").pages[0]
    assert HIDDEN in page.text
    assert page.warnings == ()
    assert backend.requests == []


def test_a_scan_is_recognized_whatever_its_invisible_text_says(ocr: Ocr, latin_font: str) -> None:
    text = ("Total amount 1234.50", "Due on Friday morning")
    (page,) = ocr.recognize(scan(text, latin_font, hidden="Tbe fotal amount is $l2,45O.OO")).pages
    assert words(page.text) == words(" ".join(text))
    assert page.lines[0].read_by is None
    assert page.words[0].confidence is not None
    assert "30 " not in page.text
    assert any("hidden" in warning for warning in page.warnings)


def test_invisible_text_that_says_what_the_scan_says_is_no_reason_for_a_warning(
    ocr: Ocr, latin_font: str
) -> None:
    data = scan(("Total amount 1234.50",), latin_font, hidden="Total amount 1234.50")
    assert ocr.recognize(data).pages[0].warnings == ()


def test_the_invisible_text_of_a_scan_can_be_read_instead(latin_font: str) -> None:
    data = scan(("Total amount 1234.50",), latin_font, hidden="Total amount 1234.50")
    (page,) = ocrkit.recognize(data, backend=scripted(), text_layer="only", hidden_text="keep").pages
    assert page.text == "Total amount 1234.50"


@pytest.mark.long
def test_wrong_characters_are_found_by_a_second_reading(ocr: Ocr) -> None:
    pdf = DigitalPdf()
    font = pdf.font(shifted())
    (page,) = ocr.recognize(pdf.page(letter(font="T"), fonts={"/T": font}).done()).pages
    assert page.text.startswith("Dear Ms Hopper")
    assert {line.read_by for line in page.lines} == {None}
    sample, layer = page.trace.decisions[:2]
    assert (sample.topic, sample.choice) == ("text layer sample", "not trusted")
    assert layer.choice == "not used"
    assert "of a sample agree" in page.trace.decisions[0].reason


def test_misread_utf_8_is_wrong_although_most_letters_are_right() -> None:
    misread = tuple(line.replace("e", "Ã©", 1) for line in LETTER)
    backend = ScriptedBackend(LETTER)
    data = DigitalPdf().page(letter(lines=misread)).done()
    (page,) = ocrkit.recognize(data, backend=backend)
    assert len(backend.requests) == 1
    assert "Ã" not in page.text


def test_unusual_text_is_confirmed_by_a_second_reading(ocr: Ocr) -> None:
    lines = tuple(f"FXQ ZGJ {n}7ZK VWB {n * 7919 % 10007:05}" for n in range(1, 12))
    (page,) = ocr.recognize(DigitalPdf().page(letter(lines=lines)).done()).pages
    assert words(page.text) == words(" ".join(lines))
    assert page.trace.decisions[0].choice == "trusted"
    assert {line.read_by for line in page.lines} == {"text_layer"}


def test_a_picture_in_a_digital_page_is_recognized_and_the_rest_is_not(ocr: Ocr, latin_font: str) -> None:
    pdf = DigitalPdf()
    image = pdf.image(picture_of(("Total amount 1234", "Due on Friday"), latin_font))
    content = f"{letter()} q 300 0 0 120 50 230 cm /I Do Q {show('Below the picture', 40, 200)}"
    (page,) = ocr.recognize(pdf.page(content, objects={"/I": image}).done()).pages
    expected = " ".join((*LETTER, "Total amount 1234 Due on Friday Below the picture"))
    assert words(page.text) == words(expected)
    by = {line.text: line.read_by for line in page.lines}
    assert by["Total amount 1234"] is None
    assert by["Below the picture"] == "text_layer"
    recognized = next(line for line in page.lines if line.text == "Total amount 1234")
    assert recognized.confidence is not None
    assert abs(recognized.box.left - (50 + 300 * 0.03) * 300 / 72) < 20
    assert page.trace.decisions[0].choice.startswith("used, ")


def test_a_stamp_on_text_is_recognized_without_the_text(ocr: Ocr, latin_font: str) -> None:
    pdf = DigitalPdf()
    stamp = Image.new("L", (700, 160), 255)
    stamp.paste(picture_of(("RECEIVED MAY 1952",), latin_font, (640, 110)), (30, 20))
    image = pdf.image(stamp)
    content = f"q 280 0 0 64 100 330 cm /I Do Q {letter()}"
    (page,) = ocr.recognize(pdf.page(content, objects={"/I": image}).done()).pages
    assert sorted(words(page.text)) == sorted(words(" ".join((*LETTER, "RECEIVED MAY 1952"))))


def test_a_layer_that_cannot_be_read_is_a_warning() -> None:
    def fail() -> None:
        raise SourceError("the text of this page cannot be read")

    page = Page(np.full((90, 90), 255, np.uint8), text_layer=Lazy(fail))
    inspection = TextLayerReader("auto", "drop", can_sample=True).inspect(page)
    assert inspection.needs_engine
    assert "so the page is recognized" in inspection.warnings[0]
    inspection = TextLayerReader("only", "drop", can_sample=True).inspect(page)
    assert not inspection.needs_engine
    assert "so the result is empty" in inspection.warnings[0]


def test_pages_of_one_document_are_read_each_in_its_way(latin_font: str) -> None:
    pdf = DigitalPdf().page(letter())
    image = pdf.image(picture_of(("Scanned",), latin_font))
    pdf.page("q 500 0 0 200 0 0 cm /I Do Q", (500, 200), objects={"/I": image}).page(show("Third", 40, 500))
    backend = scripted()
    document = ocrkit.recognize(pdf.done(), backend=backend)
    assert [page.text.split()[0] for page in document.pages] == ["Dear", "What", "Third"]
    assert len(backend.requests) == 1


def test_worker_processes_read_text_layers_too(tmp_path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(DigitalPdf().page(letter()).done())
    with Ocr(backend="null", isolate=True, workers=1) as ocr:
        from_file = ocr.recognize(path)
        from_memory = ocr.recognize(path.read_bytes())
    assert words(from_file.text) == words(from_memory.text) == words(" ".join(LETTER))


def test_what_is_recognized_is_cached_for_each_policy(tmp_path, latin_font: str) -> None:
    pdf = DigitalPdf()
    image = pdf.image(picture_of(("Total amount 1234", "Due on Friday"), latin_font))
    data = pdf.page(f"{letter()} q 300 0 0 120 50 230 cm /I Do Q", objects={"/I": image}).done()
    asked = []
    for policy in ("auto", "auto", "ignore", "ignore"):
        backend = scripted()
        with Ocr(backend, text_layer=policy, settings={"cache": tmp_path}) as ocr:
            ocr.recognize(data)
        asked.append(len(backend.requests))
    assert asked == [1, 0, 1, 0]


def test_the_searchable_pdf_of_a_digital_page_keeps_its_text_once() -> None:
    data = DigitalPdf().page(letter()).done()
    document = ocrkit.recognize(data, backend=scripted())
    written = ocrkit.searchable_pdf(document, data)
    again = ocrkit.recognize(io.BytesIO(written), backend=scripted(), hidden_text="keep")
    assert again.text == document.text


def test_pages_at_another_resolution_have_their_own_pixels() -> None:
    data = DigitalPdf().page(letter()).done()
    settings = ocrkit.Settings(source=SourceOptions(dpi=150))
    (page,) = ocrkit.recognize(data, backend=scripted(), settings=settings).pages
    assert (page.width, page.height, round(page.dpi)) == (875, 1240, 150)
    assert page.lines[0].box.left == pytest.approx(40 * 150 / 72, abs=2)


def test_a_strip_of_missing_text_is_recognized(ocr: Ocr, latin_font: str) -> None:
    pdf = DigitalPdf()
    image = pdf.image(
        picture_of(("Total amount 1234 is due on Friday in the harbour office",), latin_font, (1400, 90))
    )
    content = f"{letter()} q 380 0 0 10 20 200 cm /I Do Q"
    (page,) = ocr.recognize(pdf.page(content, objects={"/I": image}).done()).pages
    assert page.text.startswith(LETTER[0])
    assert page.trace.decisions[0].topic == "text layer"


def test_a_single_suspected_line_is_sampled(ocr: Ocr) -> None:
    pdf = DigitalPdf()
    text = (
        "A single line of one hundred letters that is long enough to be looked at and to be doubted by anyone"
    )
    font = pdf.font(shifted())
    (page,) = ocr.recognize(pdf.page(show(text, 10, 300, 7, font="T"), fonts={"/T": font}).done()).pages
    assert page.trace.decisions[0].choice == "not trusted"
    assert page.text.startswith("A single line")
