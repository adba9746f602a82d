"""`ocrkit models`, with packs of the machine in the place of downloads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ocrkit.backends.tesseract.installation import find_tessdata
from ocrkit.cli import app

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def run(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **environ: str) -> Result:
        return CliRunner(env={"OCRKIT_MODELS": str(folder), **environ}).invoke(app, ["models", *arguments])

    return run


@pytest.fixture(scope="module")
def packs() -> Path:
    found = find_tessdata(None, None)
    if found is None or not (found / "fra.traineddata").exists():
        pytest.skip("the pack 'fra' of Tesseract is not installed")
    return found


def test_the_list_shows_what_is_here(run: Run) -> None:
    result = run("list")
    assert result.exit_code == 0
    lines = {line.split("  ")[0]: line for line in result.stdout.splitlines()}
    assert "package rapidocr" in lines["ppocr/small"]
    assert "el,en" in lines["ppocr/greek"]
    assert "ocrkit models list --all" in result.stdout


def test_the_list_for_a_language(run: Run) -> None:
    assert [each["name"] for each in json.loads(run("list", "el", "--json").stdout)] == [
        "ppocr/greek",
        "tesseract/ell",
    ]
    result = run("list", "el", "--engine", "tesseract")
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["MODEL", "tesseract/ell"]


def test_a_language_without_a_model_is_an_error(run: Run) -> None:
    result = run("list", "ig")
    assert result.exit_code == 2
    assert result.stderr == (
        "ocrkit: error: no model reads 'ig'; `ocrkit models list --all` lists the models and their languages\n"
    )
    assert "no model of ppocr reads 'he' or 'ig'" in run("list", "he", "ig", "--engine", "ppocr").stderr


def test_a_model_that_was_not_fetched_is_not_removed(run: Run) -> None:
    assert run("remove", "ppocr/greek").stdout == "ppocr/greek: was not fetched\n"


def test_json_says_all_that_the_catalog_knows(run: Run, folder: Path) -> None:
    (model,) = json.loads(run("list", "he", "--json", "--engine", "tesseract").stdout)[:1]
    assert model["license"] == "Apache-2.0"
    (file,) = model["files"]
    assert file["address"].startswith("https://raw.githubusercontent.com/tesseract-ocr/tessdata_fast/")
    assert file["size"] == 961_404
    assert file["path"] == str(folder / "tesseract/heb.traineddata")


def test_a_pack_is_fetched_from_a_folder_verified_and_removed(run: Run, folder: Path, packs: Path) -> None:
    result = run("fetch", "tesseract/fra", "--from", str(packs))
    assert result.exit_code == 0
    assert result.stdout == f"tesseract/fra: 1.1 MB, license Apache-2.0, in {folder / 'tesseract'}\n"
    assert run("fetch", "tesseract/fra").stdout == "tesseract/fra: is here already\n"
    assert run("verify").stdout == "tesseract/fra: ok\n"
    assert run("path", "tesseract/fra").stdout == f"{folder / 'tesseract/fra.traineddata'}\n"
    assert ["tesseract/fra", "fetched"] in [line.split()[:2] for line in run("list").stdout.splitlines()]

    (folder / "tesseract/fra.traineddata").write_bytes(b"\0" * 1_130_365)
    damaged = run("verify")
    assert damaged.exit_code == 9
    assert damaged.stdout == "tesseract/fra: damaged\n"
    assert "fetch it again" in damaged.stderr

    assert run("remove", "--all").stdout == "tesseract/fra: removed, 1.1 MB\n"
    assert not (folder / "tesseract/fra.traineddata").exists()


def test_what_a_package_holds_is_not_fetched(run: Run) -> None:
    result = run("fetch", "de")
    assert result.exit_code == 0
    assert result.stdout == "ppocr/small: is here already, in the package rapidocr\n"


def test_the_folder_comes_from_the_settings(run: Run, folder: Path) -> None:
    assert run("path").stdout == f"{folder}\n"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["fetch", "xx"], "no model reads 'xx'"),
        (["fetch", "he", "--engine", "ppocr"], "no model of ppocr reads 'he'"),
        (["fetch", "tesseract/xxx"], "unknown model 'tesseract/xxx'"),
        (["fetch", "Greek"], "use 'el'"),
        (["list", "--engine", "paddle"], "--engine must be ppocr or tesseract"),
        (["remove"], "name the models to remove, or use --all"),
        (["path", "ppocr/greek"], "`ocrkit models fetch ppocr/greek` fetches it"),
    ],
)
def test_mistakes_are_answered_with_what_to_do(run: Run, arguments: list[str], text: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert text in result.stderr


def test_a_file_that_a_folder_lacks_is_named_with_its_address(run: Run, tmp_path: Path) -> None:
    result = run("fetch", "el", "--from", str(tmp_path))
    assert result.exit_code == 9
    assert "el_PP-OCRv5_rec_mobile.onnx" in result.stderr
    assert "https://www.modelscope.cn/" in result.stderr
