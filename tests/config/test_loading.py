from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import Any

import pytest

from ocrkit.config.loading import LoadedSettings, load_settings
from ocrkit.errors import ConfigError

SECRET = "s3cr3t-value"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "project" / "scans"
    folder.mkdir(parents=True)
    return folder


def load(folder: Path, environ: dict[str, str] | None = None, **options: Any) -> LoadedSettings:
    return load_settings(start=folder, environ=environ or {}, **options)


def write(folder: Path, text: str, name: str = "ocrkit.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def failure(folder: Path, environ: dict[str, str] | None = None, **options: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, environ, **options)
    shown = "".join(traceback.format_exception(caught.value))
    assert SECRET not in shown
    return str(caught.value)


# ── precedence ──


def test_defaults_when_nothing_is_set(folder: Path) -> None:
    loaded = load(folder)
    assert loaded.settings.backend == "auto"
    assert loaded.file is None
    assert set(loaded.origins.values()) == {"default"}
    assert loaded.origins["source.dpi"] == "default"


def test_each_source_overrides_the_one_before(folder: Path) -> None:
    path = write(
        folder,
        """
        backend = "from-file"
        mode = "printed"
        threads = 2
        [source]
        dpi = 100
        max_pages = 5
        [profiles.production]
        backend = "from-profile"
        threads = 3
        [profiles.production.source]
        dpi = 150
        """,
    )
    loaded = load(
        folder,
        {"OCRKIT_PROFILE": "production", "OCRKIT_BACKEND": "from-environment", "OCRKIT_SOURCE__DPI": "200"},
        overrides={"backend": "from-keyword"},
    )
    assert loaded.settings.backend == "from-keyword"
    assert loaded.settings.source.dpi == 200
    assert loaded.settings.threads == 3
    assert loaded.settings.source.max_pages == 5
    assert loaded.profile == "production"
    assert loaded.profiles == ("production",)
    assert {key: loaded.origins[key] for key in ("backend", "source.dpi", "threads", "mode", "scene")} == {
        "backend": "keyword",
        "source.dpi": "environment OCRKIT_SOURCE__DPI",
        "threads": f"{path} [profiles.production]",
        "mode": str(path),
        "scene": "default",
    }


def test_the_profile_keyword_wins_over_the_variable(folder: Path) -> None:
    write(folder, "[profiles.a]\nthreads = 1\n[profiles.b]\nthreads = 2\n")
    assert load(folder, {"OCRKIT_PROFILE": "a"}, profile="b").settings.threads == 2


def test_tables_are_merged_key_by_key(folder: Path) -> None:
    path = write(folder, '[backends.baidu]\nurl = "https://a"\n[profiles.p.backends.baidu]\ntimeout = 5\n')
    loaded = load(folder, {"OCRKIT_BACKENDS__BAIDU__API_KEY": "0123"}, profile="p")
    assert loaded.settings.backends == {"baidu": {"url": "https://a", "timeout": 5, "api_key": "0123"}}
    assert loaded.origins["backends.baidu.url"] == str(path)
    assert loaded.origins["backends.baidu.api_key"] == "environment OCRKIT_BACKENDS__BAIDU__API_KEY"


def test_a_list_is_replaced_not_merged(folder: Path) -> None:
    write(folder, 'languages = ["en", "de"]\n')
    assert load(folder, overrides={"languages": ["fr"]}).settings.languages == ("fr",)


def test_loading_caches_nothing_and_changes_nothing(folder: Path) -> None:
    overrides = {"backends": {"ppocr": {"device": "cpu"}}}
    before = dict(os.environ)
    load(folder, {"OCRKIT_BACKENDS__PPOCR__LIMIT": "1"}, overrides=overrides)
    assert overrides == {"backends": {"ppocr": {"device": "cpu"}}}
    assert load(folder).settings.backends == {}
    assert dict(os.environ) == before


# ── the file ──


def test_the_nearest_file_in_a_parent_folder_is_used(folder: Path) -> None:
    write(folder.parent.parent, "threads = 1\n")
    near = write(folder.parent, "threads = 2\n")
    assert load(folder).settings.threads == 2
    assert load(folder).file == near


def test_a_deleted_working_folder_has_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    folder.rmdir()
    assert load_settings(environ={}).file is None


def test_ocrkit_toml_wins_over_pyproject_in_the_same_folder(folder: Path) -> None:
    write(folder, "[tool.ocrkit]\nthreads = 1\n", "pyproject.toml")
    assert load(folder).settings.threads == 1
    write(folder, "threads = 2\n")
    assert load(folder).settings.threads == 2


def test_a_pyproject_of_other_tools_is_skipped(folder: Path) -> None:
    write(folder.parent, "threads = 2\n")
    write(folder, "[tool.black]\nline-length = 1\n", "pyproject.toml")
    assert load(folder).settings.threads == 2
    write(folder, "this is = not toml =\n", "pyproject.toml")
    assert load(folder).settings.threads == 2
    write(folder, '[project]\ndependencies = ["ocrkit"]\n', "pyproject.toml")
    assert load(folder).settings.threads == 2


def test_a_file_named_by_variable_or_keyword(folder: Path, tmp_path: Path) -> None:
    write(folder, "threads = 1\n")
    write(tmp_path, "threads = 2\n", "other.toml")
    write(tmp_path, "threads = 3\n", "third.toml")
    environ = {"OCRKIT_CONFIG": str(tmp_path / "other.toml")}
    assert load(folder, environ).settings.threads == 2
    assert load(folder, environ, config_file=tmp_path / "third.toml").settings.threads == 3
    assert load(folder, {"OCRKIT_CONFIG": "../../third.toml"}).settings.threads == 3


def test_a_named_file_must_exist(folder: Path) -> None:
    assert "nowhere.toml: the configuration cannot be read: No such file" in failure(
        folder, config_file="nowhere.toml"
    )
    write(folder, "[tool.black]\n", "pyproject.toml")
    assert "has no section [tool.ocrkit]" in failure(folder, config_file="pyproject.toml")


def test_broken_toml_names_file_and_line(folder: Path) -> None:
    path = write(folder, 'backend = "ppocr"\nmode = = 3\n')
    message = failure(folder)
    assert str(path) in message
    assert "line 2" in message


def test_bytes_that_are_not_utf8_name_the_line_and_a_byte_order_mark_is_allowed(folder: Path) -> None:
    path = folder / "ocrkit.toml"
    path.write_bytes(b'backend = "ppocr"\nmode = "\xe9"\n')
    assert "line 2: not UTF-8" in failure(folder)
    path.write_bytes(b"\xef\xbb\xbfthreads = 4\n")
    assert load(folder).settings.threads == 4


# ── the environment ──


@pytest.mark.parametrize("value", ["en,de", "en, de", '["en", "de"]'])
def test_lists_in_the_environment(folder: Path, value: str) -> None:
    assert load(folder, {"OCRKIT_LANGUAGES": value}).settings.languages == ("en", "de")


def test_preprocessing_may_be_written_as_text_or_list(folder: Path) -> None:
    assert load(folder, {"OCRKIT_PREPROCESS": "basic"}).settings.preprocess == "basic"
    assert load(folder, {"OCRKIT_PREPROCESS": "grayscale,deskew"}).settings.preprocess == (
        "grayscale",
        "deskew",
    )
    chain = ("grayscale", {"denoise": {"method": "median", "size": 3}}, "deskew")
    json = '["grayscale", {"denoise": {"method": "median", "size": 3}}, "deskew"]'
    assert load(folder, {"OCRKIT_PREPROCESS": json}).settings.preprocess == chain
    write(folder, 'preprocess = ["grayscale", {denoise = {method = "median", size = 3}}, "deskew"]\n')
    assert load(folder).settings.preprocess == chain


def test_backend_options_stay_text_unless_they_are_lists_or_tables(folder: Path) -> None:
    loaded = load(
        folder,
        {
            "OCRKIT_BACKENDS__BAIDU__APP_ID": "10234567",
            "OCRKIT_BACKENDS__BAIDU__REGIONS": '["a", "b"]',
            "OCRKIT_BACKENDS__ASPOSE_LOCAL__KEY": "[not json",
            "OCRKIT_BACKENDS": '{"tencent": {"region": "ap"}}',
        },
    )
    assert loaded.settings.backends == {
        "baidu": {"app_id": "10234567", "regions": ["a", "b"]},
        "aspose_local": {"key": "[not json"},
        "tencent": {"region": "ap"},
    }
    assert loaded.origins["backends.tencent.region"] == "environment OCRKIT_BACKENDS"


def test_an_empty_variable_counts_as_not_set(folder: Path) -> None:
    assert (
        load(folder, {"OCRKIT_THREADS": "", "OCRKIT_PROFILE": "", "OCRKIT_CONFIG": ""}).settings.threads
        is None
    )


def test_the_default_is_the_environment_of_the_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCRKIT_THREADS", "3")
    monkeypatch.chdir(folder)
    assert load_settings().settings.threads == 3


# ── what is wrong, and where ──


def test_unknown_keys_are_errors_in_every_source(folder: Path) -> None:
    assert failure(folder, {"OCRKIT_BAKEND": SECRET}) == (
        "environment OCRKIT_BAKEND: unknown variable 'OCRKIT_BAKEND'. Did you mean 'OCRKIT_BACKEND'? "
        "The choices are: OCRKIT_ALLOW_DOWNLOAD, OCRKIT_ALLOW_REMOTE, OCRKIT_BACKEND, OCRKIT_BACKENDS, OCRKIT_CACHE, OCRKIT_CACHE_SIZE, "
        "OCRKIT_CALIBRATION, OCRKIT_CONFIG, "
        "OCRKIT_HIDDEN_TEXT, OCRKIT_ISOLATE, OCRKIT_LANGUAGES, OCRKIT_MARKS, OCRKIT_MAX_FAILURE_RATE, OCRKIT_MAX_PAGES_PER_WORKER, "
        "OCRKIT_MAX_WORKER_MEMORY, OCRKIT_MODE, OCRKIT_MODELS, OCRKIT_MODELS_MIRROR, OCRKIT_PAGE_TIMEOUT_SECONDS, OCRKIT_POSTPROCESS, OCRKIT_PREPROCESS, "
        "OCRKIT_PROFILE, OCRKIT_SCENE, OCRKIT_SOURCE, "
        "OCRKIT_STRATEGIES, OCRKIT_STRICT, OCRKIT_TABLES, OCRKIT_TEXT_LAYER, OCRKIT_THREADS, OCRKIT_WITHOUT, OCRKIT_WORKERS"
    )
    message = failure(folder, {"OCRKIT_SOURCE__DIP": SECRET})
    assert message.startswith(
        "environment OCRKIT_SOURCE__DIP in [source]: unknown key 'dip'. Did you mean 'dpi'?"
    )
    assert failure(folder, overrides={"thread": SECRET}).startswith("keyword: unknown key 'thread'. Did you")
    path = write(folder, "[source]\nmax_pixel = 3\n")
    message = failure(folder)
    assert message.startswith(f"{path} in [source]: unknown key 'max_pixel'. Did you mean 'max_pixels'?")
    assert "dpi, embedded_images, max_file_size, max_pages" in message


def test_an_error_in_an_unused_profile_is_reported(folder: Path) -> None:
    path = write(folder, "[profiles.production]\nbakend = 3\n")
    assert failure(folder).startswith(
        f"{path} [profiles.production]: unknown key 'bakend'. Did you mean 'backend'?"
    )


def test_wrong_values_name_key_origin_and_what_is_allowed(folder: Path) -> None:
    assert failure(folder, {"OCRKIT_MODE": SECRET}) == (
        "environment OCRKIT_MODE: mode must be 'auto', 'printed' or 'handwritten'"
    )
    assert "environment OCRKIT_SOURCE__DPI: source.dpi must be less than or equal to 1200" in failure(
        folder, {"OCRKIT_SOURCE__DPI": "99999"}
    )
    assert "keyword: threads must be a valid integer" in failure(folder, overrides={"threads": SECRET})
    assert failure(folder, overrides={"threads": SECRET}, override_names={"threads": "--threads"}).startswith(
        "--threads: threads must"
    )
    path = write(folder, "source = 3\n")
    assert failure(folder).startswith(f"{path}: source must be")
    write(folder, "[backends]\nppocr = 3\n")
    assert failure(folder).startswith(f"{path}: backends.ppocr must be a valid dictionary")
    write(folder, "preprocess = 3\n")
    assert failure(folder).startswith(f"{path}: preprocess must be a valid string")
    write(folder, f'[source]\npassword = ["{SECRET}"]\n')
    assert failure(folder, config_file=path).startswith(f"{path}: source.password must be a valid string")
    write(folder, 'profiles = "production"\n')
    assert "'profiles' must contain tables" in failure(folder)


def test_an_invalid_language_is_an_error(folder: Path) -> None:
    message = failure(folder, {"OCRKIT_LANGUAGES": "en,English please"})
    assert message.startswith(
        "environment OCRKIT_LANGUAGES: languages: 'English please' is not a language tag"
    )


def test_unknown_profiles_list_the_known_ones(folder: Path) -> None:
    assert "no ocrkit.toml was found" in failure(folder, profile="production")
    path = write(folder, "threads = 1\n")
    assert f"{path} defines none; add [profiles.production]" in failure(folder, profile="production")
    write(folder, "[profiles.production]\n[profiles.test]\n")
    assert failure(folder, {"OCRKIT_PROFILE": "prodution"}).startswith(
        f"{path}: unknown profile 'prodution'. Did you mean 'production'? The choices are: production, test"
    )


def test_the_loaded_settings_do_not_show_secrets(folder: Path) -> None:
    loaded = load(folder, {"OCRKIT_SOURCE__PASSWORD": SECRET, "OCRKIT_BACKENDS__BAIDU__API_KEY": SECRET})
    assert SECRET not in repr(loaded)
    assert loaded.settings.source.password is not None
    assert loaded.settings.source.password.get_secret_value() == SECRET
