"""Each faulty backend below fails exactly the conformance tests for its fault."""

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


class Correct(ScriptedBackend):
    name = "correct"
    capabilities = Capabilities(
        languages=frozenset({"en"}), levels=frozenset({"word"}), confidence="word", sharing="shared"
    )

    def recognize(self, page, request):
        gaps = self.capabilities.missing(request)
        if gaps:
            raise CapabilityError(", ".join(gaps), backend=self.name)
        source = self if page.pixels.min() < 128 else ScriptedBackend()
        return scripted_result(source, page, request)


def scripted_result(source, page, request):
    result = ScriptedBackend.recognize(source, page, request)
    return result.model_copy(update={"trace": Trace(backend=Correct.name)})


class RejectsNothing(Correct):
    def recognize(self, page, request):
        return scripted_result(self, page, request)


class WrongSize(Correct):
    def recognize(self, page, request):
        return super().recognize(page, request).model_copy(update={"width": 7})


class Printing(Correct):
    def recognize(self, page, request):
        os.write(1, b"reading\n")
        return super().recognize(page, request)


class RemembersTheMode(Correct):
    last = ""

    def recognize(self, page, request):
        result = super().recognize(page, request)
        previous, RemembersTheMode.last = RemembersTheMode.last, request.mode
        return result if previous in ("", "auto") else result.model_copy(update={"blocks": ()})


class OffThePage(Correct):
    def recognize(self, page, request):
        result = super().recognize(page, request)
        far = tuple(Point(x + 9000, y) for x, y in ((0, 0), (1, 0), (1, 1)))
        return result.model_copy(
            update={"blocks": tuple(block.model_copy(update={"polygon": far}) for block in result.blocks)}
        )


class ChangesTheEnvironment(Correct):
    def recognize(self, page, request):
        os.environ["OCRKIT_TEST_LEFT_BEHIND"] = "1"
        return super().recognize(page, request)


def failed_tests(backend_class, capfd):
    class Suite(BackendConformance):
        lines = ("drawn words",)

        def make(self):
            return backend_class(["drawn words"])

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
    ("backend_class", "expected"),
    [
        (Correct, set()),
        (WrongSize, {"result_has_the_index_and_size_of_the_page", "reads_tiny_pages"}),
        (Printing, {"changes_no_global_state_and_does_not_print"}),
        (ChangesTheEnvironment, {"changes_no_global_state_and_does_not_print"}),
        (RemembersTheMode, {"a_request_does_not_affect_the_next_one"}),
        (OffThePage, {"polygons_are_clockwise_and_on_the_page"}),
        (
            RejectsNothing,
            {
                "blank_page_has_no_blocks",
                "reads_tiny_pages",
                "rejects_an_unsupported_language",
                "rejects_unsupported_modes",
                "rejects_unsupported_scenes",
            },
        ),
    ],
)
def test_each_fault_fails_its_tests(backend_class, expected, capfd):
    RemembersTheMode.last = ""
    assert failed_tests(backend_class, capfd) == expected


def test_the_package_is_imported_without_pytest():
    code = "import sys; sys.modules['pytest'] = None; import ocrkit.testing"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
