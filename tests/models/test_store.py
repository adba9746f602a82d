"""The folder of models, and the files that packages hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from ocrkit.models import (
    Fetcher,
    LocalFile,
    Model,
    Store,
    find_model,
    local_file,
    local_files,
    local_models,
)
from ocrkit.models.catalog import PackagedFile
from ocrkit.models.folders import default_folder, folder_for

MakeModel = Callable[..., Model]


@pytest.mark.parametrize(
    ("platform", "environ", "home", "folder"),
    [
        ("linux", {}, "/home/ann", "/home/ann/.local/share/ocrkit/models"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/home/ann", "/data/ocrkit/models"),
        ("linux", {"XDG_DATA_HOME": "data"}, "/home/ann", "/home/ann/.local/share/ocrkit/models"),
        ("darwin", {}, "/Users/ann", "/Users/ann/Library/Application Support/ocrkit/models"),
        ("win32", {"LOCALAPPDATA": r"D:\Local"}, r"C:\Users\ann", r"D:\Local\ocrkit\models"),
        ("win32", {}, r"C:\Users\ann", r"C:\Users\ann\AppData\Local\ocrkit\models"),
    ],
)
def test_the_folder_of_a_user(platform: str, environ: dict[str, str], home: str, folder: str) -> None:
    assert str(folder_for(platform, environ, home)) == folder


def test_a_store_is_in_the_folder_of_the_user_or_in_a_given_one(tmp_path: Path) -> None:
    assert Store.of(None).folder == default_folder()
    assert Store.of(tmp_path).folder == tmp_path


def test_a_changed_file_is_found(store: Store, make_model: MakeModel) -> None:
    model = make_model()
    (path,) = Fetcher(store).fetch(model)
    assert store.damaged(model) == []
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    assert store.damaged(model) == [path]


def test_a_file_of_another_size_counts_as_absent(store: Store, make_model: MakeModel) -> None:
    model = make_model()
    (path,) = Fetcher(store).fetch(model)
    path.write_bytes(b"half")
    assert store.state(model) == "absent"
    Fetcher(store).fetch(model)
    assert store.state(model) == "fetched"


def test_removing_frees_whole_and_partial_files(store: Store, make_model: MakeModel) -> None:
    model = make_model()
    (path,) = Fetcher(store).fetch(model)
    store.partial(model.files[0]).write_bytes(b"12345")
    assert store.remove(model) == model.files[0].size + 5  # type: ignore[operator]
    assert not path.exists()
    assert store.remove(model) == 0


def test_a_package_is_searched_and_not_imported(
    store: Store, make_model: MakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model()
    package = tmp_path / "site" / "models_of_a_package"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "data/rec.onnx").write_bytes(b"content")
    (package / "data/alphabet.yml").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    right = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"

    def packaged(sha256: str, module: str = "models_of_a_package") -> LocalFile | None:
        copy = PackagedFile(module, "data/rec.onnx", sha256, "data/alphabet.yml")
        return local_file(dataclasses.replace(model.files[0], packages=(copy,)), store)

    found = packaged(right)
    assert found == LocalFile(
        package / "data/rec.onnx", "package models_of_a_package", package / "data/alphabet.yml"
    )
    assert packaged("0" * 64) is None, "a package with another content is not used"
    assert packaged(right, "absent_package") is None


def test_the_installed_models_are_found_in_their_wheel(store: Store) -> None:
    files = local_files(find_model("ppocr/small"), store)
    assert files is not None
    assert {file.origin for file in files.values()} == {"package rapidocr"}
    assert [model.name for model, _ in local_models((find_model("ppocr/small"),), store)] == ["ppocr/small"]
