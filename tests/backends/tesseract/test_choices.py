"""The other readings of words that Tesseract gives."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ocrkit.backends.tesseract import TesseractBackend, TesseractOptions
from ocrkit.backends.tesseract.choices import alternatives
from ocrkit.page import Page
from ocrkit.request import Request


def test_readings_are_products_of_the_choices_without_the_text_itself() -> None:
    found = alternatives("lo", [[("l", 0.6), ("1", 0.2)], [("o", 0.5), ("0", 0.5)]])
    assert [(each.text, each.probability) for each in found] == [
        ("l0", pytest.approx(0.375)),
        ("1o", pytest.approx(0.125)),
        ("10", pytest.approx(0.125)),
    ]


def test_a_word_without_choices_has_no_other_readings() -> None:
    assert alternatives("lo", [[], []]) == ()
    assert alternatives("lo", [[("l", 1.0)], [("o", 1.0)]]) == ()


def test_improbable_readings_are_left_out() -> None:
    assert alternatives("l", [[("l", 0.995), ("1", 0.005)]]) == ()


@pytest.fixture(scope="module")
def blurred_page(latin_font):
    image = Image.new("L", (1400, 300), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.truetype(latin_font, 26)
    for number, line in enumerate(
        ["Cornelius burned 1,284.50 modern corners", "illumination of Bl0I SB58 0O81"]
    ):
        pen.text((40, 40 + 90 * number), line, font=font, fill=0)
    return Page(np.asarray(image.filter(ImageFilter.GaussianBlur(2.4))))


def read(page, **options):
    return TesseractBackend(TesseractOptions(runner="tesserocr", **options)).recognize(page, Request())


def test_doubtful_words_have_other_readings(require_module, blurred_page) -> None:
    require_module("tesserocr")
    result = read(blurred_page)
    doubtful = [word for word in result.words if word.alternatives]
    assert doubtful
    for word in doubtful:
        assert word.confidence < 0.9
        assert word.text not in [each.text for each in word.alternatives]
        assert sum(each.probability for each in word.alternatives) <= 1.001


def test_the_option_changes_nothing_but_the_other_readings(require_module, blurred_page) -> None:
    require_module("tesserocr")
    plain = read(blurred_page, alternatives=False)
    assert not any(word.alternatives for word in plain.words)
    assert [(word.text, word.box, word.confidence) for word in plain.words] == [
        (word.text, word.box, word.confidence) for word in read(blurred_page).words
    ]
