"""Word lists in the vote of `consensus`: they choose among readings, and never propose a word."""

from __future__ import annotations

import subprocess
import sys

import pytest

import ocrkit
from ocrkit.result import Block, Line, PageResult, Trace, Word
from ocrkit.strategies import Consensus
from ocrkit.strategies.consensus import combine
from ocrkit.strategies.word_lists import WordLists
from ocrkit.testing import ScriptedBackend, draw_page


@pytest.fixture(autouse=True)
def word_lists(require_module):
    require_module("wordfreq")


def reading(text, probability):
    """A line of words, all of the same probability."""
    words = [
        Word(text=word, box=(100 * n, 0, 100 * n + 80, 30), probability=probability)
        for n, word in enumerate(text.split())
    ]
    blocks = (Block.of([Line.of(words)]),)
    return PageResult(width=1000, height=100, blocks=blocks, trace=Trace(backend="x"))


def voted(first, second, *languages, probabilities=(0.6, 0.5)):
    pages = [reading(text, value) for text, value in zip((first, second), probabilities, strict=True)]
    return combine(pages, ["a", "b"], word_lists=WordLists.of(languages))


@pytest.mark.parametrize(
    ("first", "second", "language"),
    [
        ("Zukuuft", "Zukunft", "de-DE"),
        ("fende", "sende", "de"),
        ("prospeotive,", "prospective,", "en"),
        ("l'éludié", "l'étudié", "fr"),
        ("Schiffsgefellschaft", "Schiffsgesellschaft", "de"),
    ],
)
def test_the_more_common_word_wins_where_the_readers_are_about_equally_sure(first, second, language):
    assert voted(first, second).text == first
    assert voted(first, second, language).text == second
    assert voted(first, second, "ja").text == first  # no word list
    assert voted(first, second, "en", language).text == second


def test_a_sure_reader_is_believed_against_the_word_list():
    assert voted("Brovvn", "Brown", "en", probabilities=(0.97, 0.3)).text == "Brovvn"
    assert voted("Zukuuft", "Zukunft", "de").words[0].probability < 0.95


@pytest.mark.parametrize(
    ("first", "second"),
    [("l2", "is"), ("B12", "Bits"), ("xq-", "so"), ("Qvx", "Qvy"), ("+", "a")],
)
def test_numbers_codes_and_unlisted_words_are_left_to_the_readers(first, second):
    assert voted(first, second, "en", "de") == voted(first, second)


def test_words_are_divided_where_the_parts_are_clearly_more_common():
    assert voted("aconstant speed", "a constant speed", "en").text == "a constant speed"
    assert voted("a constant speed", "aconstant speed", "en").text == "a constant speed"
    assert voted("Handschuh", "Hand schuh", "de").text == "Handschuh"
    assert voted("12 500", "12500", "en").text == "12 500"


def test_the_strategy_uses_the_lists_of_the_requested_languages():
    def read(languages, **options):
        strategy = Consensus(ScriptedBackend(["prospeotive"]), ScriptedBackend(["prospective"]), **options)
        with ocrkit.Ocr(strategy, languages=languages, preprocess="none") as ocr:
            return ocr.recognize(draw_page("x").page.pixels)[0].text, ocr.fingerprint

    listed, with_lists = read("en")
    unlisted, without = read("en", word_lists=False)
    assert (listed, unlisted) == ("prospective", "prospeotive")
    assert with_lists != without
    assert read("en", word_lists=True)[0] == "prospective"
    assert read(None)[0] == "prospeotive"


def test_without_the_lists_the_readers_decide_alone():
    script = """
import sys
sys.modules["wordfreq"] = None
import ocrkit
from ocrkit.strategies import Consensus
from ocrkit.testing import ScriptedBackend, draw_page
readers = ScriptedBackend(["prospeotive"]), ScriptedBackend(["prospective"])
with ocrkit.Ocr(Consensus(*readers), languages="en", preprocess="none") as ocr:
    print(ocr.recognize(draw_page("x").page.pixels)[0].text)
try:
    ocrkit.Ocr(Consensus(*readers, word_lists=True)).recognize(draw_page("x").page.pixels)
except ocrkit.errors.MissingDependencyError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("prospeotive")
    assert "ocrkit[spelling]" in done.stdout
