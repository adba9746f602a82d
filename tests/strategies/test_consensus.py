"""`consensus`: several readers read every page, and vote on every word."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ocrkit
from ocrkit.errors import ConfigError
from ocrkit.result import Alternative, Block, Line, PageResult, Trace, Word
from ocrkit.strategies import Consensus
from ocrkit.strategies.consensus import combine
from ocrkit.strategies.voting import units
from ocrkit.testing import ScriptedBackend, draw_page


def reading(*lines, missing=(), tops=None):
    """A page of lines of `text:probability` words, each at its place; 0.9 is the usual probability."""
    made = []
    for row, text in enumerate(lines):
        if row in missing or not text:
            continue
        words = []
        left = 10
        for item in text.split():
            word, _, probability = item.partition(":")
            right = left + 20 * len(word)
            box = (left, 40 * row, right, 40 * row + 30)
            words.append(Word(text=word, box=box, probability=float(probability or 0.9)))
            left = right + 20
        made.append(Line.of(words))
    return PageResult(width=1000, height=1000, blocks=(Block.of(made),), trace=Trace(backend="x"))


def voted(*readings, **options):
    return combine(readings, ["a", "b", "c"][: len(readings)], **options)


def words(page):
    return {word.text: word.probability for word in page.words}


def test_agreement_raises_and_disagreement_lowers_the_probability():
    page = voted(reading("the harbor:0.9 opens:0.8"), reading("the harbor:0.7 open5:0.3"))
    assert page.text == "the harbor opens"
    assert words(page)["harbor"] > 0.9
    assert 0.5 < words(page)["opens"] < 0.95
    assert 0.6 < page.quality.agreement < 0.8


def test_the_more_probable_word_wins_wherever_it_comes_from():
    page = voted(reading("the harb0r:0.3 opens"), reading("tbe:0.3 harbor opens"))
    assert page.text == "the harbor opens"
    assert page.lines[0].read_by in ("a", "b")


def test_three_readers_outvote_a_surer_one():
    page = voted(reading("close:0.8"), reading("closed:0.7"), reading("closed:0.7"))
    assert page.text == "closed"


def test_an_undecided_word_keeps_the_candidates_and_the_page_has_a_finding():
    page = voted(reading("fee 14.50:0.6 boat:0.6"), reading("fee 74.50:0.6 goat:0.6"))
    number = page.words[1]
    assert (number.text, [each.text for each in number.alternatives]) == ("14.50", ["74.50"])
    assert number.finding == "digits"
    assert [(each.kind, each.text, each.seen) for each in page.findings] == [
        ("digits", "14.50", "74.50"),
        ("differs", "boat", "goat"),
    ]
    assert voted(reading("a 1:0.6"), reading("a 7:0.6"), undecided_below=0.0).findings == ()


def test_words_that_one_reading_divides_are_one_vote():
    assert voted(reading("har:0.4 bor:0.4 master"), reading("harbor:0.9 master")).text == "harbor master"
    assert voted(reading("harbor:0.9 master"), reading("har:0.4 bor:0.4 master")).text == "harbor master"


def test_lines_that_the_first_reading_lacks_are_added_if_they_are_sure():
    other = reading("one", "two:0.9", "%%:0.2 x:0.3")
    page = voted(reading("one", "", "", "three:0.95"), other)
    assert page.text.split() == ["one", "two", "three"]
    assert [line.read_by for line in page.lines] == ["a", "b", "a"]


def test_the_main_reading_loses_nothing_where_another_one_has_nothing():
    page = voted(reading("faint:0.2", "words here:0.3", "and many others"), reading("", "words"))
    assert page.text.split() == ["faint", "words", "here", "and", "many", "others"]


def test_adjacent_numbers_come_from_one_reading():
    page = voted(reading("12:0.9 345:0.5"), reading("72:0.5 845:0.9"))
    assert page.text in ("12 345", "72 845")


TEXTS = st.lists(st.text("017", min_size=1, max_size=3), min_size=1, max_size=5)


@given(TEXTS, TEXTS, st.sampled_from([0.3, 0.6, 0.9]))
def test_digits_are_never_mixed_from_two_readings(first, second, probability):
    one = reading(" ".join(first))
    other = reading(" ".join(f"{text}:{probability}" for text in second))
    assert voted(one, other).text in (" ".join(first), " ".join(second))


ANY = st.lists(st.text("abé一 1.", min_size=1, max_size=6).filter(str.strip), max_size=8)


@given(ANY, ANY, ANY)
def test_units_cover_all_words_of_all_readings_in_order(first, second, third):
    given_words = [tuple(Word(text=text) for text in each) for each in (first, second, third)]
    found = units(given_words)
    for number, each in enumerate(given_words):
        assert tuple(word for unit in found for word in unit.readings[number]) == each


@given(ANY, ANY)
def test_a_vote_is_deterministic_and_equal_readings_change_no_text(first, second):
    one, other = reading(" ".join(first)), reading(" ".join(second))
    assert voted(one, other) == voted(one, other)
    assert voted(one, one).text == one.text


def test_gaps_of_the_line_stay():
    line = Line.of(
        [
            Word(text=text, box=box, probability=0.9)
            for text, box in (("2017", (0, 0, 80, 30)), ("年", (80, 0, 110, 30)))
        ],
        text="2017年",
    )
    page = PageResult(width=200, height=40, blocks=(Block.of([line]),), trace=Trace(backend="x"))
    assert voted(page, reading("2O17:0.3 年")).text == "2017年"


@pytest.mark.long
@pytest.mark.parametrize("noise", [0, 60])
def test_with_the_local_engines(require_program, noise):
    require_program("tesseract")
    text = [
        "The harbor office opens at seven",
        "and closes when the last boat is in.",
        "Fees are 14.50 a night.",
    ]
    pixels = draw_page(text, font_size=28).page.pixels
    grain = np.random.default_rng(1).normal(0, noise, pixels.shape)
    degraded = np.clip(pixels * 0.5 + 90 + grain, 0, 255).astype(np.uint8)
    with ocrkit.Ocr(Consensus("ppocr", "tesseract"), languages="en", preprocess="none") as ocr:
        page = ocr.recognize(degraded)[0]
        assert ocr.fingerprint is not None
    assert page.backend == "consensus"
    assert len(re.findall(r"\w+", page.text)) == 20
    assert page.trace.decisions[0].topic == "consensus"
    if not noise:
        assert page.text.splitlines() == text
        assert page.quality.agreement > 0.95
        assert min(word.probability for word in page.words) > 0.9


def test_fewer_than_two_readers_are_refused():
    with pytest.raises(ConfigError, match="at least 2"):
        Consensus("ppocr")
    with ocrkit.Ocr(Consensus(ScriptedBackend(["a b"]), ScriptedBackend(["a b"])), preprocess="none") as ocr:
        assert ocr.recognize(draw_page("x").page.pixels)[0].text == "a b"


def test_a_word_that_the_other_engine_considered_gains():
    def with_other(page, *others):
        word = page.words[0].model_copy(
            update={"alternatives": tuple(Alternative(text=text, probability=0.3) for text in others)}
        )
        line = page.lines[0].model_copy(update={"words": (word,)})
        return page.model_copy(update={"blocks": (Block.of([line]),)})

    surer, other = reading("harbcr:0.7"), reading("harbor:0.6")
    assert voted(surer, other).text == "harbcr"
    considered = voted(with_other(surer, "harbor"), other)
    assert considered.text == "harbor"
    assert voted(with_other(surer, "barber"), other).text == "harbcr"
    assert 0.4 < words(considered)["harbor"] < 0.6  # undecided still
    assert considered.findings[0].seen == "harbcr"


def test_a_word_of_another_place_is_no_reading_of_the_same_one():
    def page(text, left, probability):
        other = Word(text="long enough", box=(0, 0, 90, 30), probability=0.9)
        word = Word(text=text, box=(left, 0, left + 80, 30), probability=probability)
        blocks = (Block.of([Line.of([other, word])]),)
        return PageResult(width=1000, height=100, blocks=blocks, trace=Trace(backend="x"))

    main = page("harb0r", 100, 0.5)
    assert voted(main, page("harbor", 110, 0.6)).text == "long enough harbor"
    assert voted(main, page("harbor", 155, 0.6)).text == "long enough harb0r"


def test_symbols_are_those_of_the_main_reading():
    assert voted(reading("the long fee ”:0.3"), reading("the long fee »:0.9")).text == "the long fee ”"
    assert voted(reading("the long fee 8:0.3"), reading("the long fee &:0.9")).text == "the long fee 8"
