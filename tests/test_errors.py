"""Errors have exit codes and a location, and survive pickling."""

import pickle

import pytest

from ocrkit import errors

ERRORS = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.OcrkitError)
]


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_survives_pickling_with_its_attributes(kind):
    error = kind("something happened; do this")
    for name in error.__dict__:
        if name != "message":
            setattr(error, name, f"a {name}")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error)
    assert again.__dict__ == error.__dict__


def test_the_docstring_lists_every_error():
    for kind in ERRORS:
        assert kind.__name__ in errors.__doc__


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.OcrkitError("x"), 1),
        (errors.ConfigError("x"), 2),
        (errors.MissingDependencyError("x"), 3),
        (errors.SourceError("x"), 4),
        (errors.RateLimitError("x"), 5),
        (errors.ExportError("x"), 6),
        (errors.PreprocessError("x"), 7),
        (errors.PostprocessError("x"), 8),
        (errors.DownloadError("x"), 9),
    ],
)
def test_each_branch_has_its_exit_code(error, code):
    assert error.exit_code == code


def test_only_temporary_errors_are_retryable():
    retryable = {kind.__name__ for kind in ERRORS if getattr(kind, "retryable", False)}
    assert retryable == {"RateLimitError", "BackendTimeoutError", "BackendUnavailableError"}


def test_the_location_is_part_of_the_message():
    assert str(errors.SourceError("is encrypted", path="a.pdf", page=3)) == "a.pdf, page 3: is encrypted"
    text = str(errors.BackendError("no", backend="baidu", page=2, request_id="77"))
    assert text == "baidu, page 2: no (request 77)"


def test_a_missing_package_is_an_import_error_with_the_install_command():
    error = errors.missing_extra("onnxruntime", "onnx", "the runtime 'onnxruntime'")
    assert isinstance(error, ImportError)
    assert error.install == "pip install 'ocrkit[onnx]'"
    assert error.install in str(error)
