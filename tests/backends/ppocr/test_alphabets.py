"""The characters that a page may have: the limit, and the real engine with and without languages."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import ocrkit
from ocrkit.backends.ppocr.alphabets import Limit, script_of, scripts_of, scripts_on

ALPHABET = ("", "e", "é", "米", "一", "ー", "1", "。", " ")


def distribution(*rows):
    return np.array([[row.get(text, 0.0) for text in ALPHABET] for row in rows], np.float32)


def read(limit, rows):
    if limit.applies(rows, rows.argmax(axis=1)):
        rows = limit.narrow(rows)
    return "".join(ALPHABET[number] for number in rows.argmax(axis=1)), rows


@pytest.mark.parametrize(
    ("text", "script"),
    [("a", "Latin"), ("ß", "Latin"), ("马", "Han"), ("々", "Han"), ("，", "Han"), ("ー", "Kana"), ("の", "Kana"),
     ("ｶ", "Kana"), ("7", None), ("€", None), ("α", None), ("", None)],
)  # fmt: skip
def test_a_character_has_a_script_or_is_a_sign(text, script) -> None:
    assert script_of(text) == script


@pytest.mark.parametrize(
    ("languages", "scripts"),
    [
        (("en", "sv"), {"Latin"}),
        (("zh-Hant",), {"Latin", "Han"}),
        (("pt-BR", "ja"), {"Latin", "Han", "Kana"}),
    ],
)
def test_languages_have_scripts(languages, scripts) -> None:
    assert scripts_of(languages) == scripts


@pytest.mark.parametrize("languages", [(), ("ru",), ("en", "ru"), ("native:x",)])
def test_unknown_languages_have_no_limit(languages) -> None:
    assert scripts_of(languages) is None


def test_a_doubtful_character_of_another_script_is_replaced() -> None:
    limit = Limit.of(ALPHABET, frozenset({"Latin"}))
    text, narrowed = read(limit, distribution({"e": 0.9, "é": 0.1}, {"米": 0.6, "e": 0.3, "1": 0.1}))
    assert text == "ee"
    assert narrowed[1].tolist() == pytest.approx([0, 0.75, 0, 0, 0, 0, 0.25, 0, 0])


def test_a_sure_passage_in_another_script_is_kept() -> None:
    limit = Limit.of(ALPHABET, frozenset({"Latin"}))
    assert read(limit, distribution({"米": 0.99}, {"": 1.0}, {"一": 0.97}, {"e": 0.8}))[0] == "米一e"


def test_probabilities_do_not_change_where_nothing_is_excluded() -> None:
    rows = distribution({"e": 0.6, "米": 0.4})
    assert read(Limit.of(ALPHABET, frozenset({"Latin"})), rows)[1] is rows


def test_the_sure_letters_of_a_page_tell_its_scripts() -> None:
    english = [("e", 0.99)] * 60
    assert scripts_on([*english, ("米", 0.6), ("1", 1.0)]) == {"Latin"}
    assert scripts_on([*english, ("米", 0.95)]) == {"Latin"}
    assert scripts_on([*english, *[("米", 0.95)] * 6]) == {"Latin", "Han"}
    assert scripts_on(english[:5]) is None


def test_an_english_page_has_no_chinese_characters(default_engine, latin_font) -> None:
    """A drawing between the lines looks like 米."""
    image = Image.new("L", (1000, 560), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.truetype(latin_font, 32)
    for number, line in enumerate(
        ["An English page with a small drawing", "below its second line of plain text"]
    ):
        pen.text((40, 40 + 60 * number), line, font=font, fill=0)
    for x, y in ((0, 20), (20, 0), (16, 16), (16, -16)):
        pen.line((300 - x, 300 - y, 300 + x, 300 + y), fill=0, width=4)
    for languages in ((), ("en",)):
        text = ocrkit.recognize(np.asarray(image), backend=default_engine, languages=languages).text
        assert "small drawing" in text
        assert not any(script_of(character) == "Han" for character in text), languages


@pytest.mark.long
def test_a_chinese_line_on_an_english_page_is_kept(default_engine, cjk_font) -> None:
    image = Image.new("L", (1000, 400), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.truetype(cjk_font, 36)
    for number, line in enumerate(
        ["An English letter to the harbour office of", "the city, with its name:", "港口管理办公室"]
    ):
        pen.text((40, 40 + 80 * number), line, font=font, fill=0)
    for languages in ((), ("en",)):
        text = ocrkit.recognize(np.asarray(image), backend=default_engine, languages=languages).text
        assert "港口管理办公室" in text, languages
