from __future__ import annotations

from ocrkit.backends.null import NullBackend
from ocrkit.request import Request
from ocrkit.testing import BackendConformance, draw_page


class TestNullBackend(BackendConformance):
    reads = False

    def make(self) -> NullBackend:
        return NullBackend()


def test_reads_nothing_whatever_is_asked():
    page = draw_page("words, words", dpi=200).page
    asked = Request(languages=("tlh", "native:anything"), mode="handwritten", scene="bank_card")
    result = NullBackend().recognize(page, asked)
    assert (result.text, result.blocks, result.dpi) == ("", (), 200)
