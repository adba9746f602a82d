"""Check boxes, radio buttons and codes are found on drawn scans; letters, tables and bullets are not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import ocrkit
from ocrkit.geometry import Transform
from ocrkit.marks import add_marks
from ocrkit.marks.barcodes import find_barcodes
from ocrkit.marks.detection import find_marks
from ocrkit.page import Page
from ocrkit.result import Barcode, Block, Line, PageResult, SelectionMark, Trace, Word

SIZE, GAP = 36, 14


class Sheet:
    """A drawn page of A4 at 200 dpi."""

    def __init__(self, latin_font: str) -> None:
        self.image = Image.new("L", (1654, 2339), 255)
        self.pen = ImageDraw.Draw(self.image)
        self.font = ImageFont.truetype(latin_font, 30)
        for row in range(4):
            self.text(150, 150 + 45 * row, "On the Origin of Old Books, Office 100, 80 Oaks")

    def text(self, x: float, y: float, text: str) -> None:
        self.pen.text((x, y), text, font=self.font, fill=0)

    def box(self, x: float, y: float, *, round_: bool = False, size: float = SIZE, width: int = 3) -> None:
        draw = self.pen.ellipse if round_ else self.pen.rectangle
        draw((x, y, x + size, y + size), outline=0, width=width)

    def option(self, y: float, label: str, **how: object) -> None:
        self.box(200, y, **how)
        self.text(200 + SIZE + GAP, y, label)

    def page(self) -> Page:
        return Page(np.asarray(self.image), dpi=200)


@pytest.fixture
def sheet(latin_font):
    return Sheet(latin_font)


def states(page):
    return [mark.state for mark in find_marks(page)]


def tick(sheet, y):
    sheet.pen.line([(208, y + 18), (216, y + 28), (228, y + 8)], fill=0, width=4)


def tick_out(sheet, y):
    sheet.pen.line([(206, y + 18), (218, y + 34), (248, y - 14)], fill=0, width=4)


def cross(sheet, y):
    sheet.pen.line([(206, y + 6), (230, y + 30)], fill=0, width=3)
    sheet.pen.line([(230, y + 6), (206, y + 30)], fill=0, width=3)


def dot(sheet, y):
    sheet.pen.ellipse((210, y + 10, 226, y + 26), fill=0)


@pytest.mark.parametrize("mark", [tick, tick_out, cross, dot])
@pytest.mark.parametrize("shape", ["square", "circle"])
def test_the_ink_inside_decides_on_the_state(sheet, shape, mark):
    for y in (500, 600, 700):
        sheet.option(y, "Yes, please", round_=shape == "circle")
    mark(sheet, 600)
    found = find_marks(sheet.page())
    assert [each.state for each in found] == ["unselected", "selected", "unselected"]
    for each, top in zip(found, (500, 600, 700), strict=True):
        assert abs(each.box.left - 200) < 4
        assert abs(each.box.top - top) < 4
        assert abs(each.box.width - SIZE) < 5


def test_a_filled_box_is_selected_where_others_are_frames(sheet):
    sheet.option(500, "No")
    sheet.pen.rectangle((200, 600, 200 + SIZE, 600 + SIZE), fill=0)
    sheet.text(250, 600, "Yes")
    assert states(sheet.page()) == ["unselected", "selected"]


def test_text_tables_bullets_and_character_boxes_are_no_marks(sheet):
    for row in range(3):
        sheet.pen.rectangle((200, 508 + 50 * row, 218, 526 + 50 * row), fill=0)
        sheet.text(240, 500 + 50 * row, "an item of a list")
    for line in range(5):
        sheet.pen.line((200, 800 + 50 * line, 400, 800 + 50 * line), fill=0, width=3)
        sheet.pen.line((200 + 50 * line, 800, 200 + 50 * line, 1000), fill=0, width=3)
    for column in range(6):
        sheet.box(200 + 44 * column, 1200)
        sheet.text(208 + 44 * column, 1201, str(column))
    assert states(sheet.page()) == []


def damaged(page, damage):
    pixels = page.pixels
    if damage == "rotated":
        matrix = cv2.getRotationMatrix2D((827, 1170), 2.0, 1.0)
        pixels = cv2.warpAffine(pixels, matrix, (1654, 2339), borderValue=255)
    elif damage == "noise":
        noise = np.random.default_rng(7).normal(0, 14, pixels.shape)
        pixels = np.clip(pixels * 0.85 + noise, 0, 255).astype(np.uint8)
    elif damage == "jpeg":
        pixels = cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 25])[1], 0)
    elif damage == "color":
        pixels = np.stack([pixels // 2 + 120, pixels // 2 + 110, pixels // 2 + 90], axis=-1)
    elif damage == "small":
        pixels = cv2.resize(pixels, (827, 1170), interpolation=cv2.INTER_AREA)
    return Page(pixels)


@pytest.mark.parametrize("damage", ["rotated", "noise", "jpeg", "color", "small"])
def test_damage_does_not_hide_marks(sheet, damage):
    for y in (500, 600, 700):
        sheet.option(y, "Yes, please")
    cross(sheet, 600)
    assert states(damaged(sheet.page(), damage)) == ["unselected", "selected", "unselected"]


def test_a_blank_page_has_no_marks():
    assert find_marks(Page(np.full((300, 200), 255, np.uint8))) == []


# ── codes ──


def qr_code(text):
    code = cv2.QRCodeEncoder.create().encode(text)
    code = cv2.copyMakeBorder(code, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=255)
    return Image.fromarray(cv2.resize(code, None, fx=6, fy=6, interpolation=cv2.INTER_NEAREST))


def ean13(digits, module=4, height=160):
    """A bar code as the standard draws it."""
    left = [
        "0001101",
        "0011001",
        "0010011",
        "0111101",
        "0100011",
        "0110001",
        "0101111",
        "0111011",
        "0110111",
        "0001011",
    ]
    parity = [
        "LLLLLL",
        "LLGLGG",
        "LLGGLG",
        "LLGGGL",
        "LGLLGG",
        "LGGLLG",
        "LGGGLL",
        "LGLGLG",
        "LGLGGL",
        "LGGLGL",
    ]
    inverted = [code.translate(str.maketrans("01", "10")) for code in left]
    bits = "101"
    for digit, kind in zip(digits[1:7], parity[int(digits[0])], strict=True):
        bits += left[int(digit)] if kind == "L" else inverted[int(digit)][::-1]
    bits += "01010" + "".join(inverted[int(digit)] for digit in digits[7:]) + "101"
    row = np.repeat([0 if bit == "1" else 255 for bit in "0" * 12 + bits + "0" * 12], module)
    return Image.fromarray(np.tile(row.astype(np.uint8), (height, 1)))


def test_codes_are_decoded_with_their_places(sheet):
    sheet.image.paste(qr_code("https://example.org/4711"), (200, 500))
    sheet.image.paste(ean13("4006381333931"), (700, 900))
    codes = find_barcodes(sheet.page())
    assert [(code.symbology, code.value) for code in codes] == [
        ("QR", "https://example.org/4711"),
        ("EAN-13", "4006381333931"),
    ]
    assert 200 < codes[0].box.left < 260
    assert codes[1].box.top >= 880


def test_text_is_no_code(sheet):
    assert find_barcodes(sheet.page()) == []


# ── on the way of a page ──


def test_marks_are_found_only_when_asked(sheet):
    sheet.option(500, "Yes")
    for asked in (False, True):
        page = ocrkit.recognize(sheet.page().pixels, backend="null", marks=asked)[0]
        assert len(page.marks) == asked
        assert ("☐" in page.text) == asked


def test_a_code_has_no_marks_in_its_corners(sheet):
    sheet.image.paste(qr_code("https://example.org/4711"), (200, 500))
    page = ocrkit.recognize(sheet.page().pixels, backend="null", marks=True)[0]
    assert [code.value for code in page.barcodes] == ["https://example.org/4711"]
    assert page.marks == ()
    document = ocrkit.Document(page_count=1, pages=(page,))
    assert ocrkit.Document.from_json(document.to_json()) == document


def read(*words):
    """A page with one line of words at given places."""
    line = Line.of(Word(text=text, polygon=box) for text, box in words)
    return PageResult(width=1654, height=2339, blocks=(Block.of([line]),), trace=Trace(backend="test"))


def test_what_was_read_in_a_mark_is_replaced(sheet):
    sheet.option(500, "Yes")
    result = read(("口", (198, 498, 240, 540)), ("Yes", (250, 500, 300, 536)))
    found = add_marks(result, sheet.page(), Transform(), search=True)
    assert (found.text, found.raw_text) == ("☐ Yes", "口 Yes")
    assert [(change.before, change.after, change.by) for change in found.corrections] == [
        ("口", "☐", "marks")
    ]


def test_letters_of_recognized_words_are_no_marks(sheet):
    sheet.option(500, "Yes")
    result = read(("Objects", (198, 498, 400, 540)))
    assert add_marks(result, sheet.page(), Transform(), search=True).marks == ()


def test_what_the_backend_has_found_is_not_found_again(sheet):
    sheet.option(500, "Yes")
    sheet.image.paste(qr_code("mine"), (200, 700))
    known = SelectionMark(state="selected", polygon=(198, 498, 240, 540))
    code = Barcode(value="theirs", polygon=(200, 700, 420, 920))
    result = read(("Yes", (250, 500, 300, 536))).model_copy(update={"marks": (known,), "barcodes": (code,)})
    found = add_marks(result, sheet.page(), Transform(), search=True)
    assert found.marks == (known,)
    assert found.barcodes == (code,)


def test_the_setting_is_part_of_the_fingerprint():
    settings = ocrkit.Settings(backend="null")
    with ocrkit.Ocr(settings=settings) as plain, ocrkit.Ocr(settings=settings, marks=True) as asked:
        assert plain.fingerprint != asked.fingerprint
