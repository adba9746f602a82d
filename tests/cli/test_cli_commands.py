"""The commands one by one, inside this process."""

from __future__ import annotations

import importlib.metadata
import json
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ocrkit.cli import app
from ocrkit.cli.doctor import broken_import, opencv
from ocrkit.config.approvals import approve
from ocrkit.document import Document

SECRET = "s3cr3t-value"
Draw = Callable[..., str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, stdin: bytes | None = None, **environ: str) -> Result:
    return CliRunner(env=environ).invoke(app, arguments, input=stdin)


def null(*arguments: str) -> Result:
    return run("read", "-b", "null", *arguments)


# ── read ──


def test_one_file_as_json(draw: Draw) -> None:
    draw("a.png")
    result = null("a.png", "--format", "json")
    assert result.exit_code == 0
    assert Document.from_json(result.stdout).source == "a.png"
    assert result.stdout.startswith("{\n")


def test_several_files_as_text_have_headers_as_head_writes_them(draw: Draw) -> None:
    draw("a.png")
    draw("b.png")
    assert null("a.png", "b.png").stdout == "==> a.png <==\n\n\n==> b.png <==\n\n"
    assert null("a.png").stdout == "\n"


def test_json_has_one_file_per_line_and_a_broken_file_does_not_stop_the_rest(
    folder: Path, draw: Draw
) -> None:
    draw("a.png")
    draw("c.png")
    (folder / "b.png").write_bytes(b"not a picture")
    result = null("a.png", "b.png", "missing.png", "c.png", "-f", "json")
    assert [Document.from_json(line).source for line in result.stdout.splitlines()] == ["a.png", "c.png"]
    assert result.exit_code == 4
    errors = [line for line in result.stderr.splitlines() if line.startswith("ocrkit: error: ")]
    assert [line.split(":")[2].strip() for line in errors] == ["b.png", "missing.png"]


def test_warnings_go_to_stderr_with_file_and_page(draw: Draw) -> None:
    draw("a.png", text="some text that the null backend does not see")
    result = null("a.png", "--explain")
    assert "ocrkit: warning: a.png: page 1: " in result.stderr
    assert "backend: null" in result.stderr
    assert result.stdout == "\n"


def test_an_output_file_is_complete_or_unchanged(folder: Path, draw: Draw) -> None:
    draw("a.png")
    out = folder / "out.json"
    out.write_text("old")
    out.chmod(0o640)
    assert null("missing.png", "-f", "json", "-o", "out.json").exit_code == 4
    assert out.read_text() == "old"
    assert null("a.png", "-f", "json", "-o", "out.json").exit_code == 0
    assert Document.from_json(out.read_bytes()).page_count == 1
    assert stat.S_IMODE(out.stat().st_mode) == 0o640
    assert sorted(path.name for path in folder.iterdir()) == ["a.png", "out.json"]


def test_a_folder_gets_one_file_for_each_input(folder: Path, draw: Draw) -> None:
    (folder / "in").mkdir()
    draw("in/a.png")
    draw("in/b.png")
    assert null("in/a.png", "in/b.png", "-o", "out/").exit_code == 0
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["a.txt", "b.txt"]
    assert null("in/a.png", "-f", "json", "-o", "out").exit_code == 0
    assert (folder / "out/a.json").exists()


def test_the_suffix_decides_the_format(folder: Path, draw: Draw) -> None:
    draw("a.png")
    for name, start in [
        ("a.json", "{\n"), ("a.CSV", "page,block,"), ("a.html", "<!DOCTYPE html>"), ("a.txt", "\n"), ("a", "\n"),
        ("a.text", "\n"),
    ]:  # fmt: skip
        assert null("a.png", "-o", name).exit_code == 0, name
        assert (folder / name).read_text().startswith(start), name
    assert null("a.png", "-f", "json", "-o", "a.md").exit_code == 0
    assert Document.from_json((folder / "a.md").read_text()).source == "a.png"


def test_an_unknown_suffix_is_an_error(folder: Path, draw: Draw) -> None:
    draw("a.png")
    result = null("a.png", "-o", "a.odt")
    assert result.exit_code == 2
    assert "a.odt: no format has the suffix '.odt'; name the format" in result.stderr
    assert not (folder / "a.odt").exists()
    (folder / "out.d").mkdir()
    assert null("a.png", "-o", "out.d").exit_code == 0
    assert (folder / "out.d/a.txt").exists()
    assert null("a.png", "-o", "a.odt", "-f", "text").exit_code == 0


def test_each_format_has_its_own_file(folder: Path, draw: Draw) -> None:
    draw("a.png")
    draw("b.png")
    assert null("a.png", "b.png", "-f", "text,json", "-f", "csv", "-f", "text", "-o", "out/").exit_code == 0
    written = sorted(path.name for path in (folder / "out").iterdir())
    assert written == ["a.csv", "a.json", "a.txt", "b.csv", "b.json", "b.txt"]
    assert Document.from_json((folder / "out/b.json").read_text()).source == "b.png"


@pytest.mark.parametrize("output", [(), ("-o", "a.txt"), ("-o", "a")])
def test_several_formats_do_not_share_a_stream(folder: Path, draw: Draw, output: tuple[str, ...]) -> None:
    draw("a.png")
    result = null("a.png", "-f", "text,json", *output)
    assert result.exit_code == 2
    assert "several formats ('text', 'json') need a folder" in result.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["a.png"]


def test_two_formats_for_one_file_are_refused_with_both_names(
    folder: Path, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw("a.png")
    (folder / "own_formats.py").write_text("def json(document): return b'own'\n")
    monkeypatch.syspath_prepend(str(folder))
    result = null("a.png", "-f", "json,own_formats:json", "-o", "out/")
    assert result.exit_code == 2
    assert "'json' and 'own_formats:json' would both be written to out/a.json" in result.stderr


def test_an_empty_format_is_an_error(draw: Draw) -> None:
    draw("a.png")
    for command in (("read", "-b", "null", "a.png"), ("batch", "-b", "null", "a.png", "--out", "out")):
        result = run(*command, "--format", "")
        assert result.exit_code == 2
        assert "--format is empty" in result.stderr


def test_formats_that_cannot_share_a_stream_need_a_folder(draw: Draw) -> None:
    draw("a.png")
    draw("b.png")
    result = null("a.png", "b.png", "-o", "all.csv")
    assert result.exit_code == 2
    assert "several files in the format 'csv' need a folder" in result.stderr
    assert null("a.png", "b.png", "-f", "layout").stdout == "==> a.png <==\n\n\n==> b.png <==\n\n"


def test_outputs_never_overwrite_inputs_or_each_other(folder: Path, draw: Draw) -> None:
    draw("a.png")
    draw("a.bmp")
    before = (folder / "a.png").read_bytes()
    clash = null("a.png", "a.bmp", "-o", "out/")
    assert clash.exit_code == 2
    assert "'a.png' and 'a.bmp' would both be written to out/a.txt" in clash.stderr
    assert null("a.png", "-o", "a.png").exit_code == 2
    assert (folder / "a.png").read_bytes() == before
    assert null("a.png", "-o", "nowhere/out.txt").exit_code == 6


@pytest.mark.parametrize("name", ["a.png", "-"])
def test_a_searchable_pdf_contains_the_image_of_the_page(folder: Path, draw: Draw, name: str) -> None:
    """Standard input is looked at twice for it: to be read, and to be shown."""
    pdfium = pytest.importorskip("pypdfium2")
    draw("a.png", text="seen and found")
    result = run("read", name, "-o", "out.pdf", stdin=(folder / "a.png").read_bytes())
    assert result.exit_code == 0, result.output
    document = pdfium.PdfDocument(folder / "out.pdf")
    assert "seen and found" in document[0].get_textpage().get_text_range()
    assert len(list(document[0].get_objects())) > 1, "the picture and the text"
    document.close()


def test_an_encrypted_pdf_becomes_searchable_with_its_password(folder: Path, draw: Draw) -> None:
    pikepdf = pytest.importorskip("pikepdf")
    draw("a.png", text="seen and found")
    assert run("read", "a.png", "-o", "scan.pdf").exit_code == 0
    with pikepdf.open(folder / "scan.pdf") as pdf:
        pdf.save(folder / "locked.pdf", encryption=pikepdf.Encryption(owner="o", user="secret"))
    (folder / "password").write_text("secret\n")
    assert null("locked.pdf", "-o", "out.pdf").exit_code == 4
    assert null("locked.pdf", "-o", "out.pdf", "--password-file", "password").exit_code == 0
    assert (folder / "out.pdf").read_bytes().startswith(b"%PDF")


def test_unknown_formats_and_values_list_the_choices(draw: Draw) -> None:
    draw("a.png")
    result = null("a.png", "-f", "jsn")
    assert result.exit_code == 2
    assert "unknown format 'jsn'. Did you mean 'json'? The choices are: " in result.stderr
    assert ", json, " in result.stderr
    assert "--dpi: source.dpi must be less than or equal to 1200" in null("a.png", "--dpi", "9999").stderr
    assert "--lang: languages: 'e' is not a language tag" in null("a.png", "--lang", "e").stderr
    assert null("a.png", "--mode", "sung").exit_code == 2


def test_options_override_the_environment_and_the_file(folder: Path, draw: Draw) -> None:
    draw("a.png")
    (folder / "ocrkit.toml").write_text('backend = "nowhere"\n[profiles.p]\nbackend = "null"\n')
    assert run("read", "a.png").exit_code == 2
    assert run("read", "a.png", "--profile", "p").exit_code == 0
    assert run("read", "a.png", OCRKIT_BACKEND="null").exit_code == 0
    (folder / "other.toml").write_text('backend = "null"\n')
    assert run("read", "a.png", "--config", "other.toml").exit_code == 0


def test_an_unsupported_request_names_backends_that_support_it(draw: Draw) -> None:
    draw("a.png")
    result = run("read", "a.png", "-b", "tesseract", "--mode", "handwritten")
    assert result.exit_code == 5
    assert "does not support mode 'handwritten'" in result.stderr
    assert "ppocr" in result.stderr


def test_passwords_come_from_files(folder: Path, draw: Draw) -> None:
    draw("a.png")
    (folder / "password").write_text(f"{SECRET}\n")
    assert null("a.png", "--password-file", "password").exit_code == 0
    assert "cannot be read: No such file" in null("a.png", "--password-file", "nothing").stderr
    both = null("-", "--password-file", "-")
    assert "standard input cannot be both" in both.stderr
    assert "--password " not in run("read", "--help").stdout


def test_an_encrypted_pdf_opens_with_its_password(folder: Path) -> None:
    pikepdf = pytest.importorskip("pikepdf")
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(100, 100))
    pdf.save(folder / "locked.pdf", encryption=pikepdf.Encryption(owner=SECRET, user=SECRET))
    (folder / "password").write_text(f"{SECRET}\n")
    locked = null("locked.pdf")
    assert locked.exit_code == 4
    assert "password" in locked.stderr
    assert null("locked.pdf", "--password-file", "password").exit_code == 0
    assert run("read", "locked.pdf", "-b", "null", OCRKIT_SOURCE__PASSWORD=SECRET).exit_code == 0


# ── backends ──


def test_backends_as_a_table_and_as_json() -> None:
    table = run("backends").stdout
    assert table.startswith("BACKEND ")
    assert "\nnull " in table
    names = [item["name"] for item in json.loads(run("backends", "--json").stdout)]
    assert names == sorted(names)
    assert {"null", "ppocr", "tesseract"} <= set(names)


# ── config ──


def test_config_shows_values_and_origins_but_no_secret(folder: Path) -> None:
    (folder / "ocrkit.toml").write_text(
        'backend = "null"\n[source]\ndpi = 200\n[profiles.p]\nlanguages = ["en", "de"]\n'
        f'[backends.ppocr]\ndevice = "cpu"\nunknown_thing = "{SECRET}"\n'
    )
    result = run("config", "--profile", "p", "--json", OCRKIT_SOURCE__PASSWORD=SECRET)
    assert SECRET not in result.output
    facts = json.loads(result.stdout)
    path = str(folder / "ocrkit.toml")
    assert facts["file"] == path
    assert facts["settings"]["source.dpi"] == {"value": 200, "origin": path}
    assert facts["settings"]["languages"] == {"value": ["en", "de"], "origin": f"{path} [profiles.p]"}
    assert facts["settings"]["source.password"] == {
        "value": "********",
        "origin": "environment OCRKIT_SOURCE__PASSWORD",
    }
    assert facts["settings"]["backends.ppocr.device"]["value"] == "cpu"
    assert facts["settings"]["backends.ppocr.unknown_thing"]["value"] == "********"
    assert facts["settings"]["mode"]["origin"] == "default"


def test_config_shows_the_options_of_the_chosen_backend() -> None:
    settings = json.loads(run("config", "--json").stdout)["settings"]
    assert settings["backends.ppocr.device"] == {"value": "cpu", "origin": "default"}
    assert settings["backends.ppocr.threads"]["origin"] == "usable processors"
    settings = json.loads(run("config", "--json", OCRKIT_THREADS="3").stdout)["settings"]
    assert settings["backends.ppocr.threads"] == {"value": 3, "origin": "environment OCRKIT_THREADS"}


def test_config_masks_everything_of_a_backend_that_cannot_be_loaded(folder: Path) -> None:
    (folder / "ocrkit.toml").write_text(f'[backends.absent]\nurl = "{SECRET}"\n')
    approve(folder / "ocrkit.toml")
    result = run("config")
    assert result.exit_code == 2
    assert SECRET not in result.output
    assert "unknown backend 'absent'" in result.stderr


def test_config_masks_passwords_inside_addresses(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "masked_cloud.py").write_text(
        "from pydantic import SecretStr\nfrom ocrkit.backends.base import BackendOptions\n"
        "class Options(BackendOptions):\n    url: str = ''\n    api_token: str = ''\n"
        "    keys: dict[str, SecretStr] = {}\n"
        "class Cloud:\n    name = 'cloud'\n    Options = Options\n"
        "    def recognize(self, page, request): ...\n    def close(self): ...\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    (folder / "ocrkit.toml").write_text(
        'backend = "masked_cloud:Cloud"\n[backends.cloud]\n'
        f'url = "https://me:{SECRET}@host/?key={SECRET}&page=1&token={SECRET}"\napi_token = "{SECRET}"\nkeys = {{a = "{SECRET}"}}\n'
    )
    approve(folder / "ocrkit.toml")
    result = run("config")
    assert result.exit_code == 0, result.output
    assert SECRET not in result.output
    assert '"https://********@host/?key=********&page=********&token=********"' in result.stdout


# ── doctor ──


GENERAL = {"system", "opencv", "settings", "processors", "poppler"}


def topics(facts: dict[str, Any]) -> set[str]:
    return {check["topic"] for check in facts["checks"]}


@pytest.mark.long
def test_doctor_checks_all_backends_and_finds_nothing_wrong_with_the_null_backend() -> None:
    result = run("doctor", "--json", OCRKIT_BACKEND="null")
    facts = json.loads(result.stdout)
    assert facts["ok"] is (result.exit_code == 0)
    assert topics(facts) >= {*GENERAL, "null", "ppocr", "tesseract"}
    assert all(check["state"] != "problem" for check in facts["checks"] if check["topic"] != "opencv")


def test_doctor_checks_the_named_backends_only() -> None:
    facts = json.loads(run("doctor", "--json", "null", "null").stdout)
    assert topics(facts) == {*GENERAL, "null"}
    assert [check["topic"] for check in facts["checks"]].count("null") == 1


def test_doctor_fails_for_a_named_backend_that_cannot_be_used() -> None:
    result = run("doctor", "null", "aspose", OCRKIT_BACKEND="null")
    assert "!!  aspose: " in result.stdout
    assert result.exit_code == 1


def test_doctor_refuses_an_unknown_backend() -> None:
    result = run("doctor", "tesserakt")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "tesserakt" in result.stderr


def test_doctor_says_what_is_wrong_with_the_settings(folder: Path) -> None:
    (folder / "ocrkit.toml").write_text("thread = 3\n")
    result = run("doctor", "null")
    assert result.exit_code == 1
    assert "!!  settings: " in result.stdout
    assert "Did you mean 'threads'?" in result.stdout


def test_two_opencv_packages_are_reported_with_the_exact_remedy() -> None:
    check = opencv({"opencv-python": "4.10", "opencv-python-headless": "4.11"})
    assert check.state == "problem"
    assert check.advice == (
        "pip uninstall -y opencv-python opencv-python-headless && pip install opencv-python-headless"
    )
    assert opencv({}).state == "problem"


def test_imports_are_tried_in_a_child_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "crashing.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    assert broken_import("json") is None
    assert broken_import("not_there") == (
        "importing not_there fails: ModuleNotFoundError: No module named 'not_there'"
    )
    assert broken_import("crashing") == "importing crashing crashes: SIGSEGV"


def test_doctor_checks_the_steps(folder: Path) -> None:
    (folder / "ocrkit.toml").write_text('preprocess = ["nope"]\npostprocess = ["spellling"]\n')
    result = CliRunner().invoke(app, ["doctor", "--json", "null"])
    assert result.exit_code == 1
    found = {
        check["topic"]: check["text"]
        for check in json.loads(result.stdout)["checks"]
        if check["state"] == "problem"
    }
    assert "spellling" in found["postprocess"]
    assert "nope" in found["preprocess"]


def test_config_masks_the_secrets_of_steps(folder: Path) -> None:
    (folder / "ocrkit.toml").write_text(
        'postprocess = ["language", {llm = {endpoint = "https://user:pw123@llm.example/v1?key=QQQ", api_key = "sk-SECRET"}}]\n'
    )
    approve(folder / "ocrkit.toml")
    for arguments in (["config"], ["config", "--json"]):
        result = CliRunner().invoke(app, arguments)
        assert "llm.example" in result.stdout
        for secret in ("sk-SECRET", "pw123", "QQQ"):
            assert secret not in result.stdout


def test_every_extra_named_in_an_error_exists() -> None:
    """What an error tells people to install has to exist."""
    root = Path(__file__).parents[2]
    named = {
        name
        for path in (root / "ocrkit").rglob("*.py")
        for name in re.findall(r'extra\(\s*"[^"]+",\s*"([^"]+)"', path.read_text(encoding="utf-8"))
    }
    offered = set(importlib.metadata.metadata("ocrkit").get_all("Provides-Extra") or ())
    assert len(named) > 5
    assert named <= offered
