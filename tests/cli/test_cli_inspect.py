"""`ocrkit inspect`: what a page is like, and pictures of what is done to it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from ocrkit.cli import app
from ocrkit.preprocess.deskew import rotate_page
from ocrkit.testing import draw_page

WORDS = ["The harbour was quiet before", "sunrise and only two boats", "had returned with anything"] * 4


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page whose lines slope by twenty degrees, more than the embedded engine stands."""
    monkeypatch.chdir(tmp_path)
    page = rotate_page(draw_page(WORDS, font_size=30).page, 20)
    Image.fromarray(page.pixels).save("aslant.png", dpi=(200, 200))
    return tmp_path


def inspect(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner(env={"OCRKIT_BACKEND": "ppocr"}).invoke(app, ("inspect", *arguments), input=stdin)


def stages(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "stages").iterdir())


def test_a_page_is_measured_and_the_choice_explained() -> None:
    result = inspect("aslant.png")
    assert result.exit_code == 0, result.output
    title, _, *rest = result.stdout.splitlines()
    assert re.fullmatch(r"aslant\.png, page 1: \d+ × \d+ pixels, 200 dpi", title)
    assert "letters" in result.stdout
    rows = {line.split("  ")[0].strip(): line for line in rest}
    assert re.search(r"\+(19\.9|20\.0)\d°", rows["skew"])
    assert "no" in rows["inverted"]
    assert "chooses deskew" in rows["auto"]
    assert re.search(r"changed +\d+ ms +the lines are rotated by 20\.0 degrees", rows["deskew"])


def test_an_image_of_each_stage_is_saved(folder: Path) -> None:
    result = inspect("aslant.png", "--out", "stages")
    assert result.exit_code == 0
    assert stages(folder) == ["aslant.png-1-0-page.png", "aslant.png-1-1-deskew.png"]
    for name in stages(folder):
        assert f"stages{os.sep}{name}" in result.stdout
    before, after = (np.asarray(Image.open(folder / "stages" / name)) for name in stages(folder))
    assert np.array_equal(before, np.asarray(Image.open("aslant.png")))
    assert after.shape > before.shape


def test_steps_that_change_nothing_have_no_image(folder: Path) -> None:
    result = inspect("aslant.png", "--preprocess", "grayscale,binarize,invert", "--out", "stages")
    assert stages(folder) == ["aslant.png-1-0-page.png", "aslant.png-1-1-binarize.png"]
    assert "method=otsu" in result.stdout
    assert "skew" in result.stdout, "it is measured, whatever is done"


def test_a_page_that_needs_no_step_is_reported() -> None:
    assert "No step applies." in inspect("aslant.png", "--preprocess", "none").stdout


def test_json_has_measurements_steps_and_images(folder: Path) -> None:
    result = inspect("aslant.png", "--json", "--out", "stages")
    (page,) = json.loads(result.stdout)
    assert (page["file"], page["page"], page["dpi"], page["backend"]) == ("aslant.png", 1, 200, "ppocr")
    assert page["measurements"]["skew"] == pytest.approx(20, abs=0.1)
    assert [(step["name"], step["changed"]) for step in page["steps"]] == [("auto", False), ("deskew", True)]
    assert [Path(path).name for path in page["images"]] == stages(folder)


def test_the_steps_depend_on_the_backend() -> None:
    assert "the page needs no step" in inspect("aslant.png", "--backend", "null").stdout


def test_pages_can_be_selected_from_standard_input(folder: Path) -> None:
    frames = [Image.open("aslant.png"), Image.new("L", (60, 40), 255)]
    frames[0].save("two.tif", save_all=True, append_images=frames[1:])
    data = (folder / "two.tif").read_bytes()
    pages = json.loads(inspect("-", "--json", stdin=data).stdout)
    assert [page["page"] for page in pages] == [1, 2]
    (blank,) = json.loads(inspect("-", "--json", "--pages", "2", stdin=data).stdout)
    assert blank["measurements"]["text_height"] is None


def test_an_error_is_one_line(folder: Path) -> None:
    (folder / "stages").write_text("in the way")
    for arguments, code, words in (
        (["missing.png"], 4, "no such file"),
        (["aslant.png", "--out", "stages"], 6, "cannot be written"),
        (["aslant.png", "--preprocess", "deskeww"], 2, "Did you mean 'deskew'?"),
        (["aslant.png", "--out", ""], 2, "--out is empty"),
    ):
        result = inspect(*arguments)
        assert result.exit_code == code, result.output
        assert words in result.stderr
        assert result.stderr.count("\n") == 1
