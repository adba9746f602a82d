"""Calibration: included and custom tables, errors in tables, and fitting."""

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


PAGE = draw_page("x").page.pixels


def test_probabilities_are_interpolated_linearly() -> None:
    assert [TABLE(value) for value in (0, 0.2, 0.4, 0.6, 0.8, 1)] == pytest.approx(
        [0, 0, 0.25, 0.5, 0.7, 0.9]
    )


@pytest.mark.parametrize("backend", ["ppocr", "tesseract"])
def test_tables_for_the_local_engines_are_included(backend: str) -> None:
    table = calibration_of(backend, {})
    assert table is not None
    assert table.backend == backend
    assert table.words.words > 5_000
    assert table(0.3) < 0.5 < table(1.0)


def test_words_get_a_probability_and_keep_their_confidence() -> None:
    document = ocrkit.recognize(draw_page("The harbour was quiet").page.pixels)
    table = calibration_of("ppocr", {})
    words = document.pages[0].words
    assert words
    assert table is not None
    for word in words:
        assert word.confidence is not None
        assert word.probability == pytest.approx(table(word.confidence), abs=1e-4)


def test_without_a_table_words_have_no_probability() -> None:
    with ocrkit.Ocr(ScriptedBackend(["one two"])) as ocr:
        assert [word.probability for word in ocr.recognize(PAGE).pages[0].words] == [None, None]


def test_the_settings_can_turn_calibration_off() -> None:
    page = draw_page("The harbour was quiet").page.pixels
    document = ocrkit.recognize(page, settings={"calibration": {"ppocr": False}})
    assert {word.probability for word in document.pages[0].words} == {None}


def test_a_word_without_confidence_has_no_probability(tmp_path: Path) -> None:
    file = tmp_path / "custom.json"
    file.write_text(TABLE.model_dump_json())
    with ocrkit.Ocr(
        ScriptedBackend(["one"], confidence=None), settings={"calibration": {"scripted": file}}
    ) as ocr:
        assert ocr.recognize(PAGE).pages[0].words[0].probability is None


def test_a_corrected_word_has_no_probability() -> None:
    texts = (("harbour", "harb0ur"), ("quiet", "quiet"))
    words = [ocrkit.Word(text=text, raw_text=raw, confidence=0.8) for text, raw in texts]
    page = ocrkit.PageResult(
        width=9, height=9, trace=ocrkit.Trace(backend="scripted"),
        blocks=(ocrkit.Block.of([ocrkit.Line.of(words)]),),
    )  # fmt: skip
    assert [word.probability for word in TABLE.apply(page).words] == [None, 0.7]


def test_another_table_changes_the_fingerprint_but_uses_the_cached_pages(tmp_path: Path) -> None:
    file, cache = tmp_path / "custom.json", tmp_path / "cache"
    probabilities, requests, fingerprints = [], [], []
    for probability in (0.9, 0.4):
        curve = CURVE.model_copy(update={"probability": (0.0, 0.2, probability)})
        file.write_text(TABLE.model_copy(update={"words": curve}).model_dump_json())
        backend = ScriptedBackend(["one two"], confidence=0.8)
        with ocrkit.Ocr(backend, settings={"calibration": {"scripted": file}, "cache": cache}) as ocr:
            probabilities.append(ocr.recognize(PAGE).pages[0].words[0].probability)
            fingerprints.append(ocr.fingerprint)
        requests.append(len(backend.requests))
    assert probabilities == pytest.approx([0.55, 0.3])
    assert requests == [1, 0], "the second page comes from the cache"
    assert fingerprints[0] != fingerprints[1], "a batch writes its outputs again"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not a valid calibration table"),
        ("[]", "is not a valid calibration table"),
        ('{"backend": "scripted"}', "words"),
        (TABLE.model_dump_json().replace("0.6", "0.1"), "must increase"),
        (TABLE.model_dump_json().replace("0.5", "0.95"), "must not decrease"),
        (TABLE.model_dump_json().replace("[0.0,0.5,0.9]", "[0.5]"), "same number of points"),
        (TABLE.model_dump_json().replace("scripted", "baidu"), "is the calibration table of 'baidu'"),
        (None, "cannot be read"),
    ],
)
def test_an_invalid_table_is_an_error_before_the_first_page(
    tmp_path: Path, text: str | None, message: str
) -> None:
    file = tmp_path / "custom.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match=r"custom\.json") as raised:
        ocrkit.Ocr(ScriptedBackend(["one"]), settings={"calibration": {"scripted": file}})
    assert message in str(raised.value)


# ── fitting ──


def overconfident(count: int, seed: int) -> WordConfidences:
    """Words of an engine that reports 1 − (1 − p)² for the probability p."""
    chance = random.Random(seed)
    words = WordConfidences()
    for _ in range(count // 100):
        true = [chance.betavariate(4, 1) for _ in range(100)]
        words.add_page(WordConfidence(1 - (1 - each) ** 2, chance.random() < each) for each in true)
    return words


def test_a_fitted_table_reduces_the_error_on_other_words(tmp_path: Path) -> None:
    table = fit_calibration("scripted", overconfident(5000, 1), "random words")
    reliability = overconfident(5000, 2).reliability("scripted", table)
    assert reliability.expected_error is not None
    assert reliability.calibrated_error is not None
    assert reliability.expected_error > 0.08
    assert reliability.calibrated_error < 0.03
    file = tmp_path / "custom.json"
    file.write_text(table.model_dump_json())
    assert load_calibration(file, "scripted") == table
    assert len(json.dumps(table.model_dump())) < 2000


def test_words_of_equal_confidence_become_one_point() -> None:
    words = WordConfidences()
    for _ in range(4):
        words.add_page(WordConfidence(0.9, number % 4 > 0) for number in range(100))
    table = fit_calibration("scripted", words)
    assert table(0.1) == table(1.0) == pytest.approx(0.75, abs=0.02)


def test_scripts_without_spaces_get_their_own_curve() -> None:
    words = WordConfidences()
    for _ in range(10):
        words.add_page(WordConfidence(0.8, number % 2 == 0, unspaced=number >= 100) for number in range(200))
        words.add_page(WordConfidence(0.8, right=True, unspaced=True) for _ in range(200))
    table = fit_calibration("scripted", words)
    assert table(0.8) == pytest.approx(0.5, abs=0.02)
    assert table(0.8, unspaced=True) == pytest.approx(0.83, abs=0.02)
    assert TABLE(0.8, unspaced=True) == TABLE(0.8), "without one, the curve of all words applies"


def test_a_long_page_does_not_outweigh_the_others() -> None:
    words = WordConfidences()
    words.add_page(WordConfidence(0.9, right=False) for _ in range(20_000))
    for _ in range(9):
        words.add_page(WordConfidence(0.9, right=True) for _ in range(250))
    assert fit_calibration("scripted", words)(0.9) == pytest.approx(0.9, abs=0.02)


def test_fitting_needs_at_least_200_words() -> None:
    with pytest.raises(ConfigError, match="at least 200 words"):
        fit_calibration("scripted", overconfident(100, 1))


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 9)), min_size=1, max_size=30))
def test_isotonic_regression_increases_and_keeps_the_mean(pairs: list[tuple[float, int]]) -> None:
    values, weights = [list(each) for each in zip(*pairs, strict=True)]
    fitted = isotonic_regression(values, weights)
    assert all(one <= other + 1e-12 for one, other in itertools.pairwise(fitted))
    assert np.average(fitted, weights=weights) == pytest.approx(np.average(values, weights=weights))
    assert isotonic_regression(fitted, weights) == pytest.approx(fitted)


def test_expected_calibration_error() -> None:
    assert expected_calibration_error(
        np.array([0.9, 0.9, 0.9, 0.9]), np.array([1.0, 1, 1, 0])
    ) == pytest.approx(0.15)
    assert expected_calibration_error(np.array([0.05, 0.95]), np.array([0.0, 1])) == pytest.approx(0.05)
    assert expected_calibration_error(np.array([]), np.array([])) is None
