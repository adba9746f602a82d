from __future__ import annotations

from ocrkit.backends.null import NullBackend
from ocrkit.request import Request
from ocrkit.testing import BackendConformance, draw_page


class TestNullBackend(BackendConformance):
    reads = False

    def make(self) -> NullBackend:
        return NullBackend()


def test_result_is_empty_for_every_request():
    page = draw_page("words, words", dpi=200).page
    request = Request(languages=("tlh", "native:anything"), mode="handwritten", scene="bank_card")
    result = NullBackend().recognize(page, request)
    assert (result.text, result.blocks, result.dpi) == ("", (), 200)
