"""Corrections of post-processing steps are counted as right, wrong and missed."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from ocrkit.cli import app
from ocrkit.evaluate import Evaluation, evaluate, phrases
from ocrkit.evaluate.evaluation import system_config

SLOPPY = "evaluated_engines:SloppyBackend"
STEP = "evaluated_engines:repair"


def test_corrections_are_counted_with_examples(corpus: Any) -> None:
    corpus.add_page("one.png")
    corpus.add_page("two.png")
    settings = corpus.settings.model_copy(update={"postprocess": (STEP,)})
    result = evaluate(corpus.folder, [SLOPPY], preprocess=["none"], settings=settings)
    (step,) = result.corrections
    wrong_words = 2 * sum(
        "e" in word for word in "The harbour was quiet before sunrise and only two boats".split()
    )
    wrong_words += 2  # returned
    assert (step.step, step.words) == ("repair", 2 * 14)
    assert (step.right, step.wrong, step.still_wrong, step.missed) == (2, 2, 2, wrong_words - 4)
    assert step.per_thousand(step.right) == pytest.approx(1000 * 2 / 28)
    assert {(each.before, each.after, each.was_right, each.is_right) for each in step.examples} == {
        ("Thc", "The", False, True),
        ("boats", "boots", True, False),
        ("rcturncd", "rctorncd", False, False),
    }
    assert Evaluation.model_validate_json(result.model_dump_json()) == result
    first, *examples = phrases.corrections(result)
    assert first.startswith("repair after sloppy none, in words (per 1000): right 2 (71.4), wrong 2 (71.4)")
    assert "  wrong: boats → boots, boats → boots" in examples


def test_without_corrections_nothing_is_counted(corpus: Any) -> None:
    corpus.add_page("one.png")
    assert evaluate(corpus.folder, [SLOPPY], preprocess=["none"], settings=corpus.settings).corrections == ()


def test_the_command_shows_them(corpus: Any) -> None:
    corpus.add_page("one.png")
    config = corpus.write_config()
    arguments = ["evaluate", str(corpus.folder), "-b", SLOPPY, "--preprocess", "none", "--postprocess", STEP]
    done = CliRunner().invoke(app, [*arguments, "--config", str(config), "-q"])
    assert done.exit_code == 0, done.output
    assert "repair after sloppy none" in done.output
    assert "Thc → The" in done.output


def test_steps_that_correct_get_the_probabilities_of_words(corpus: Any) -> None:
    settings = corpus.settings
    assert system_config(SLOPPY, "none", settings).settings.calibration["sloppy"] is False
    corrects = settings.model_copy(update={"postprocess": ("language", {"spelling": {}})})
    assert "sloppy" not in system_config(SLOPPY, "none", corrects).settings.calibration
