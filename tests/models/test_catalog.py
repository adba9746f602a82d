"""The catalog as data, and the models of a language."""

from __future__ import annotations

import re

import pytest

from ocrkit.backends.ppocr.bundled_models import LANGUAGES
from ocrkit.backends.tesseract.languages import PACKS
from ocrkit.errors import ConfigError
from ocrkit.languages import canonical_language
from ocrkit.models import find_model, models, models_for


def test_every_file_has_what_a_download_needs() -> None:
    files = [file for model in models() for file in model.files]
    assert len({file.path for file in files}) == len(files) == len({file.sha256 for file in files})
    for file in files:
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert file.size is None or file.size > 10_000
        assert file.address is None or re.match(r"https://\S+$", file.address)
        assert file.address or file.packages
        assert not file.path.startswith("/")
        assert ".." not in file.path


def test_every_model_has_a_license_and_an_origin() -> None:
    assert {model.license for model in models()} == {"Apache-2.0"}
    assert {model.origin for model in models()} >= {"rapidocr 3.10.0", "tessdata_fast 4.1.0"}
    assert len({model.name for model in models()}) == len(models())


def test_languages_are_canonical() -> None:
    for model in models():
        for tag in model.languages:
            assert canonical_language(tag) == tag


def test_every_language_of_tesseract_has_its_pack() -> None:
    names = {model.name for model in models()}
    assert {f"tesseract/{packs[0]}" for packs in PACKS.values()} - names == set()
    assert "tesseract/osd" in names


def test_the_installed_models_read_the_languages_of_the_engine() -> None:
    assert set(find_model("ppocr/small").languages) == LANGUAGES


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("de", "ppocr/small"),
        ("el", "ppocr/greek"),
        ("ru", "ppocr/eslav"),
        ("bg", "ppocr/cyrillic"),
        ("ar", "ppocr/arabic"),
        ("ko", "ppocr/korean"),
        ("hi-IN", "ppocr/devanagari"),
        ("he", "tesseract/heb"),
        ("am", "tesseract/amh"),
        ("vi", "tesseract/vie"),
    ],
)
def test_the_first_choice_for_a_language(language: str, name: str) -> None:
    assert models_for(language)[0].name == name


def test_a_language_of_one_engine() -> None:
    assert models_for("el", "tesseract")[0].name == "tesseract/ell"
    assert models_for("he", "ppocr") == ()


def test_an_unknown_model_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'ppocr/greek'"):
        find_model("ppocr/greec")
