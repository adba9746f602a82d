"""Failures of documents and pages, as text and as data."""

from __future__ import annotations

import json

import pytest

from ocrkit.errors import BackendError, BackendTimeoutError, OcrkitError, SourceError
from ocrkit.failures import Failure, error_of


def test_a_failure_names_the_source_the_kind_and_the_message() -> None:
    error = SourceError("the file is cut off", path="a.png")
    failure = Failure.of("a.png", error)
    assert (failure.kind, failure.message, failure.page) == ("SourceError", "the file is cut off", None)
    assert str(failure) == "a.png: the file is cut off"
    assert failure.error is error
    assert failure.exit_code == SourceError.exit_code


def test_a_failed_page_is_named() -> None:
    failure = Failure("a.pdf", "BackendError", "no answer", page=3, error=BackendError("no answer"))
    assert str(failure) == "a.pdf, page 3: no answer"


def test_a_row_is_plain_data() -> None:
    failure = Failure("a.pdf", "BackendError", "no answer", 3, "a", error=BackendError("no answer"))
    assert json.loads(json.dumps(failure.as_row())) == {
        "name": "a",
        "path": "a.pdf",
        "page": 3,
        "kind": "BackendError",
        "message": "no answer",
        "exit_code": BackendError.exit_code,
    }


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("BackendTimeoutError", BackendTimeoutError),
        ("ErrorOfAPlugin", BackendError),
        ("annotations", BackendError),
    ],
)
def test_an_error_is_made_again_from_its_kind(kind: str, expected: type[OcrkitError]) -> None:
    error = error_of(kind, "no answer")
    assert type(error) is expected
    assert error.message == "no answer"
