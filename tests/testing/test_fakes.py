"""The fake backends."""

from __future__ import annotations

import pytest

from ocrkit.errors import BackendError, RateLimitError
from ocrkit.request import Request
from ocrkit.testing import BackendConformance, FailingBackend, ScriptedBackend
from ocrkit.testing.samples import blank_page


class TestScriptedBackend(BackendConformance):
    reads = False

    def make(self) -> ScriptedBackend:
        return ScriptedBackend()


def test_a_scripted_backend_returns_the_lines_of_each_page_and_repeats_the_last():
    backend = ScriptedBackend(["one", "two words"], ["three"], confidence=0.5)
    texts = [backend.recognize(blank_page(index=index), Request()).text for index in range(3)]
    assert texts == ["one\ntwo words", "three", "three"]
    assert len(backend.requests) == 3


def test_scripted_lines_divide_the_page_into_rows():
    result = ScriptedBackend(["one", "two words"]).recognize(blank_page(100, 40), Request())
    assert [line.box for line in result.lines] == [(0, 0, 100, 20), (0, 20, 100, 40)]
    assert [word.box for word in result.lines[1].words] == [(0, 20, 50, 40), (50, 20, 100, 40)]


def test_a_failing_backend_fails_a_given_number_of_times():
    backend = FailingBackend(RateLimitError("slow down"), times=2)
    for _ in range(2):
        with pytest.raises(RateLimitError):
            backend.recognize(blank_page(), Request())
    assert backend.recognize(blank_page(), Request()).blocks == ()
    assert backend.calls == 3


def test_a_failing_backend_fails_every_time_by_default():
    backend = FailingBackend()
    for _ in range(3):
        with pytest.raises(BackendError):
            backend.recognize(blank_page(), Request())
    backend.close()
