"""Probabilities from confidences: tables that come with ocrkit, tables of one's own, and what is said of broken ones."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ocrkit
from ocrkit import ConfigError
from ocrkit.calibration import Calibration, Curve, calibration_of, load_calibration
from ocrkit.evaluate.reliability import (
    WordConfidence,
    WordConfidences,
    expected_calibration_error,
    fit_calibration,
    isotonic_regression,
)
from ocrkit.testing import ScriptedBackend, draw_page

CURVE = Curve(confidence=(0.2, 0.6, 1.0), probability=(0.0, 0.5, 0.9), words=300)
TABLE = Calibration(backend="scripted", words=CURVE)


class OwnBackend(ScriptedBackend):
    """What the settings can name."""

    def __init__(self) -> None:
        super().__init__(["one two"], confidence=0.8)


def page() -> object:
    return draw_page("x").page.pixels


def test_between_its_points_a_table_is_straight() -> None:
    assert [TABLE(value) for value in (0, 0.2, 0.4, 0.6, 0.8, 1)] == pytest.approx(
        [0, 0, 0.25, 0.5, 0.7, 0.9]
    )


@pytest.mark.parametrize("backend", ["ppocr", "tesseract"])
def test_the_local_engines_have_tables(backend: str) -> None:
    table = calibration_of(backend, {})
    assert table is not None
    assert table.backend == backend
    assert table.words.words > 5_000
    assert table(0.3) < 0.5 < table(1.0)


def test_words_have_a_probability_and_keep_their_confidence() -> None:
    document = ocrkit.recognize(draw_page("The harbour was quiet").page.pixels)
    table = calibration_of("ppocr", {})
    words = document.pages[0].words
    assert words
    assert table is not None
    for word in words:
        assert word.confidence is not None
        assert word.probability == pytest.approx(table(word.confidence), abs=1e-4)


def test_a_backend_without_a_table_has_no_probabilities() -> None:
    with ocrkit.Ocr(ScriptedBackend(["one two"])) as ocr:
        assert [word.probability for word in ocr.recognize(page()).pages[0].words] == [None, None]  # type: ignore[arg-type]


def test_the_settings_can_do_without() -> None:
    page = draw_page("The harbour was quiet").page.pixels
    document = ocrkit.recognize(page, settings={"calibration": {"ppocr": False}})
    assert {word.probability for word in document.pages[0].words} == {None}


def test_an_unknown_confidence_stays_unknown(tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_text(TABLE.model_dump_json())
    with ocrkit.Ocr(
        ScriptedBackend(["one"], confidence=None), settings={"calibration": {"scripted": file}}
    ) as ocr:
        assert ocr.recognize(page()).pages[0].words[0].probability is None  # type: ignore[arg-type]


def test_a_word_that_was_changed_has_no_probability() -> None:
    """The engine was sure of something else."""
    texts = (("harbour", "harb0ur"), ("quiet", "quiet"))
    words = [ocrkit.Word(text=text, raw_text=raw, confidence=0.8) for text, raw in texts]
    page = ocrkit.PageResult(
        width=9, height=9, trace=ocrkit.Trace(backend="scripted"),
        blocks=(ocrkit.Block.of([ocrkit.Line.of(words)]),),
    )  # fmt: skip
    assert [word.probability for word in TABLE.applied(page).words] == [None, 0.7]


def test_the_settings_name_a_table_and_another_one_reads_nothing_again(tmp_path: Path) -> None:
    file, cache = tmp_path / "own.json", tmp_path / "cache"
    asked = []
    found = []
    prints = []
    for probability in (0.9, 0.4):
        curve = CURVE.model_copy(update={"probability": (0.0, 0.2, probability)})
        file.write_text(TABLE.model_copy(update={"words": curve}).model_dump_json())
        backend = OwnBackend()
        with ocrkit.Ocr(backend, settings={"calibration": {"scripted": file}, "cache": cache}) as ocr:
            found.append(ocr.recognize(page()).pages[0].words[0].probability)  # type: ignore[arg-type]
            prints.append(ocr.fingerprint)
        asked.append(len(backend.requests))
    assert found == pytest.approx([0.55, 0.3])
    assert asked == [1, 0], "pages come from the cache"
    assert prints[0] != prints[1], "a batch writes its outputs again"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is no calibration"),
        ("[]", "is no calibration"),
        ('{"backend": "scripted"}', "words"),
        (TABLE.model_dump_json().replace("0.6", "0.1"), "must rise"),
        (TABLE.model_dump_json().replace("0.5", "0.95"), "must not fall"),
        (TABLE.model_dump_json().replace("[0.0,0.5,0.9]", "[0.5]"), "as many points"),
        (TABLE.model_dump_json().replace("scripted", "baidu"), "is the calibration of 'baidu'"),
        (None, "cannot be read"),
    ],
)
def test_a_broken_table_is_named_before_the_first_page(tmp_path: Path, text: str | None, says: str) -> None:
    file = tmp_path / "own.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match=r"own\.json") as raised:
        ocrkit.Ocr(ScriptedBackend(["one"]), settings={"calibration": {"scripted": file}})
    assert says in str(raised.value)


# ── fitting ──


def boastful(count: int, seed: int) -> WordConfidences:
    """Words of an engine that says 1 − (1 − p)² where p is right."""
    chance = random.Random(seed)
    words = WordConfidences()
    for _ in range(count // 100):
        true = [chance.betavariate(4, 1) for _ in range(100)]
        words.add_page(WordConfidence(1 - (1 - each) ** 2, chance.random() < each) for each in true)
    return words


def test_a_table_mends_confidences_on_other_words(tmp_path: Path) -> None:
    table = fit_calibration("scripted", boastful(5000, 1), "drawn by lot")
    found = boastful(5000, 2).reliability("scripted", table)
    assert found.expected_error is not None
    assert found.calibrated_error is not None
    assert found.expected_error > 0.08
    assert found.calibrated_error < 0.03
    file = tmp_path / "own.json"
    file.write_text(table.model_dump_json())
    assert load_calibration(file, "scripted") == table
    assert len(json.dumps(table.model_dump())) < 2000


def test_words_of_one_confidence_make_one_point() -> None:
    words = WordConfidences()
    for _ in range(4):
        words.add_page(WordConfidence(0.9, number % 4 > 0) for number in range(100))
    table = fit_calibration("scripted", words)
    assert table(0.1) == table(1.0) == pytest.approx(0.75, abs=0.02)


def test_scripts_without_spaces_have_a_curve_of_their_own() -> None:
    words = WordConfidences()
    for _ in range(10):
        words.add_page(WordConfidence(0.8, number % 2 == 0, unspaced=number >= 100) for number in range(200))
        words.add_page(WordConfidence(0.8, right=True, unspaced=True) for _ in range(200))
    table = fit_calibration("scripted", words)
    assert table(0.8) == pytest.approx(0.5, abs=0.02)
    assert table(0.8, unspaced=True) == pytest.approx(0.83, abs=0.02)
    assert TABLE(0.8, unspaced=True) == TABLE(0.8), "where there is none, that of all words"


def test_a_long_page_does_not_outweigh_the_others() -> None:
    words = WordConfidences()
    words.add_page(WordConfidence(0.9, right=False) for _ in range(20_000))
    for _ in range(9):
        words.add_page(WordConfidence(0.9, right=True) for _ in range(250))
    assert fit_calibration("scripted", words)(0.9) == pytest.approx(0.9, abs=0.02)


def test_few_words_make_no_table() -> None:
    with pytest.raises(ConfigError, match="at least 200 words"):
        fit_calibration("scripted", boastful(100, 1))


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 9)), min_size=1, max_size=30))
def test_isotonic_values_rise_and_keep_their_mean(pairs: list[tuple[float, int]]) -> None:
    values, weights = [list(each) for each in zip(*pairs, strict=True)]
    risen = isotonic_regression(values, weights)
    assert all(one <= other + 1e-12 for one, other in itertools.pairwise(risen))
    assert np.average(risen, weights=weights) == pytest.approx(np.average(values, weights=weights))
    assert isotonic_regression(risen, weights) == pytest.approx(risen)


def test_the_expected_error_is_what_it_says() -> None:
    assert expected_calibration_error(
        np.array([0.9, 0.9, 0.9, 0.9]), np.array([1.0, 1, 1, 0])
    ) == pytest.approx(0.15)
    assert expected_calibration_error(np.array([0.05, 0.95]), np.array([0.0, 1])) == pytest.approx(0.05)
    assert expected_calibration_error(np.array([]), np.array([])) is None
