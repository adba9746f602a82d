"""Vertical Japanese, in small print and with punctuation."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import ocrkit

COLUMNS = [
    "夜明け前の港は静かで、売れる船が二隻だけ戻るのを見ていた。",
    "三月十四日の火曜日に書記は三十七行を書き入れた。それから",
    "港の人々は誰も北の灯がまだ燃えている理由を尋ねなかった。",
    "「その灯は誰のものか」と、書記は静かに帳面を閉じて言った。",
    "コーヒーとケーキの店は港の角にあり、いつもとても静かだった。",
]


def vertical(font, size):
    """Columns from right to left."""
    image = Image.new("L", (2 * size * (len(COLUMNS) + 2), 31 * size + 80), 255)
    pen = ImageDraw.Draw(image)
    for column, text in enumerate(COLUMNS):
        for row, character in enumerate(text):
            place = 2 * size * (len(COLUMNS) - column) + size, 40 + row * size
            pen.text(place, character, font=ImageFont.truetype(font, size), fill=0)
    return np.asarray(image)


@pytest.mark.parametrize("size", [13, 20])
def test_small_vertical_print_is_not_taken_for_a_rotated_page(default_engine, cjk_font, size) -> None:
    document = ocrkit.recognize(vertical(cjk_font, size), backend=default_engine)
    (page,) = document.pages
    assert page.rotation == 0
    assert "vertical text" in page.trace.decisions[0].reason
    assert document.text.replace("\n\n", "\n").splitlines() == COLUMNS


def test_a_rotated_page_of_small_japanese_print_is_not_taken_for_vertical_text(
    default_engine, cjk_font
) -> None:
    image = Image.new("L", (520, 200), 255)
    pen = ImageDraw.Draw(image)
    for number, text in enumerate(COLUMNS):
        pen.text((40, 30 + 36 * number), text, font=ImageFont.truetype(cjk_font, 15), fill=0)
    rotated = np.ascontiguousarray(np.rot90(np.asarray(image), -1))
    document = ocrkit.recognize(rotated, backend=default_engine)
    assert document.pages[0].rotation == 270
    assert document.text.replace("\n\n", "\n").splitlines() == COLUMNS


UPRIGHT_FORMS = str.maketrans("、。「」", "︑︒﹁﹂")


def typeset(font, size, columns, furigana=()):
    """Columns from right to left, with signs as in vertical print: in the corner, or turned.

    Args:
        furigana: a column, a row and the small text beside it.
    """
    image = Image.new("L", (2 * size * (len(columns) + 1), (max(map(len, columns)) + 2) * size), 255)
    pen = ImageDraw.Draw(image)
    print_font, small_font = (ImageFont.truetype(font, height) for height in (size, size // 2))
    lefts = [image.width - 2 * size * (number + 1) for number in range(len(columns))]
    for left, text in zip(lefts, columns, strict=True):
        for row, character in enumerate(text):
            cell = Image.new("L", (size, size + size // 4), 255)
            sign = character.translate(UPRIGHT_FORMS)
            ImageDraw.Draw(cell).text((0, -size // 5), sign, font=print_font, fill=0)
            if character == "ー":
                cell = cell.crop((0, 0, size, size)).rotate(-90)
            image.paste(cell.crop((0, 0, size, size)), (left, (row + 1) * size))
    for column, row, text in furigana:
        for number, character in enumerate(text):
            place = lefts[column] + size * 1.1, (row + 1) * size + number * (size // 2)
            pen.text(place, character, font=small_font, fill=0)
    return np.asarray(image)


def test_signs_of_vertical_print_are_read(default_engine, cjk_font) -> None:
    page = ocrkit.recognize(typeset(cjk_font, 26, COLUMNS), backend=default_engine).pages[0]
    assert page.rotation == 0
    assert page.text.replace("\n\n", "\n").splitlines() == COLUMNS


FURIGANA = [(0, 0, "よあ"), (0, 5, "みなと"), (1, 0, "さんがつ"), (3, 13, "しょき")]


def test_furigana_are_left_out_of_the_text(default_engine, cjk_font) -> None:
    page = ocrkit.recognize(typeset(cjk_font, 40, COLUMNS, FURIGANA), backend=default_engine).pages[0]
    assert page.text.replace("\n\n", "\n").splitlines() == COLUMNS
    assert any(decision.topic == "furigana" for decision in page.trace.decisions)


@pytest.mark.long
def test_furigana_are_lines_if_requested(cjk_font) -> None:
    settings = {"backends": {"ppocr": {"furigana": "keep"}}}
    image = typeset(cjk_font, 40, COLUMNS, FURIGANA)
    page = ocrkit.recognize(image, backend="ppocr", settings=settings).pages[0]
    lines = {part for line in page.lines for part in line.text.split()}
    assert {text for _, _, text in FURIGANA} <= lines
