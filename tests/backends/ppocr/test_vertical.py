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
