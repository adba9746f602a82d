"""Missing models are fetched before a page is read, if the settings allow it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from file_server import FileServer
from PIL import Image
from typer.testing import CliRunner

import ocrkit
from ocrkit.backends.base import SupportsModels
from ocrkit.backends.ppocr import PpocrBackend, PpocrOptions
from ocrkit.backends.tesseract import TesseractBackend, TesseractOptions
from ocrkit.backends.tesseract.installation import find_tessdata
from ocrkit.cli import app
from ocrkit.errors import CapabilityError, DownloadError
from ocrkit.pipeline.missing_models import fetch_missing_models
from ocrkit.registry import backend_factory
from ocrkit.request import Capabilities, Request
from ocrkit.strategies import Auto, Cascade, Consensus, Fallback
from ocrkit.strategies.base import Strategy
from ocrkit.testing.fakes import ScriptedBackend
from ocrkit.testing.samples import blank_page


class ReadsFrench(ScriptedBackend):
    """A backend that needs a pack of Tesseract."""

    name = "reads_french"
    capabilities = Capabilities(languages=frozenset({"fr"}))

    def missing_models(self, request: Request) -> tuple[str, ...]:
        return ("tesseract/fra",) if "fr" in request.languages else ()


class ReadsEnglish(ScriptedBackend):
    """A backend that misses nothing."""

    capabilities = Capabilities(languages=frozenset({"en"}))


class ReadsGerman(ScriptedBackend):
    """A backend that needs a model for an option."""

    name = "reads_german"
    capabilities = Capabilities(languages=frozenset({"de"}))

    def missing_models(self, request: Request) -> tuple[str, ...]:
        return ("tesseract/osd",)


@pytest.fixture
def french_pack() -> bytes:
    packs = find_tessdata(None, None)
    if packs is None or not (packs / "fra.traineddata").exists():
        pytest.skip("the pack 'fra' of Tesseract is not installed")
    return (packs / "fra.traineddata").read_bytes()


def test_what_a_backend_misses_is_fetched(
    server: FileServer, tmp_path: Path, french_pack: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    server.files["/tesseract/fra.traineddata"] = french_pack
    settings = ocrkit.Settings(models=tmp_path, models_mirror=server.url, allow_download=True)
    with caplog.at_level(logging.WARNING, "ocrkit"):
        assert fetch_missing_models(ReadsFrench(["x"]), Request(languages=("fr",)), settings)
    assert "downloading the model tesseract/fra, license Apache-2.0" in caplog.text
    assert (tmp_path / "tesseract/fra.traineddata").stat().st_size == 1_130_365
    assert not fetch_missing_models(ReadsFrench(["x"]), Request(languages=("de",)), settings)


@pytest.mark.parametrize(
    "strategy",
    [
        Auto(ReadsEnglish(["x"]), ReadsFrench),
        Cascade(ReadsFrench, ReadsFrench),
        Consensus(ReadsFrench, ReadsFrench),
        Fallback(ReadsFrench),
        Cascade(Consensus(ReadsFrench, ReadsFrench), ReadsFrench),
    ],
    ids=["auto", "cascade", "consensus", "fallback", "nested"],
)
def test_what_the_readers_of_a_strategy_miss_is_fetched(
    strategy: Strategy, server: FileServer, tmp_path: Path, french_pack: bytes
) -> None:
    server.files["/tesseract/fra.traineddata"] = french_pack
    settings = {"models": tmp_path, "models_mirror": server.url}
    with ocrkit.Ocr(strategy, languages="fr", settings=settings):
        assert server.requests == []
    with ocrkit.Ocr(strategy, languages="fr", settings=settings, allow_download=True) as ocr:
        assert ocr.settings.allow_download
    assert (tmp_path / "tesseract/fra.traineddata").read_bytes() == french_pack


def test_the_first_reader_of_auto_gets_the_models_of_its_options(tmp_path: Path) -> None:
    auto = Auto(ReadsGerman(["x"]), ReadsFrench).create(backend_factory({}, allow_remote=False))
    assert isinstance(auto, SupportsModels)
    assert auto.missing_models(Request()) == ("tesseract/osd",)
    assert auto.missing_models(Request(languages=("de", "fr"))) == ("tesseract/osd", "tesseract/fra")
    assert auto.missing_models(Request(languages=("und",))) == ("tesseract/osd",)


@pytest.mark.parametrize("command", [["read"], ["batch", "--out", "out"]])
def test_commands_download_only_with_the_option(
    command: list[str], server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OCRKIT_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("OCRKIT_MODELS_MIRROR", server.url)
    Image.new("L", (100, 60), 255).save("page.png")
    runner = CliRunner()
    without = runner.invoke(app, [*command, "page.png", "--backend", "ppocr", "--lang", "el"])
    assert without.exit_code == CapabilityError("").exit_code
    assert server.requests == []
    with_it = runner.invoke(
        app, [*command, "page.png", "--backend", "ppocr", "--lang", "el", "--allow-download"]
    )
    assert with_it.exit_code == DownloadError("").exit_code
    assert server.requests == [("/ppocr/el_PP-OCRv5_rec_mobile.onnx", None)]


def test_nothing_is_downloaded_without_being_asked(server: FileServer, tmp_path: Path) -> None:
    settings = ocrkit.Settings(models=tmp_path, models_mirror=server.url)
    with pytest.raises(CapabilityError, match="fetch a model with `ocrkit models fetch ppocr/greek`"):
        ocrkit.recognize(blank_page().pixels, backend="ppocr", languages=["el"], settings=settings)
    assert server.requests == []


def test_a_download_that_fails_is_an_error_before_reading(server: FileServer, tmp_path: Path) -> None:
    settings = ocrkit.Settings(models=tmp_path, models_mirror=server.url, allow_download=True)
    with pytest.raises(DownloadError, match="answers 404"):
        ocrkit.recognize(blank_page().pixels, backend="ppocr", languages=["el"], settings=settings)
    assert server.requests == [("/ppocr/el_PP-OCRv5_rec_mobile.onnx", None)]


@pytest.mark.parametrize(
    ("languages", "missing"),
    [
        ((), ()),
        (("de", "ja"), ()),
        (("ru", "en"), ("ppocr/eslav",)),
        (("he",), ()),
        (("el", "ru"), ()),
    ],
)
def test_what_the_embedded_engine_misses(
    languages: tuple[str, ...], missing: tuple[str, ...], tmp_path: Path
) -> None:
    backend = PpocrBackend(PpocrOptions(models_folder=tmp_path))
    assert backend.missing_models(Request(languages=languages)) == missing


def test_what_tesseract_misses(tmp_path: Path) -> None:
    backend = TesseractBackend(TesseractOptions(models_folder=tmp_path))
    assert backend.missing_models(Request(languages=("dz",))) == ("tesseract/dzo",)
    assert backend.missing_models(Request()) == ()
    named = TesseractBackend(TesseractOptions(tessdata=tmp_path))
    assert named.missing_models(Request(languages=("dz",))) == ()
