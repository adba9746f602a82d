"""Tuning: the best is found, checked on other pages, and not invented where there is none."""

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
from ocrkit.evaluate import find_samples, tune
from ocrkit.evaluate.tuning import candidates, profile_of, title_of

TOLD, HASTY = "told_engines:ToldBackend", "told_engines:HastyBackend"


def pages(desk: Any, count: int) -> None:
    for number in range(count):
        desk.page(f"{number}.png", ["The harbour was quiet"])


def test_the_better_backend_is_found_and_checked(desk: Any) -> None:
    pages(desk, 14)
    settings = desk.settings.model_copy(update={"backend": HASTY, "preprocess": "none"})
    result = tune(
        find_samples(desk.folder), candidates([HASTY, TOLD], settings, {"preprocess": ["none"]}), settings
    )
    assert result.changes == {"backend": TOLD}
    assert result.is_better
    assert (result.before.samples, result.after.error) == (7, 0)
    assert result.before.error > 0.05
    assert result.difference is not None
    assert result.difference.p < 0.05


def test_the_better_half_goes_on_to_more_pages(desk: Any) -> None:
    pages(desk, 20)
    settings = desk.settings.model_copy(update={"backend": TOLD, "preprocess": "none"})
    tried = [
        {},
        {"preprocess": "grayscale"},
        {"backend": HASTY},
        {"backend": HASTY, "preprocess": "grayscale"},
    ]
    result = tune(find_samples(desk.folder), tried, settings)
    assert [(each.pages, each.changes) for each in result.trials[:2]] == [
        (10, {}),
        (10, {"preprocess": "grayscale"}),
    ]
    assert {each.pages for each in result.trials[2:]} == {4}
    assert result.changes == {}, "of equals the one that changes nothing"
    assert result.difference is None
    assert not result.is_better


def test_what_is_better_by_chance_is_not_called_better(desk: Any) -> None:
    """Each page is read worse by one or the other: the best on the first half is none on the second."""
    chance = random.Random(4)
    for number in range(14):
        lines = ["The hcrbcur wcs quiet" if chance.random() < 0.5 else "Thc harbour was quict"]
        desk.page(f"{number}.png", lines, truth=f"The harbour was quiet\nNo {number}")
    settings = desk.settings.model_copy(update={"backend": HASTY, "preprocess": "none"})
    result = tune(find_samples(desk.folder), [{}, {"preprocess": "grayscale"}], settings)
    assert not result.is_better


def test_few_pages_and_many_candidates_are_refused(desk: Any) -> None:
    pages(desk, 11)
    with pytest.raises(ConfigError, match="at least 12 pages"):
        tune(find_samples(desk.folder), [{}], desk.settings)
    pages(desk, 12)
    many = [{"source": {"dpi": 100 + number}} for number in range(65)]
    with pytest.raises(ConfigError, match="65 ways"):
        tune(find_samples(desk.folder), many, desk.settings)


def test_candidates_are_what_differs_from_the_settings() -> None:
    settings = ocrkit.load_settings(environ={}, start=Path(__file__).parent).settings
    usual = candidates((), settings, {})
    assert usual[0] == {}
    assert {"preprocess": "none"} in usual
    assert {"preprocess": "auto"} not in usual
    assert {"backends.ppocr.min_confidence": 0.3} in usual
    assert {"backends.ppocr.min_confidence": 0.5} not in usual, "that is the default"
    assert len({title_of(each) for each in usual}) == len(usual)
    both = candidates(["ppocr", "tesseract"], settings, {"backends.tesseract.page_segmentation": [4, 6]})
    assert both == [
        {},
        {"backend": "tesseract", "backends.tesseract.page_segmentation": 4},
        {"backend": "tesseract", "backends.tesseract.page_segmentation": 6},
    ]


def test_a_profile_says_the_changes_in_toml(tmp_path: Path) -> None:
    changes = {
        "preprocess": ["deskew", {"denoise": {"size": 3}}], "backend": "tesseract",
        "backends.tesseract.page_segmentation": 6, "source.embedded_images": False,
    }  # fmt: skip
    for name, shared in (("ocrkit.toml", False), ("pyproject.toml", True)):
        file = tmp_path / name
        head = "[tool.ocrkit]\nbackend = 'ppocr'\n" if shared else "backend = 'ppocr'\n"
        file.write_text(f"{head}\n{profile_of(changes, 'tuned', shared=shared)}")
        settings = ocrkit.load_settings(config_file=file, profile="tuned", environ={}).settings
        assert settings.preprocess == ("deskew", {"denoise": {"size": 3}})
        assert (settings.backend, settings.backends["tesseract"]) == ("tesseract", {"page_segmentation": 6})
        assert settings.source.embedded_images is False


# ── the command ──


@pytest.fixture
def command(desk: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    folder = desk.folder.parent
    options = f'texts = "{desk.texts}"\nlog = "{desk.log}"\n'
    (folder / "ocrkit.toml").write_text(
        f'# mine\nbackend = "{HASTY}"\npreprocess = "none"\nworkers = 1\nisolate = false\n'
        f"[backends.told]\n{options}[backends.hasty]\n{options}"
    )
    monkeypatch.chdir(folder)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app, ["tune", "pages", *arguments], prog_name="ocrkit")

    return run


def test_the_command_shows_a_difference_and_writes_a_profile(desk: Any, command: Callable[..., Any]) -> None:
    pages(desk, 14)
    done = command("-b", HASTY, "-b", TOLD, "--try", "preprocess=none", "--write")
    assert done.exit_code == 0, done.output
    assert f'- backend = "{HASTY}"\n+ backend = "{TOLD}"' in done.output
    assert "Better on the 7 pages that were kept back" in done.output
    file = desk.folder.parent / "ocrkit.toml"
    assert file.read_text().startswith("# mine\n")
    assert ocrkit.load_settings(config_file=file, profile="tuned").settings.backend == TOLD
    again = command("-b", TOLD, "--try", "preprocess=none", "--write")
    assert again.exit_code == 2
    assert "--as NAME" in again.output


def test_the_command_writes_nothing_where_nothing_is_better(desk: Any, command: Callable[..., Any]) -> None:
    pages(desk, 12)
    before = (desk.folder.parent / "ocrkit.toml").read_text()
    done = command("--try", "preprocess=none,grayscale", "--write")
    assert done.exit_code == 0, done.output
    assert "Nothing that was tried reads better" in done.output
    assert (desk.folder.parent / "ocrkit.toml").read_text() == before


def test_without_truth_it_is_agreement_and_says_so(desk: Any, command: Callable[..., Any]) -> None:
    pages(desk, 14)
    for truth in desk.folder.glob("*.gt.txt"):
        truth.unlink()
    assert command("--try", "preprocess=none").exit_code == 2
    done = command("-b", HASTY, "-b", TOLD, "--try", "preprocess=none", "--agree-with", TOLD)
    assert done.exit_code == 0, done.output
    assert f"Held for the truth: what {TOLD} reads" in done.output
    assert f'+ backend = "{TOLD}"' in done.output


def test_the_command_names_slips(desk: Any, command: Callable[..., Any]) -> None:
    pages(desk, 12)
    for arguments, says in (
        (["--try", "preprocess"], "a setting and its values"),
        (["--try", "backends.hasty.speed=1,2"], "speed"),
        (["--try", "source.dpi=1,2"], "not allowed"),
        (["--as", "a b"], "letters, digits"),
    ):
        done = command(*arguments)
        assert done.exit_code == 2, done.output
        assert says in done.output
