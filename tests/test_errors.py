"""Errors carry advice, a place and an exit code, and survive the way between two processes."""

import pickle

import pytest

from ocrkit import errors


def all_kinds(kind=errors.OcrkitError):
    yield kind
    for below in kind.__subclasses__():
        yield from all_kinds(below)


@pytest.mark.parametrize("kind", list(all_kinds()), ids=lambda kind: kind.__name__)
def test_every_error_survives_pickling_with_its_attributes(kind):
    error = kind("something happened; do this")
    for name in error.__dict__:
        if name != "message":
            setattr(error, name, f"a {name}")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error)
    assert again.__dict__ == error.__dict__


def test_the_tree_in_the_docstring_is_the_tree_of_classes():
    for kind in all_kinds():
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
    ],
)
def test_exit_codes(error, code):
    assert error.exit_code == code


def test_only_passing_troubles_are_worth_another_try():
    retryable = {kind.__name__ for kind in all_kinds(errors.BackendError) if kind.retryable}
    assert retryable == {"RateLimitError", "BackendTimeoutError", "BackendUnavailableError"}


def test_the_place_is_in_the_text():
    assert str(errors.SourceError("is encrypted", path="a.pdf", page=3)) == "a.pdf, page 3: is encrypted"
    text = str(errors.BackendError("no", backend="baidu", page=2, request_id="77"))
    assert text == "baidu, page 2: no (request 77)"


def test_a_missing_package_names_the_exact_command_and_is_an_import_error():
    error = errors.missing_extra("onnxruntime", "onnx", "the runtime 'onnxruntime'")
    assert isinstance(error, ImportError)
    assert error.install == "pip install 'ocrkit[onnx]'"
    assert error.install in str(error)
