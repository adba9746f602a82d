"""What is hidden, what is wrong and what is missing is found; what is good is trusted."""

import numpy as np
import pytest
from digital_pdfs import (
    A5,
    HIDDEN,
    LETTER,
    DigitalPdf,
    letter,
    picture_of,
    shifted,
    show,
    shuffled,
)
from pikepdf import Array, Dictionary, Name
from PIL import Image
from test_extraction import layer_of

from ocrkit.text_layer import Verdict, judge, lines_of


def verdict_of(data: bytes) -> Verdict:
    return judge(layer_of(data), 300)


def visible_text(data: bytes) -> str:
    layer = layer_of(data)
    verdict = judge(layer, 300)
    return "\n".join(line.text for line in lines_of(layer, verdict.trusted, verdict.spaces))


def hiding(kind: str) -> bytes:
    """A letter with a hidden sentence."""
    pdf = DigitalPdf()
    states = Dictionary(N=Dictionary(ca=0, CA=0))
    groups = pdf.file.make_indirect(Dictionary(Type=Name.OCG, Name="off"))
    pdf.file.Root.OCProperties = Dictionary(
        OCGs=Array([groups]), D=Dictionary(OFF=Array([groups]), Order=Array([groups]))
    )
    cover = pdf.image(Image.new("L", (50, 50), 210))
    hidden = {
        "invisible": show(HIDDEN, 40, 300, before="3 Tr"),
        "white on white": show(HIDDEN, 40, 300, before="1 g"),
        "nearly white": show(HIDDEN, 40, 300, before="0.985 g"),
        "black on black": "0 g 30 290 300 30 re f " + show(HIDDEN, 40, 300, before="0 g"),
        "tiny": show(HIDDEN, 40, 300, 0.8),
        "outside": show(HIDDEN, 40, -80),
        "beside": show(HIDDEN, 900, 300),
        "under an image": show(HIDDEN, 40, 300) + "q 300 0 0 60 30 280 cm /I Do Q",
        "under a rectangle": show(HIDDEN, 40, 300) + "1 g 30 280 300 60 re f 0 g",
        "clipped": "q 0 0 10 10 re W n " + show(HIDDEN, 40, 300) + "Q",
        "transparent": show(HIDDEN, 40, 300, before="/N gs"),
        "switched off": "/OC /P BDC " + show(HIDDEN, 40, 300) + "EMC",
        "below visible text": show(HIDDEN, 40, 540, before="1 g"),
    }[kind]
    return pdf.page(
        f"{hidden} {letter(before='0 g')}",
        objects={"/I": cover},
        resources={"ExtGState": states, "Properties": Dictionary(P=groups)},
    ).done()


@pytest.mark.parametrize(
    "kind",
    [
        "invisible", "white on white", "nearly white", "black on black", "tiny", "outside", "beside",
        "under an image", "under a rectangle", "clipped", "transparent", "switched off", "below visible text",
    ],
)  # fmt: skip
def test_hidden_text_is_found_and_visible_text_is_kept(kind: str) -> None:
    data = hiding(kind)
    verdict = verdict_of(data)
    assert verdict.hidden_count == len(HIDDEN.replace(" ", ""))
    assert visible_text(data).split() == " ".join(LETTER).split()
    assert verdict.regions == ()


@pytest.mark.parametrize(
    "before",
    ["0.5 g", "0.8 g", "0.9 0.3 0.1 rg", "1 Tr", "2 Tr", "0 0 1 rg"],
)
def test_gray_colored_and_outlined_text_is_visible(before: str) -> None:
    data = DigitalPdf().page(letter(before=before)).done()
    assert verdict_of(data).hidden == {}
    assert visible_text(data).split() == " ".join(LETTER).split()


def test_light_text_on_a_dark_background_is_visible() -> None:
    data = DigitalPdf().page("0.1 0.1 0.4 rg 0 0 420 595 re f " + letter(before="1 g")).done()
    assert verdict_of(data).hidden == {}


def test_small_print_is_visible() -> None:
    data = DigitalPdf().page("".join(show(line, 40, 540 - 8 * n, 5) for n, line in enumerate(LETTER))).done()
    assert verdict_of(data).hidden == {}


def bad(kind: str) -> bytes:
    """A letter whose text layer is wrong."""
    pdf = DigitalPdf()
    codes = range(32, 127)
    fonts = {
        "shifted": pdf.font(shifted()),
        "shuffled": pdf.font(shuffled()),
        "private": pdf.font({code: chr(0xE000 + code) if code > 32 else " " for code in codes}),
        "replacement": pdf.font({code: "\ufffd" if code > 32 else " " for code in codes}),
        "cid names": pdf.font({code: f"(cid:{code})" if code > 32 else " " for code in codes}),
        "glyph names": pdf.font({code: f"/g{code}" if code > 32 else " " for code in codes}),
        "one letter": pdf.font({code: "e" if code > 32 else " " for code in codes}),
        "mirrored": pdf.font(),
    }
    if kind == "mirrored":
        content = "".join(
            f"BT /T 11 Tf -1 0 0 1 380 {540 - 18 * number} Tm ({line}) Tj ET "
            for number, line in enumerate(LETTER)
        )
    else:
        content = letter(font="T")
    return pdf.page(content, fonts={"/T": fonts[kind]}).done()


BAD = ["shifted", "shuffled", "private", "replacement", "cid names", "glyph names", "one letter", "mirrored"]


@pytest.mark.parametrize("kind", BAD)
def test_wrong_characters_are_suspected_or_refused(kind: str) -> None:
    verdict = verdict_of(bad(kind))
    letters = len("".join(LETTER).replace(" ", ""))
    assert verdict.wrong + int(verdict.suspected.sum()) >= 0.9 * letters
    assert verdict.reasons


def test_refuted_fonts_are_wrong_and_their_ink_is_uncovered() -> None:
    layer = layer_of(bad("shifted"))
    verdict = judge(layer, 300, refuted=True)
    assert not verdict.trusted.any()
    (region,) = [box for box in verdict.regions if box.height > 100] or [verdict.regions[0]]
    assert region.top < 300


@pytest.mark.parametrize("font", ["Helvetica", "Helvetica-Bold", "Times-Roman", "Times-Italic", "Courier"])
def test_good_fonts_are_not_suspected(font: str) -> None:
    pdf = DigitalPdf()
    own = pdf.font(BaseFont=Name(f"/{font}"))
    verdict = verdict_of(pdf.page(letter(font="T"), fonts={"/T": own}).done())
    assert verdict.reasons == ()
    assert verdict.wrong == 0


def test_capitals_numbers_and_codes_are_not_refused_for_certain() -> None:
    content = "".join(show(f"SERIAL QX{n}7ZK-{n * 7919 % 10007:05}", 40, 540 - 18 * n) for n in range(20))
    assert verdict_of(DigitalPdf().page(content).done()).wrong == 0


def test_a_picture_with_text_is_a_region_that_the_layer_lacks(latin_font: str) -> None:
    pdf = DigitalPdf()
    image = pdf.image(picture_of(("Total amount 1234", "Due on Friday"), latin_font))
    data = pdf.page(letter() + "q 300 0 0 120 50 200 cm /I Do Q", objects={"/I": image}).done()
    verdict = verdict_of(data)
    assert verdict.regions
    scale = 300 / 72
    for box in verdict.regions:
        assert box.left > 40 * scale
        assert box.top > (A5[1] - 330) * scale
        assert box.bottom < (A5[1] - 190) * scale
    assert verdict.coverage is not None
    assert 0.2 < verdict.coverage < 0.9


@pytest.mark.parametrize("width", [150, 340])
def test_a_region_holds_whole_lines_of_any_letter_size(latin_font: str, width: int) -> None:
    pdf = DigitalPdf()
    image = pdf.image(picture_of(("14 boats, 37 gulls", "I saw it"), latin_font, (500, 200)))
    content = f"{letter()} q {width} 0 0 {width * 0.4} 40 200 cm /I Do Q"
    verdict = verdict_of(pdf.page(content, objects={"/I": image}).done())
    left = min(box.left for box in verdict.regions) * 72 / 300
    right = max(box.right for box in verdict.regions) * 72 / 300
    assert 30 <= left <= 40 + width * 30 / 500
    assert right >= 40 + width * 0.8


@pytest.mark.parametrize(
    "content",
    [
        "",
        "0 0 1 rg 40 100 340 3 re f ",
        "1 w 40 100 340 80 re S 40 140 m 380 140 l S 200 100 m 200 180 l S ",
        "0.9 g 0 0 420 200 re f ",
        "".join(f"1 w 60 {100 + 20 * n} 10 10 re S " for n in range(5)),
        "0.2 0.5 0.9 rg 60 100 30 120 re f 100 100 30 80 re f 140 100 30 150 re f ",
    ],
    ids=["nothing", "bar", "table", "shade", "boxes", "chart"],
)
def test_rules_boxes_and_charts_are_not_missing_text(content: str) -> None:
    assert verdict_of(DigitalPdf().page(content + letter(before="0 g")).done()).regions == ()


def test_pages_of_noise_do_not_fail() -> None:
    random = np.random.default_rng(0)
    content = "".join(
        show("word", float(x), float(y), float(size), before=f"{gray:.2f} g")
        for x, y, size, gray in random.uniform((-200, -200, 0.1, 0), (700, 900, 90, 1), (60, 4))
    )
    verdict_of(DigitalPdf().page(content).done())


def test_a_single_sign_without_a_character_does_not_cost_the_page() -> None:
    pdf = DigitalPdf()
    font = pdf.font({0x2B: "\ue001"})
    data = pdf.page(letter() + show("+", 40, 300, font="T"), fonts={"/T": font}).done()
    verdict = verdict_of(data)
    assert (verdict.wrong, verdict.unknown, verdict.regions) == (0, 1, ())
    lines = lines_of(verdict.layer, verdict.trusted, verdict.spaces)
    assert lines[-1].text == "\ufffd"


def test_a_word_with_a_wrong_character_is_a_region() -> None:
    pdf = DigitalPdf()
    font = pdf.font({code: chr(code) for code in range(32, 127)} | {ord("e"): "\ufffd"})
    data = pdf.page(letter() + show("Office", 40, 300, font="T"), fonts={"/T": font}).done()
    verdict = verdict_of(data)
    assert verdict.wrong == len("Office")
    (region,) = verdict.regions
    assert region.left < 42 * 300 / 72 < region.right


def test_dotted_and_hatched_rules_are_not_missing_text() -> None:
    dots = "".join(f"{60 + 9 * n} 300 4 4 re f " for n in range(30))
    hatched = "".join(f"q 1 0 .5 1 {60 + 9 * n} 250 cm 0 0 5 5 re f Q " for n in range(30))
    assert verdict_of(DigitalPdf().page(dots + hatched + letter()).done()).regions == ()


def test_text_of_a_small_page_is_not_tiny() -> None:
    content = f"q .12 0 0 .12 0 0 cm {letter()} Q"
    assert verdict_of(DigitalPdf().page(content, (51, 72)).done()).hidden == {}
