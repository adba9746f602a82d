"""The other readings of doubtful words: the search, and the real engine on blurred print."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import ocrkit
from ocrkit.backends.ppocr.alternatives import alternatives
from ocrkit.backends.ppocr.candidates import Step, rank
from ocrkit.backends.ppocr.recognition import RecognizedCharacter
from ocrkit.testing.samples import draw_page


def steps(*candidates):
    return [
        Step((number + 0.5) / len(candidates), tuple(each.items())) for number, each in enumerate(candidates)
    ]


def test_the_probability_of_a_text_is_the_sum_over_its_paths() -> None:
    """Greedy decoding reads nothing here: the blank is the best candidate of both steps."""
    readings = rank(steps({"": 0.6, "a": 0.4}, {"": 0.6, "a": 0.4}))
    assert [(each.text, round(each.probability, 2)) for each in readings] == [("a", 0.64), ("", 0.36)]


def test_only_a_blank_separates_two_equal_characters() -> None:
    apart = rank(steps({"l": 1.0}, {"": 0.9, "l": 0.1}, {"l": 1.0}))
    assert [each.text for each in apart] == ["ll", "l"]
    assert apart[0].probability == pytest.approx(0.9)
    assert [each.text for each in rank(steps({"l": 1.0}, {"l": 1.0}, {"l": 1.0}))] == ["l"]


def test_probabilities_of_all_readings_sum_to_one() -> None:
    readings = rank(steps(*[{"": 0.2, "r": 0.5, "m": 0.3}] * 3))
    assert sum(each.probability for each in readings) == pytest.approx(1, abs=0.02)
    assert [each.probability for each in readings] == sorted(
        (each.probability for each in readings), reverse=True
    )


def test_nothing_is_considered_without_steps() -> None:
    assert [each.text for each in rank([])] == [""]


def test_a_word_gets_the_readings_of_its_own_part_of_the_line() -> None:
    line = steps({"i": 1.0}, {"i": 0.9, "": 0.1}, {" ": 1.0}, {" ": 1.0}, {"l": 0.7, "1": 0.3}, {"0": 1.0})
    before = RecognizedCharacter(" ", 1.0, line[2].position)
    word = [RecognizedCharacter("l", 0.7, line[4].position), RecognizedCharacter("0", 1.0, line[5].position)]
    (other,) = alternatives(word, before, None, line)
    assert (other.text, other.probability) == ("10", pytest.approx(0.3))


def test_a_word_of_sure_characters_gets_none() -> None:
    word = [RecognizedCharacter("l", 0.95, 0.5)]
    assert alternatives(word, None, None, steps({"l": 0.95, "1": 0.05})) == ()


@pytest.fixture(scope="module")
def blurred_page(latin_font):
    """Print that is hard to read, in which letters are ambiguous."""
    image = Image.new("L", (1100, 420), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.truetype(latin_font, 18)
    lines = [
        "Cornelius burned 1,284.50 modern corners",
        "illumination of Bl0I lOl1 0O81 SB58",
        "clemency rnm vvw",
    ]
    for number, line in enumerate(lines):
        pen.text((40, 40 + 80 * number), line, font=font, fill=50)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(2.2)))


@pytest.mark.long
def test_doubtful_words_of_a_page_have_other_readings(default_engine, blurred_page) -> None:
    page = ocrkit.recognize(blurred_page, backend=default_engine).pages[0]
    doubtful = [word for word in page.words if word.alternatives]
    assert doubtful
    for word in doubtful:
        texts = [each.text for each in word.alternatives]
        shares = [each.probability for each in word.alternatives]
        assert word.text not in texts
        assert len(set(texts)) == len(texts) <= 5
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 1.001
    document = ocrkit.Document.from_json(ocrkit.recognize(blurred_page, backend=default_engine).to_json())
    assert [word.alternatives for word in document.words] == [word.alternatives for word in page.words]


def test_clear_print_has_no_other_readings(default_engine) -> None:
    page = draw_page(["Clear print has no other readings."]).page
    document = ocrkit.recognize(page.pixels, backend=default_engine)
    assert document.text == "Clear print has no other readings."
    assert not any(word.alternatives for word in document.words)


def test_the_explanation_of_a_page_names_the_closest_words(default_engine, blurred_page) -> None:
    document = ocrkit.recognize(blurred_page, backend=default_engine)
    count = sum(bool(word.alternatives) for word in document.words)
    assert f"alternatives: {count} word" in document.explain()
