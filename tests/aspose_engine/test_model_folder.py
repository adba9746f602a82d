"""The folder where the engine looks for its language model, made from files of the tests."""

import pytest

from ocrkit.aspose_engine.model_folder import FOLDER, MODEL, prepare_model_folder
from ocrkit.errors import ConfigError


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "process"
    made.mkdir()
    return made


@pytest.fixture
def model(tmp_path):
    file = tmp_path / "my model.gguf"
    file.write_bytes(b"GGUF weights")
    return file


def test_a_model_gets_the_name_that_the_engine_looks_for(folder, model):
    prepare_model_folder(folder, model=model, resources=None)
    assert (folder / FOLDER / MODEL).read_bytes() == b"GGUF weights"


def test_a_relative_path_is_found_from_the_folder_of_the_process(folder, model, monkeypatch):
    monkeypatch.chdir(model.parent)
    prepare_model_folder(folder, model=model.relative_to(model.parent), resources=None)
    monkeypatch.chdir(folder)
    assert (folder / FOLDER / MODEL).read_bytes() == b"GGUF weights"


def test_libraries_are_shared_and_a_downloaded_model_is_neither_used_nor_changed(folder, model, tmp_path):
    resources = tmp_path / "resources"
    downloaded = resources / MODEL
    downloaded.parent.mkdir(parents=True)
    downloaded.write_bytes(b"GGUF downloaded")
    prepare_model_folder(folder, model=model, resources=resources)
    (folder / FOLDER / "runtimes" / "libllama.so").write_text("a download")
    assert (resources / "runtimes" / "libllama.so").read_text() == "a download"
    assert (folder / FOLDER / MODEL).read_bytes() == b"GGUF weights"
    assert downloaded.read_bytes() == b"GGUF downloaded"


def test_without_a_model_the_downloaded_one_is_used(folder, tmp_path):
    prepare_model_folder(folder, model=None, resources=tmp_path / "new" / "resources")
    (folder / FOLDER / "downloaded").touch()
    assert (tmp_path / "new" / "resources" / "downloaded").exists()


def test_a_file_that_is_no_model_is_an_error(folder, tmp_path):
    with pytest.raises(ConfigError, match=r"model_path .*missing\.gguf: No such file"):
        prepare_model_folder(folder, model=tmp_path / "missing.gguf", resources=None)
    (tmp_path / "page.gguf").write_bytes(b"<html>")
    with pytest.raises(ConfigError, match=r"page\.gguf is not a GGUF file"):
        prepare_model_folder(folder, model=tmp_path / "page.gguf", resources=None)
