"""Tuning finds the best settings, checks them on held-out pages, and reports only significant improvements."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import ocrkit
from ocrkit import ConfigError
from ocrkit.cli import app
from ocrkit.evaluate import find_samples, tune, tune_cascade
from ocrkit.evaluate.tuning import apply_changes, candidates, format_profile, title_of

EXACT, SLOPPY = "evaluated_engines:ExactBackend", "evaluated_engines:SloppyBackend"


def add_pages(corpus: Any, count: int) -> None:
    for number in range(count):
        corpus.add_page(f"{number}.png", ["The harbour was quiet"])


def test_the_better_backend_is_found_and_checked(corpus: Any) -> None:
    add_pages(corpus, 14)
    settings = corpus.settings.model_copy(update={"backend": SLOPPY, "preprocess": "none"})
    result = tune(
        find_samples(corpus.folder), candidates([SLOPPY, EXACT], settings, {"preprocess": ["none"]}), settings
    )
    assert result.changes == {"backend": EXACT}
    assert result.is_better
    assert (result.before.samples, result.after.error) == (7, 0)
    assert result.before.error > 0.05
    assert result.difference is not None
    assert result.difference.p < 0.05


def test_the_better_half_is_tried_on_more_pages(corpus: Any) -> None:
    add_pages(corpus, 20)
    settings = corpus.settings.model_copy(update={"backend": EXACT, "preprocess": "none"})
    tried = [
        {},
        {"preprocess": "grayscale"},
        {"backend": SLOPPY},
        {"backend": SLOPPY, "preprocess": "grayscale"},
    ]
    result = tune(find_samples(corpus.folder), tried, settings)
    assert [(each.pages, each.changes) for each in result.trials[:2]] == [
        (10, {}),
        (10, {"preprocess": "grayscale"}),
    ]
    assert {each.pages for each in result.trials[2:]} == {4}
    assert result.changes == {}, "ties go to the current settings"
    assert result.difference is None
    assert not result.is_better


def test_a_candidate_that_is_better_by_chance_is_not_reported_as_better(corpus: Any) -> None:
    text = "The harbour was quiet"
    rng = random.Random(16)  # the candidate is right on all tuning pages, and on half of the held-out ones
    for number in range(14):
        truth = text if rng.random() < 0.5 else text.replace("e", "c")
        corpus.add_page(f"{number}.png", [text], truth=f"{truth}\nNo {number}")
    settings = corpus.settings.model_copy(update={"backend": SLOPPY, "preprocess": "none"})
    result = tune(find_samples(corpus.folder), [{}, {"backend": EXACT}], settings)
    assert result.changes == {"backend": EXACT}
    assert result.trials[0].error == 0
    assert not result.is_better


def test_fewer_than_twelve_pages_are_refused(corpus: Any) -> None:
    add_pages(corpus, 11)
    with pytest.raises(ConfigError, match="at least 12 pages"):
        tune(find_samples(corpus.folder), [{}], corpus.settings)


def test_too_many_candidates_are_refused(corpus: Any) -> None:
    add_pages(corpus, 12)
    many = [{"source": {"dpi": 100 + number}} for number in range(65)]
    with pytest.raises(ConfigError, match="65 combinations"):
        tune(find_samples(corpus.folder), many, corpus.settings)


def test_candidates_are_changes_to_the_settings() -> None:
    settings = ocrkit.load_settings(environ={}, start=Path(__file__).parent).settings
    default = candidates((), settings, {})
    assert default[0] == {}
    assert {"preprocess": "none"} in default
    assert {"preprocess": "auto"} not in default
    assert {"backends.ppocr.min_confidence": 0.3} in default
    assert {"backends.ppocr.min_confidence": 0.5} not in default, "the default of the option"
    assert len({title_of(each) for each in default}) == len(default)
    both = candidates(["ppocr", "tesseract"], settings, {"backends.tesseract.page_segmentation": [4, 6]})
    assert both == [
        {},
        {"backend": "ppocr"},
        {"backend": "tesseract", "backends.tesseract.page_segmentation": 4},
        {"backend": "tesseract", "backends.tesseract.page_segmentation": 6},
    ]


def test_a_profile_holds_the_changes_as_toml(tmp_path: Path) -> None:
    changes = {
        "preprocess": ["deskew", {"denoise": {"size": 3}}], "backend": "tesseract",
        "backends.tesseract.page_segmentation": 6, "source.embedded_images": False,
    }  # fmt: skip
    for name, in_pyproject in (("ocrkit.toml", False), ("pyproject.toml", True)):
        file = tmp_path / name
        head = "[tool.ocrkit]\nbackend = 'ppocr'\n" if in_pyproject else "backend = 'ppocr'\n"
        file.write_text(f"{head}\n{format_profile(changes, 'tuned', in_pyproject=in_pyproject)}")
        settings = ocrkit.load_settings(config_file=file, profile="tuned", environ={}).settings
        assert settings.preprocess == ("deskew", {"denoise": {"size": 3}})
        assert (settings.backend, settings.backends["tesseract"]) == ("tesseract", {"page_segmentation": 6})
        assert settings.source.embedded_images is False


# ── the command ──


@pytest.fixture
def command(corpus: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    config = corpus.write_config("# mine", f'backend = "{SLOPPY}"', 'preprocess = "none"')
    monkeypatch.chdir(config.parent)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app, ["tune", "pages", *arguments], prog_name="ocrkit")

    return run


def test_the_command_prints_the_changes_and_writes_a_profile(
    corpus: Any, command: Callable[..., Any]
) -> None:
    add_pages(corpus, 14)
    result = command("-b", SLOPPY, "-b", EXACT, "--try", "preprocess=none", "--write")
    assert result.exit_code == 0, result.output
    assert f'- backend = "{SLOPPY}"\n+ backend = "{EXACT}"' in result.output
    assert "Better on the 7 " in result.output
    file = corpus.folder.parent / "ocrkit.toml"
    assert file.read_text().startswith("# mine\n")
    assert ocrkit.load_settings(config_file=file, profile="tuned").settings.backend == EXACT
    again = command("-b", EXACT, "--try", "preprocess=none", "--write")
    assert again.exit_code == 2
    assert "--as NAME" in again.output


def test_the_command_writes_nothing_if_nothing_is_better(corpus: Any, command: Callable[..., Any]) -> None:
    add_pages(corpus, 12)
    before = (corpus.folder.parent / "ocrkit.toml").read_text()
    result = command("--try", "preprocess=none,grayscale", "--write")
    assert result.exit_code == 0, result.output
    assert "reads better than the settings in force" in result.output
    assert (corpus.folder.parent / "ocrkit.toml").read_text() == before


def test_without_ground_truth_the_command_tunes_for_agreement(
    corpus: Any, command: Callable[..., Any]
) -> None:
    add_pages(corpus, 14)
    for truth in corpus.folder.glob("*.gt.txt"):
        truth.unlink()
    assert command("--try", "preprocess=none").exit_code == 2
    result = command("-b", SLOPPY, "-b", EXACT, "--try", "preprocess=none", "--agree-with", EXACT)
    assert result.exit_code == 0, result.output
    assert "agreement" in result.output
    assert f'+ backend = "{EXACT}"' in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--try", "preprocess"], "a setting and its values"),
        (["--try", "backends.sloppy.speed=1,2"], "speed"),
        (["--try", "source.dpi=1,2"], "not allowed"),
        (["--as", "a b"], "letters, digits"),
    ],
)
def test_the_command_explains_wrong_options(
    corpus: Any, command: Callable[..., Any], arguments: list[str], message: str
) -> None:
    add_pages(corpus, 12)
    result = command(*arguments)
    assert result.exit_code == 2, result.output
    assert message in result.output


def test_the_bar_of_a_cascade_is_tuned() -> None:
    tables = {"cascade": {"first": "tesseract", "then": "ppocr"}}
    settings = ocrkit.Settings(backend="cascade", preprocess="none", strategies=tables)
    bars = [each.get("strategies.cascade.below") for each in candidates((), settings, {})]
    assert [bar for bar in bars if bar] == [0.5, 0.7, 0.95]
    tried = {"preprocess": ["none"], "strategies.cascade.below": [0.6]}
    found = candidates(["cascade", "ppocr"], settings, tried)
    assert [each for each in found if "strategies.cascade.below" in each] == [
        {"strategies.cascade.below": 0.6}
    ]
    assert apply_changes(settings, {"strategies.cascade.below": 0.6}).settings.strategies["cascade"] == {
        **tables["cascade"],
        "below": 0.6,
    }


def add_doubtful_pages(corpus: Any, count: int) -> None:
    """Pages of which one in four is read wrong by the sloppy backend, which knows it."""
    for number in range(count):
        words = "The harbour was quiet" if number % 4 else "Two vessels were here"
        corpus.add_page(f"{number}.png", [words], confidence=0.98 if number % 4 else 0.3)


def test_the_bar_and_the_order_of_a_cascade_are_found_with_the_curve(corpus: Any) -> None:
    add_doubtful_pages(corpus, 24)
    settings = corpus.settings.model_copy(update={"preprocess": "none"})
    result = tune_cascade(find_samples(corpus.folder), [SLOPPY, EXACT], settings)
    by_first = {curve.first: curve for curve in result.curves}
    assert set(by_first) == {SLOPPY, EXACT}
    points = by_first[SLOPPY].points
    assert (points[0].share, points[0].below) == (0, 0)
    assert points[-1].share == 1
    assert [point.share for point in points] == sorted(point.share for point in points)
    assert by_first[EXACT].alone[0] == 0
    assert by_first[EXACT].chosen.below == 0  # nothing is gained by reading again
    tables = {f"strategies.cascade.{key}" for key in ("first", "then", "below")}
    assert set(result.changes) == {"backend", *tables}
    assert apply_changes(settings, result.changes).settings.backend == "cascade"


def test_a_cascade_needs_two_backends_and_enough_pages(corpus: Any) -> None:
    add_pages(corpus, 11)
    with pytest.raises(ConfigError, match="needs two backends"):
        tune_cascade(find_samples(corpus.folder), [EXACT], corpus.settings)
    with pytest.raises(ConfigError, match="at least 12 pages"):
        tune_cascade(find_samples(corpus.folder), [SLOPPY, EXACT], corpus.settings)


def test_the_command_prints_the_curve(corpus: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    add_doubtful_pages(corpus, 12)
    monkeypatch.chdir(corpus.write_config().parent)
    arguments = ["tune", str(corpus.folder), "--cascade", "-b", SLOPPY, "-b", EXACT]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert f"first {SLOPPY}, then {EXACT}" in result.output
    assert "read again" in result.output
    assert "chosen: first" in result.output
    assert "on the held-out pages:" in result.output
    refused = CliRunner().invoke(app, [*arguments, "--try", "preprocess=none"])
    assert refused.exit_code == 2
