"""Errors of the engine, with the texts of release 26.10."""

from pathlib import Path

import pytest

from ocrkit.aspose_engine import engine_error
from ocrkit.errors import BackendError, BackendUnavailableError, MissingDependencyError

MISSING = (
    "Proxy error(): Please install the 'aspose-ocr-cyrillic-v1.ocr' first, use Resources.FetchResource"
    '("aspose-ocr-cyrillic-v1.ocr"). Or set Resources.AllowAutomaticDownloads(true).'
)


def test_a_missing_resource_names_the_file_and_the_command():
    error = engine_error(RuntimeError(MISSING), resources=Path("/data/my models"))
    assert isinstance(error, MissingDependencyError)
    assert error.install in error.message
    assert error.install == (
        "curl -L --create-dirs -o '/data/my models'/aspose-ocr-cyrillic-v1.ocr "
        "https://raw.githubusercontent.com/aspose-ocr/resources/main/aspose-ocr-cyrillic-v1.ocr"
    )
    assert "allow_download" in error.message


def test_without_a_folder_for_resources_the_error_says_to_set_one():
    assert "with resources_path set to that folder" in engine_error(RuntimeError(MISSING)).message


def test_a_failed_download_may_be_tried_again():
    text = "Proxy error(): Automatic download of 'aspose-ocr-hindi-v2.ocr' failed: no network"
    error = engine_error(RuntimeError(text), resources=Path("/data"))
    assert isinstance(error, BackendUnavailableError)
    assert "aspose-ocr-hindi-v2.ocr" in error.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Proxy error(ArgumentException): Value does not fall\n within the range.",
            "Value does not fall within",
        ),
        (
            "Proxy error(X): The trial version is limited to 5 pages",
            "refuses this without a license: The trial",
        ),
        ("", "RuntimeError"),
    ],
)
def test_other_errors_keep_their_text(text, said):
    error = engine_error(RuntimeError(text))
    assert type(error) is BackendError
    assert said in error.message
    assert "Proxy" not in error.message
