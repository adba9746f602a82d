"""Warnings about text that was not read say why, and what the user can do."""

from __future__ import annotations

import pytest

from ocrkit.geometry import Point
from ocrkit.result import Decision, Engine, PageResult, Trace, Unread
from ocrkit.scripts.advice import next_step, warnings_of

PLACE = (Point(0, 0), Point(300, 0), Point(300, 30), Point(0, 30))


def page(backend: str, script: str = "Grek", *decisions: Decision, model: str | None = None) -> PageResult:
    engine = Engine(name="engine", model=model, scripts=("Latn",))
    trace = Trace(backend=backend, engine=engine, decisions=decisions)
    unread = (Unread(polygon=PLACE, script=script, confidence=0.9, guess="?"),)
    return PageResult(index=0, width=400, height=100, blocks=(), unread=unread, trace=trace)


@pytest.mark.parametrize(
    ("result", "reason", "step"),
    [
        (
            page("ppocr"),
            "which ppocr does not read",
            "`ocrkit models fetch el`, then `--backend auto`",
        ),
        (
            page("tesseract", model="eng+deu"),
            "which tesseract does not read with the pack 'eng+deu'",
            "add its language, as in `--lang el` (its pack: `ocrkit models fetch el --engine tesseract`)",
        ),
        (
            page(
                "auto",
                "Grek",
                next_step("Grek", "a clearer picture", "and tesseract (el) read nothing likely there"),
            ),
            "and tesseract (el) read nothing likely there",
            "a clearer picture",
        ),
        (
            page("auto", "Hebr", next_step("Grek", "nothing", "a reason for another script")),
            "which auto does not read",
            "`ocrkit models fetch he`, then `--backend auto`",
        ),
    ],
)
def test_the_warning_names_the_reason_and_the_next_step(result: PageResult, reason: str, step: str) -> None:
    (warning,) = warnings_of(result)
    assert f", {reason}: 1 line is left out." in warning
    assert warning.endswith(f": {step}")
