"""Missing models are fetched before a page is read, if the settings allow it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from file_server import FileServer

import ocrkit
from ocrkit.backends.ppocr import PpocrBackend, PpocrOptions
from ocrkit.backends.tesseract import TesseractBackend, TesseractOptions
from ocrkit.backends.tesseract.installation import find_tessdata
from ocrkit.errors import CapabilityError, DownloadError
from ocrkit.pipeline.missing_models import fetch_missing_models
from ocrkit.request import Request
from ocrkit.testing.fakes import ScriptedBackend
from ocrkit.testing.samples import blank_page


class ReadsFrench(ScriptedBackend):
    """A backend that needs a pack of Tesseract."""

    def missing_models(self, request: Request) -> tuple[str, ...]:
        return ("tesseract/fra",) if "fr" in request.languages else ()


def test_what_a_backend_misses_is_fetched(
    server: FileServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    packs = find_tessdata(None, None)
    if packs is None or not (packs / "fra.traineddata").exists():
        pytest.skip("the pack 'fra' of Tesseract is not installed")
    server.files["/tesseract/fra.traineddata"] = (packs / "fra.traineddata").read_bytes()
    settings = ocrkit.Settings(models=tmp_path, models_mirror=server.url, allow_download=True)
    with caplog.at_level(logging.WARNING, "ocrkit"):
        assert fetch_missing_models(ReadsFrench(["x"]), Request(languages=("fr",)), settings)
    assert "downloading the model tesseract/fra, license Apache-2.0" in caplog.text
    assert (tmp_path / "tesseract/fra.traineddata").stat().st_size == 1_130_365
    assert not fetch_missing_models(ReadsFrench(["x"]), Request(languages=("de",)), settings)


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
