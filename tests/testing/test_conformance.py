"""The conformance tests find what they are there to find: each fault below fails exactly its own tests."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ocrkit.errors import CapabilityError
from ocrkit.geometry import Point
from ocrkit.request import Capabilities
from ocrkit.result import Trace
from ocrkit.testing import BackendConformance, ScriptedBackend


class Honest(ScriptedBackend):
    name = "honest"
    capabilities = Capabilities(
        languages=frozenset({"en"}), levels=frozenset({"word"}), confidence="word", sharing="shared"
    )

    def recognize(self, page, request):
        gaps = self.capabilities.missing(request)
        if gaps:
            raise CapabilityError(", ".join(gaps), backend=self.name)
        reader = self if page.pixels.min() < 128 else ScriptedBackend()
        return answer(reader, page, request)


def answer(reader, page, request):
    result = ScriptedBackend.recognize(reader, page, request)
    return result.model_copy(update={"trace": Trace(backend=Honest.name)})


class AnswersEverything(Honest):
    def recognize(self, page, request):
        return answer(self, page, request)


class WrongSize(Honest):
    def recognize(self, page, request):
        return super().recognize(page, request).model_copy(update={"width": 7})


class Loud(Honest):
    def recognize(self, page, request):
        os.write(1, b"reading\n")
        return super().recognize(page, request)


class Sticky(Honest):
    last = ""

    def recognize(self, page, request):
        result = super().recognize(page, request)
        sticky, Sticky.last = Sticky.last, request.mode
        return result if sticky in ("", "auto") else result.model_copy(update={"blocks": ()})


class OffThePage(Honest):
    def recognize(self, page, request):
        result = super().recognize(page, request)
        far = tuple(Point(x + 9000, y) for x, y in ((0, 0), (1, 0), (1, 1)))
        return result.model_copy(
            update={"blocks": tuple(block.model_copy(update={"polygon": far}) for block in result.blocks)}
        )


class Environmental(Honest):
    def recognize(self, page, request):
        os.environ["OCRKIT_TEST_LEFT_BEHIND"] = "1"
        return super().recognize(page, request)


def failures(kind, capfd):
    class Suite(BackendConformance):
        lines = ("drawn words",)

        def make(self):
            return kind(["drawn words"])

    failed = set()
    for name in sorted(name for name in dir(Suite) if name.startswith("test_")):
        test = getattr(Suite(), name)
        arguments = (capfd,) if "capfd" in test.__code__.co_varnames else ()
        try:
            test(*arguments)
        except pytest.skip.Exception:
            pass
        except AssertionError:
            failed.add(name.removeprefix("test_"))
    Suite.teardown_class()
    os.environ.pop("OCRKIT_TEST_LEFT_BEHIND", None)
    return failed


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Honest, set()),
        (WrongSize, {"result_covers_the_page", "reads_the_smallest_page"}),
        (Loud, {"touches_nothing_global_and_does_not_print"}),
        (Environmental, {"touches_nothing_global_and_does_not_print"}),
        (Sticky, {"one_request_does_not_leak_into_the_next"}),
        (OffThePage, {"polygons_lie_on_the_page_clockwise"}),
        (
            AnswersEverything,
            {
                "blank_page_has_no_blocks",
                "reads_the_smallest_page",
                "refuses_a_language_it_does_not_offer",
                "refuses_modes_it_does_not_offer",
                "refuses_scenes_it_does_not_offer",
            },
        ),
    ],
)
def test_each_fault_is_found(kind, expected, capfd):
    Sticky.last = ""
    assert failures(kind, capfd) == expected


def test_looking_at_the_package_does_not_need_pytest():
    code = "import sys; sys.modules['pytest'] = None; import ocrkit.testing"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
