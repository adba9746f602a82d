from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, Field, SecretStr

from ocrkit import plugins, registry
from ocrkit.config.approvals import approve
from ocrkit.config.loading import LoadedSettings, load_settings
from ocrkit.config.settings import Settings
from ocrkit.config.trust import keys_to_approve
from ocrkit.errors import ConfigError
from ocrkit.harmless import Harmless, harmful, is_marked
from ocrkit.validation import nested_model

RUNS_CODE = '[[postprocess]]\n[postprocess."subprocess:Popen"]\nargs = ["touch", "ran"]\n'
RUNS_A_PROGRAM = 'backend = "tesseract"\n[backends.tesseract]\nprogram = "./t.sh"\n'
SENDS_THE_KEYS = '[backends.tencent]\nendpoint = "https://thief.example"\n'
IMPORTS = 'backend = "planted:Backend"\n'
PLANTED = "import pathlib\npathlib.Path('ran').write_text('')\nclass Backend: ...\n"
SETTINGS_TO_TEXTS = frozenset({"languages", "rates"})
"""The harmless fields that hold free text, each of which a person has looked at."""


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of a user without settings."""
    return {"XDG_CONFIG_HOME": str(tmp_path / "home")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A downloaded folder of scans."""
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "planted.py").write_text(PLANTED)
    script = folder / "t.sh"
    script.write_text("#!/bin/sh\ntouch ran\n")
    script.chmod(0o755)
    return folder


def write(folder: Path, text: str, name: str = "ocrkit.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, environ: dict[str, str], **options: Any) -> LoadedSettings:
    return load_settings(start=folder, environ=environ, **options)


def refusal(folder: Path, environ: dict[str, str], **options: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, environ, **options)
    return str(caught.value)


# ── what a found file may set ──


def test_harmless_settings_of_a_found_file_are_in_force(folder: Path, home: dict[str, str]) -> None:
    path = write(
        folder,
        """
        backend = "tesseract"
        languages = ["de"]
        mode = "printed"
        preprocess = ["deskew", {denoise = {size = 3}}]
        postprocess = ["language", "hyphenation"]
        allow_remote = false
        isolate = true
        hidden_text = "drop"
        max_failure_rate = 0.1
        [source]
        dpi = 200
        max_pixels = 1000000
        [backends.tesseract]
        page_segmentation = 4
        [backends.tencent]
        accuracy = "basic"
        [profiles.fast]
        backend = "ppocr"
        """,
    )
    loaded = load(folder, home, profile="fast")
    assert (loaded.file, loaded.trust) == (path, "found")
    assert loaded.settings.backend == "ppocr"
    assert loaded.settings.backends["tencent"] == {"accuracy": "basic"}


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        (RUNS_CODE, "postprocess.subprocess:Popen", "runs code"),
        ('preprocess = ["deskew", "planted:step"]', "preprocess.planted:step", "runs code"),
        ('preprocess = "deskew,planted:step"', "preprocess.planted:step", "runs code"),
        (IMPORTS, "backend", "runs code"),
        (RUNS_A_PROGRAM, "backends.tesseract.program", "may run programs"),
        ('[strategies.fallback]\nreaders = ["tencent"]', "strategies.fallback.readers", "where pages"),
        ('[strategies.fallback]\nledger = "x"', "strategies.fallback.ledger", "names files"),
        (SENDS_THE_KEYS, "backends.tencent.endpoint", "where pages"),
        ('backend = "tencent"', "backend", "sends pages to a remote service"),
        ('backend = "vlm"', "backend", "sends pages to a remote service"),
        ('[backends.vlm]\nendpoint = "http://127.0.0.1:1/v1"', "backends.vlm.endpoint", "where pages"),
        ('[backends.vlm]\npreset = "/etc/passwd.toml"', "backends.vlm.preset", ""),
        ("allow_remote = true", "allow_remote", "lets pages leave this machine"),
        ('[backends.baidu]\nproxy = "http://thief.example"', "backends.baidu.proxy", "credential"),
        ('[backends.baidu]\nca_bundle = "ca.pem"', "backends.baidu.ca_bundle", "names files"),
        ("[backends.baidu]\nallow_http = true", "backends.baidu.allow_http", "where pages"),
        ('[backends.tencent]\nsecret_id = "theirs"', "backends.tencent.secret_id", "credential"),
        ('[backends.tencent]\nregion = "elsewhere"', "backends.tencent.region", "where pages"),
        ('[backends.ppocr]\ndetector = "planted.onnx"', "backends.ppocr.detector", "names files"),
        ('[backends.tesseract]\nvariables = {a = "b"}', "backends.tesseract.variables", "programs"),
        ("postprocess = [{llm = {allow_download = true}}]", "postprocess.llm.allow_download", "programs"),
        ('postprocess = [{llm = {endpoint = "https://x"}}]', "postprocess.llm.endpoint", "where pages"),
        ('postprocess = [{spelling = {vocabulary = "/etc/passwd"}}]', "spelling.vocabulary", "names files"),
        ('cache = "/tmp/theirs"', "cache", "names files"),
        ('calibration = {ppocr = "/etc/passwd"}', "calibration", "names files"),
        ("[source]\nmax_pixels = 900000000000", "source.max_pixels", "weakens a limit"),
        ("page_timeout_seconds = 1e9", "page_timeout_seconds", "weakens a limit"),
        ("workers = 100000", "workers", "weakens a limit"),
        ("isolate = false", "isolate", "without worker processes"),
        ('[source]\nseparate_process = "never"', "source.separate_process", "without limits"),
        ("[source]\npage_seconds = 11", "source.page_seconds", "weakens a limit"),
        ('[source]\nmax_file_size = "9GB"', "source.max_file_size", ""),
        ('[backends.absent]\nx = "y"', "backends.absent.x", "cannot be loaded"),
        ('[backends."planted:Backend"]\nx = "y"', "backends.planted:Backend.x", "cannot be loaded"),
    ],
)
def test_a_found_file_needs_approval(
    folder: Path, home: dict[str, str], text: str, key: str, reason: str
) -> None:
    path = write(folder, text)
    message = refusal(folder, home)
    assert message.startswith(f"{path}: '")
    assert f"{key}' " in message
    assert reason in message
    assert f"`ocrkit config trust {path}`" in message
    assert "OCRKIT_CONFIG" in message
    assert load(folder, home, config_file=path).trust == "named"
    assert load(folder, {**home, "OCRKIT_CONFIG": str(path)}).trust == "named"
    approve(path, home)
    assert load(folder, home).trust == "approved"
    assert not (folder / "ran").exists()


def test_the_profile_in_use_needs_approval_and_others_do_not(folder: Path, home: dict[str, str]) -> None:
    path = write(folder, '[profiles.own]\nbackend = "planted:Backend"\n[profiles.other]\nthreads = 1\n')
    assert load(folder, home, profile="other").settings.threads == 1
    assert refusal(folder, home, profile="own").startswith(f"{path} [profiles.own]: 'backend' is a dotted")


def test_a_pyproject_is_held_to_the_same(folder: Path, home: dict[str, str]) -> None:
    write(folder, '[tool.ocrkit.backends.tesseract]\nprogram = "./t.sh"\n', "pyproject.toml")
    assert "'backends.tesseract.program'" in refusal(folder, home)


def test_a_trusted_source_may_set_everything(folder: Path, home: dict[str, str]) -> None:
    write(folder, 'backend = "tesseract"\n')
    environ = {**home, "OCRKIT_BACKENDS__TESSERACT__PROGRAM": "/opt/tesseract"}
    assert load(folder, environ).settings.backends["tesseract"] == {"program": "/opt/tesseract"}
    assert load(folder, home, overrides={"backend": "planted:Backend"}).settings.backend == "planted:Backend"


# ── approvals ──


def test_an_approval_holds_for_one_content(folder: Path, home: dict[str, str]) -> None:
    path = write(folder, RUNS_A_PROGRAM)
    approve(path, home)
    assert load(folder, home).settings.backends["tesseract"]["program"] == "./t.sh"
    path.write_text(RUNS_A_PROGRAM + "# changed\n")
    assert "config trust" in refusal(folder, home)
    path.write_text(RUNS_A_PROGRAM)
    assert load(folder, home).trust == "approved"


def test_an_approval_does_not_hold_for_a_copy_elsewhere(
    folder: Path, home: dict[str, str], tmp_path: Path
) -> None:
    approve(write(folder, RUNS_A_PROGRAM), home)
    other = tmp_path / "downloaded"
    other.mkdir()
    write(other, RUNS_A_PROGRAM)
    assert "config trust" in refusal(other, home)


def test_a_relative_or_missing_user_folder_approves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(folder, RUNS_A_PROGRAM)
    monkeypatch.chdir(folder)
    approve(path, {"XDG_CONFIG_HOME": str(folder / "planted")})
    assert "config trust" in refusal(folder, {"XDG_CONFIG_HOME": "planted"})
    with pytest.raises(ConfigError, match="set HOME"):
        approve(path, {})


def test_a_damaged_approval_counts_as_none(folder: Path, home: dict[str, str]) -> None:
    approve(write(folder, RUNS_A_PROGRAM), home)
    for damage in ("", "[]", "{", '{"path": 3}', "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")):
        (entry,) = Path(home["XDG_CONFIG_HOME"]).glob("ocrkit/trusted/*.json")
        entry.write_text(damage)
        assert "config trust" in refusal(folder, home)


# ── the user's own file ──


def test_the_users_own_file_applies_to_all_folders(folder: Path, home: dict[str, str]) -> None:
    own = Path(home["XDG_CONFIG_HOME"]) / "ocrkit"
    own.mkdir(parents=True)
    path = write(own, f'languages = ["fr"]\nmode = "printed"\n{RUNS_A_PROGRAM}[profiles.p]\nthreads = 2\n')
    write(folder, 'languages = ["de"]\nthreads = 1\n')
    loaded = load(folder, home)
    assert loaded.user_file == path
    assert loaded.settings.languages == ("de",)
    assert loaded.settings.backends["tesseract"]["program"] == "./t.sh"
    assert loaded.origins["mode"] == str(path)
    assert load(folder, home, profile="p").settings.threads == 2  # a profile wins over both files
    assert load(folder, home).profiles == ("p",)


# ── owners and links ──


needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away"
)


@needs_root
def test_a_file_of_another_user_is_refused_unless_it_is_approved(folder: Path, home: dict[str, str]) -> None:
    path = write(folder, 'backend = "null"\n')
    os.chown(path, 12345, 12345)
    assert f"{path} belongs to another user" in refusal(folder, home)
    assert load(folder, {**home, "SUDO_UID": "12345"}).settings.backend == "null"
    assert load(folder, home, config_file=path).settings.backend == "null"
    approve(path, home)
    assert load(folder, home).settings.backend == "null"


@needs_root
def test_in_a_world_writable_folder_files_and_links_of_others_are_skipped(
    folder: Path, home: dict[str, str]
) -> None:
    path = write(folder, 'backend = "null"\n')
    folder.chmod(0o1777)
    assert load(folder, home).settings.backend == "null"  # one's own may lie anywhere
    os.chown(path, 12345, 12345)
    assert load(folder, home).file is None
    mine = write(folder, 'backend = "null"\n', "mine.toml")
    path.unlink()
    path.symlink_to(mine)
    os.lchown(path, 12345, 12345)
    assert load(folder, home).file is None


@needs_root
def test_the_users_own_file_must_not_belong_to_another(folder: Path, home: dict[str, str]) -> None:
    own = Path(home["XDG_CONFIG_HOME"]) / "ocrkit"
    own.mkdir(parents=True)
    os.chown(write(own, "threads = 1\n"), 12345, 12345)
    assert "belongs to another user" in refusal(folder, home)


def test_a_link_that_leads_out_of_its_folder_is_refused(
    folder: Path, home: dict[str, str], tmp_path: Path
) -> None:
    elsewhere = write(tmp_path, "threads = 1\n", "elsewhere.toml")
    link = folder / "ocrkit.toml"
    link.symlink_to(elsewhere)
    assert f"is a link to {elsewhere}" in refusal(folder, home)
    link.unlink()
    (folder / "data").mkdir()
    link.symlink_to(write(folder / "data", "threads = 1\n"))  # as a mounted ConfigMap
    assert load(folder, home).settings.threads == 1


# ── hostile content ──


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = " + "[" * 5000 + "]" * 5000, "levels deep"),
        ("[backends." + ".".join("a" * 3000) + "]\nb = 1", "levels deep"),
        ("threads = " + "9" * 5000, "not valid TOML"),
        ("#" * 1_000_001, "larger than"),
    ],
    ids=["lists", "tables", "digits", "size"],
)
def test_hostile_toml_is_one_clear_error(folder: Path, home: dict[str, str], text: str, message: str) -> None:
    path = write(folder, text)
    for options in ({}, {"config_file": path}):
        found = refusal(folder, home, **options)
        assert message in found
        assert len(found) < 2000


# ── every option ──


def all_models() -> Iterator[tuple[str, type[BaseModel]]]:
    yield "settings", Settings
    for name in registry.backend_names():
        model = registry.options_model(registry.backend_class(name))
        if model:
            yield name, model
    for group in (registry.PREPROCESS, registry.POSTPROCESS):
        for name in registry.step_names(group):
            kind = plugins.load(group, name)
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield name, kind


def all_fields() -> Iterator[tuple[str, str, Any]]:
    for title, model in all_models():
        for name, field in model.model_fields.items():
            nested = nested_model(field.annotation)
            if nested:
                yield from ((f"{title}.{name}", key, each) for key, each in nested.model_fields.items())
            else:
                yield title, name, field


def kinds(annotation: Any) -> Iterator[Any]:
    parts = get_args(annotation)
    if not parts:
        yield annotation
    for part in parts:
        yield from kinds(part)


@pytest.mark.parametrize(("title", "name", "field"), [*all_fields()], ids=lambda value: str(value)[:40])
def test_only_closed_types_are_harmless(title: str, name: str, field: Any) -> None:
    """Free text, files and secrets can name programs, hosts and folders: they are not to be marked."""
    if is_marked(field) and name not in {*SETTINGS_TO_TEXTS, "calibration"}:
        for kind in kinds(field.annotation):
            assert kind is not Any
            if isinstance(kind, type):
                assert not issubclass(kind, (str, Path, SecretStr, bytes)), f"{title}.{name} is {kind}"


def test_an_option_without_a_mark_is_not_harmless() -> None:
    class Options(BaseModel):
        marked: Harmless[int] = 1
        unmarked: int = 1
        secret: SecretStr | None = None
        path: Path | None = None

    found = dict(harmful(Options, {"marked": 1, "unmarked": 1, "secret": "x", "path": "x", "unknown": 1}))
    assert [*found] == [("unmarked",), ("secret",), ("path",), ("unknown",)]


def test_an_alias_is_not_a_way_around() -> None:
    class Options(BaseModel, extra="forbid"):
        program: str = Field("", alias="prog")

    assert [key for key, _ in harmful(Options, {"prog": "x"})] == [("prog",)]


def test_every_unmarked_setting_needs_approval() -> None:
    special = {"backend", "preprocess", "postprocess", "backends", "strategies", "source"}
    for name, field in Settings.model_fields.items():
        if name not in special and not is_marked(field):
            assert [key for key, _ in keys_to_approve({name: "x"})] == [(name,)]


# ── the commands ──


@pytest.mark.parametrize("hostile", [RUNS_CODE, RUNS_A_PROGRAM, IMPORTS, SENDS_THE_KEYS])
@pytest.mark.parametrize(
    "command", ["read page.png", "inspect page.png", "batch . -o out", "view page.png", "doctor"]
)
def test_no_command_runs_what_a_found_file_names(
    folder: Path, monkeypatch: pytest.MonkeyPatch, command: str, hostile: str
) -> None:
    from typer.testing import CliRunner

    from ocrkit.cli import app

    write(folder, hostile)
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(app, command.split() + (["null"] if command == "doctor" else []))
    assert result.exit_code == (1 if command == "doctor" else 2), result.output
    assert "ocrkit config trust" in result.output
    assert not (folder / "ran").exists()


@pytest.mark.long
def test_the_working_folder_is_not_imported_from(folder: Path) -> None:
    for name in ("typer", "pydantic", "numpy", "cv2", "planted"):
        (folder / f"{name}.py").write_text(PLANTED)
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    for arguments in (["config"], ["read", "-b", "planted:Backend", "page.png"], ["doctor", "null"]):
        subprocess.run(
            [sys.executable, "-m", "ocrkit", *arguments],
            cwd=folder,
            env=environ,
            capture_output=True,
            check=False,
        )
    assert not (folder / "ran").exists()


def test_config_trust_untrust_and_trusted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import json

    from typer.testing import CliRunner

    from ocrkit.cli import app

    def run(*arguments: str) -> Any:
        return CliRunner(env={"XDG_CONFIG_HOME": str(folder.parent / "home")}).invoke(
            app, ["config", *arguments]
        )

    monkeypatch.chdir(folder)
    assert run("trust").exit_code == 2
    path = write(folder, f'{RUNS_A_PROGRAM}[profiles.p]\ncache = "x"\n')
    assert run().exit_code == 2
    shown = run("trust").output
    assert "backends.tesseract.program" in shown
    assert "profiles.p.cache" in shown
    assert run().exit_code == 0
    assert json.loads(run("--json").stdout)["trust"] == "approved"
    (entry,) = json.loads(run("trusted", "--json").stdout)
    assert (entry["path"], entry["state"]) == (str(path), "valid")
    path.write_text("threads = 1\n")
    assert "changed" in run("trusted").output
    assert "no longer approved" in run("untrust").output
    assert "not approved" in run("untrust", str(path)).output
    assert "harmless options only" in run("trust", str(path)).output
