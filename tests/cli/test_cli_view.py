"""`ocrkit view`: from files and results to a web page."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import ocrkit
from ocrkit.cli import app
from ocrkit.testing import draw_image


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    draw_image(["The harbour was quiet"]).save("page.png")
    return tmp_path


def view(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner(env={"OCRKIT_BACKEND": "null"}).invoke(app, ("view", *arguments), input=stdin)


def shown(path: str | Path) -> Any:
    text = Path(path).read_text(encoding="utf-8")
    return json.loads(text.partition('id="data">')[2].partition("</script>")[0])


def test_a_file_is_read_and_shown() -> None:
    result = view("page.png", "--out", "page.html", "--backend", "ppocr")
    assert (result.exit_code, result.stdout) == (0, "page.html\n"), result.output
    data = shown("page.html")
    (page,) = data["pages"]
    assert page["image"].startswith("data:image/")
    words = [word["text"] for line in page["readings"][0]["lines"] for word in line["words"]]
    assert words == ["The", "harbour", "was", "quiet"]
    assert data["engines"][0]["name"] == "ppocr"
    assert '<h1 title="page.png">' in Path("page.html").read_text()


def program(*arguments: str, **environment: str) -> str:
    """What the program prints in a process of its own, which reads its environment when it starts."""
    return subprocess.run(
        [sys.executable, "-m", "ocrkit", "view", *arguments],
        env={**os.environ, "OCRKIT_BACKEND": "null", **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_without_out_the_page_is_a_temporary_file(folder: Path) -> None:
    Path("page.png").rename("a page, of <mine>.png")
    path = Path(program("a page, of <mine>.png", TMPDIR=str(folder)).strip())
    assert path.parent == folder
    assert path.name.startswith("a-page-of-mine-.png-")
    assert shown(path)["pages"]


def test_the_browser_opens_only_with_the_option_open() -> None:
    Path("browser.py").write_text("import sys\nopen('opened', 'w').write(sys.argv[1])\n")
    browser = f"{sys.executable} browser.py %s"
    program("page.png", "-o", "page.html", BROWSER=browser)
    assert not Path("opened").exists()
    program("page.png", "-o", "page.html", "--open", BROWSER=browser)
    assert Path("opened").read_text() == Path("page.html").resolve().as_uri()


def test_several_engines_read_the_same_file() -> None:
    assert view("page.png", "-o", "page.html", "-b", "ppocr", "-b", "null").exit_code == 0
    data = shown("page.html")
    assert [engine["name"] for engine in data["engines"]] == ["ppocr", "null"]
    first = data["pages"][0]["readings"][0]["lines"][0]["words"]
    assert all(word["differs"] for word in first), "the other one has none of them"


def test_a_result_is_shown_with_its_source_image() -> None:
    document = ocrkit.recognize("page.png", backend="null")
    Path("page.json").write_text(document.to_json())
    assert view("page.json", "-o", "page.html").exit_code == 0
    assert shown("page.html")["pages"][0]["image"]
    assert view("-", "-o", "page.html", stdin=document.to_json().encode()).exit_code == 0
    assert shown("page.html")["pages"][0]["image"]


def test_a_moved_image_is_found_beside_the_result() -> None:
    document = ocrkit.recognize("page.png", backend="null")
    Path("away").mkdir()
    shutil.move("page.png", "away/page.png")
    Path("away/page.json").write_text(document.to_json())
    Path("here.json").write_text(document.to_json())
    for arguments, found in (["away/page.json"], True), (["here.json"], False), (["here.json", "--image", "away/page.png"], True):  # fmt: skip
        assert view(*arguments, "-o", "page.html").exit_code == 0
        assert bool(shown("page.html")["pages"][0]["image"]) is found


def test_pages_can_be_selected_from_standard_input() -> None:
    frames = [Image.open("page.png"), Image.new("L", (60, 40), 255)]
    frames[0].save("two.tif", save_all=True, append_images=frames[1:])
    data = Path("two.tif").read_bytes()
    assert view("-", "-o", "page.html", "--pages", "2", stdin=data).exit_code == 0
    assert [page["number"] for page in shown("page.html")["pages"]] == [2]


def test_an_encrypted_pdf_is_opened_for_reading_and_for_showing() -> None:
    Image.open("page.png").save("page.pdf")
    with pikepdf.open("page.pdf") as pdf:
        pdf.save("secret.pdf", encryption=pikepdf.Encryption(user="quay", owner="quay"))
    Path("password.txt").write_text("quay\n")
    result = view("secret.pdf", "-o", "page.html", "--password-file", "password.txt")
    assert result.exit_code == 0, result.output
    assert shown("page.html")["pages"][0]["image"]


def test_an_error_is_one_line() -> None:
    document = ocrkit.recognize("page.png", backend="null")
    Path("page.json").write_text(document.to_json())
    Path("other.json").write_text('{"some": "thing"}')
    Path("page.html").mkdir()
    for arguments, code, words in (
        (["missing.png"], 4, "there is no such file"),
        (["other.json"], 4, "not an ocrkit result"),
        (["page.png", "page.png"], 2, "one file can be shown at a time"),
        (["page.json", "page.png"], 4, "not an ocrkit result"),
        (["page.json", "-b", "null"], 2, "--backend"),
        (["page.png", "--image", "page.png"], 2, "--image applies only to results"),
        (["page.json", "--image", "missing.png"], 4, "there is no such file"),
        (["page.json", "--pages", "7"], 2, "no page 7"),
        (["page.png", "-o", "page.png"], 2, "overwrite the input"),
        (["page.json", "-o", "page.png", "--image", "page.png"], 2, "overwrite the input"),
        (["page.png", "--out", ""], 2, "--out is empty"),
        (["page.png", "-b", "ppocrr"], 2, "ppocr"),
        (["page.png", "-o", "page.html"], 6, "cannot be written"),
        (["-", "-"], 2, "can be read only once"),
    ):
        result = view(*arguments)
        assert result.exit_code == code, (arguments, result.output)
        assert words in result.stderr, (arguments, result.stderr)
        assert result.stderr.count("\n") == 1
