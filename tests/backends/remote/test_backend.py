"""The way of a page through the base of remote backends."""

from __future__ import annotations

import pytest
from tiny import KEY, SECRET, TinyServer
from tiny_backend import TinyBackend, TinyOptions

from ocrkit.backends.base import SupportsDiagnosis, SupportsLiveCheck
from ocrkit.backends.remote import Call, Recognition, RemoteBackend, remote_requirements
from ocrkit.errors import BackendError, BackendUnavailableError, BadResponseError, CapabilityError
from ocrkit.http import Pending, Transport
from ocrkit.page import Page
from ocrkit.registry import backend_names
from ocrkit.request import Request
from ocrkit.result import Engine
from ocrkit.testing import Answer, BackendConformance, Cassette, draw_page, faults
from ocrkit.testing.samples import blank_page

PAGE = draw_page(["hello"], index=6).page


class TestTinyBackend(BackendConformance):
    reads = False

    def make(self):
        return TinyBackend(TinyOptions(endpoint=self.server.url, key=KEY, secret=SECRET))

    @classmethod
    def setup_class(cls):
        cls.server = TinyServer().__enter__()
        cls.server.route("POST", "/ocr", {"id": "r-1", "lines": []})

    @classmethod
    def teardown_class(cls):
        super().teardown_class()
        cls.server.__exit__(None, None, None)


class BlankCheckBackend(RemoteBackend[TinyOptions, Call[str]]):
    """Needs no token, and has one endpoint."""

    name = "plain"
    service = "Plain OCR"
    Options = TinyOptions
    capabilities = TinyBackend.capabilities

    def choose(self, request):
        return Call("/plain", warnings=("read as English",))

    def ask(self, attempt, image, call):
        attempt.request("POST", call.endpoint, content=image.data)
        return Recognition(warnings=("the image is dark",))


class JobBackend(BlankCheckBackend):
    """Submits a job and polls it."""

    name = "job"

    def read(self, session, page, image, call):
        job = session.call(lambda attempt: attempt.request("POST", "/jobs", content=image.data).text)
        return session.poll(lambda attempt: self.poll(attempt, job), first_wait=0.001)

    def poll(self, attempt, job):
        response = attempt.request("GET", f"/jobs/{job}")
        return Pending(response.retry_after) if response.status == 202 else Recognition(request_id=job)


# ── results ──


def test_the_result_is_that_of_the_page(options):
    result = TinyBackend(options()).recognize(PAGE, Request())
    assert (result.text, result.index) == ("hello", 6)
    assert (result.width, result.height, result.dpi) == (PAGE.width, PAGE.height, PAGE.dpi)


def test_the_trace_says_how_the_page_was_read(server, options):
    server.fail("/ocr", faults.unavailable())
    trace = TinyBackend(options(region="north")).recognize(PAGE, Request()).trace
    assert (trace.backend, trace.attempts, trace.request_id) == ("tiny", 2, "r-1")
    assert trace.engine == Engine(name="Tiny OCR", model="/ocr", endpoint=server.url, region="north")
    (decision,) = trace.decisions
    assert (decision.topic, decision.choice) == ("endpoint", "/ocr scene=document")
    assert decision.reason == "scene 'document'"


def test_a_call_without_a_reason_is_not_a_decision(server, options):
    server.route("POST", "/plain", {})
    assert BlankCheckBackend(options()).recognize(PAGE, Request()).trace.decisions == ()


def test_the_request_id_may_come_from_a_header(server, options):
    server.route("POST", "/plain", Answer({}, headers={"x-request-id": "r-of-header"}))
    assert BlankCheckBackend(options()).recognize(PAGE, Request()).trace.request_id == "r-of-header"


def test_warnings_of_the_choice_come_before_those_of_the_response(server, options):
    server.route("POST", "/plain", {})
    result = BlankCheckBackend(options()).recognize(PAGE, Request())
    assert result.warnings == ("read as English", "the image is dark")


def test_polygons_of_a_reduced_image_are_those_of_the_page(options):
    result = TinyBackend(options()).recognize(blank_page(4000, 1000), Request())
    box = result.lines[0].box
    assert (box.left, box.top, box.right, box.bottom) == (20, 20, 120, 60)


def test_a_service_may_need_several_requests(server, options):
    states = iter([Answer({}, 202, headers={"Retry-After": "0.001"}), Answer({}, 202), Answer({})])
    server.route("POST", "/jobs", "job-1")
    server.route("GET", "/jobs/job-1", lambda _: next(states))
    result = JobBackend(options()).recognize(PAGE, Request())
    assert result.trace.request_id == "job-1"
    assert len(server.requests_to("/jobs")) == 1
    assert len(server.requests_to("/jobs/job-1")) == 3


def test_a_class_that_neither_asks_nor_reads_says_so(options):
    class Unfinished(BlankCheckBackend):
        ask = RemoteBackend.ask

    with pytest.raises(BackendError, match=r"Unfinished has to define ask\(\) or read\(\)"):
        Unfinished(options(retries=0)).recognize(PAGE, Request())


# ── nothing sent ──


@pytest.mark.parametrize("size", [(7, 500), (500, 7), (1, 1)])
def test_a_page_too_small_for_text_is_not_sent(server, options, size):
    result = TinyBackend(options()).recognize(blank_page(*size, index=2), Request())
    assert (result.index, result.width, result.height, result.blocks) == (2, *size, ())
    assert result.trace.decisions[0].choice == "nothing sent"
    assert server.requests == ()


@pytest.mark.parametrize(
    ("page", "request_", "says"),
    [
        (PAGE, Request(scene="table"), "scene 'table'; it supports the scenes document, line"),
        (PAGE, Request(mode="handwritten"), "does not support mode 'handwritten'"),
        (PAGE, Request(scene="line", languages=("fr",)), "reads no line in 'fr'"),
        (blank_page(20_000, 20, index=6), Request(), "does not fit the limits of the service"),
    ],
)
def test_refuses_a_request_before_anything_is_sent(server, options, page, request_, says):
    with pytest.raises(CapabilityError, match=says) as caught:
        TinyBackend(options()).recognize(page, request_)
    assert (caught.value.backend, caught.value.page) == ("tiny", 7)
    assert server.requests == ()


# ── errors ──


def test_an_error_names_backend_page_and_request(server, options):
    server.fail("/ocr", Answer({"error": 17, "id": "r-9"}))
    with pytest.raises(BackendError, match=r"tiny, page 7: code 17; buy a package \(request r-9\)"):
        TinyBackend(options()).recognize(PAGE, Request())


def test_an_error_in_a_200_is_retried_if_it_is_transient(server, options):
    server.fail("/ocr", Answer({"error": 2}), times=2)
    assert TinyBackend(options()).recognize(PAGE, Request()).trace.attempts == 3


def test_an_unexpected_error_of_a_parser_is_a_backend_error(server, options):
    server.fail("/ocr", Answer({"lines": [{"text": "hello", "box": [1, 2]}]}))
    with pytest.raises(BackendError, match="TypeError") as caught:
        TinyBackend(options()).recognize(PAGE, Request())
    assert not isinstance(caught.value, BadResponseError)


# ── recordings ──


def test_a_page_is_found_in_a_recording_by_its_pixels(server, options, tmp_path):
    path = tmp_path / "answers.jsonl"
    recorder = Transport("tiny", options(), recorder=Cassette(path, "record"))
    TinyBackend(options(), recorder).recognize(PAGE, Request())
    replay = TinyBackend(options(), Transport("tiny", options(), recorder=Cassette(path)))
    same = Page(PAGE.pixels.copy(), index=3)
    assert replay.recognize(same, Request()).text == "hello"
    with pytest.raises(BackendError, match="no answer was recorded"):
        replay.recognize(blank_page(), Request())


# ── checks ──


def test_diagnosis_names_the_endpoint_and_the_region(server, options):
    backend = TinyBackend(options(region="north"))
    assert isinstance(backend, SupportsDiagnosis)
    assert [finding.text for finding in backend.diagnose()] == [
        f"pages are sent to {server.url}, region north"
    ]
    assert server.requests == ()


def test_a_live_check_fetches_a_token_where_there_are_tokens(server, options):
    backend = TinyBackend(options())
    assert isinstance(backend, SupportsLiveCheck)
    assert backend.check_live().ok
    assert [request.path for request in server.requests] == ["/token"]


def test_a_live_check_reads_a_blank_page_where_there_are_no_tokens(server, options):
    server.route("POST", "/plain", Answer({}, headers={"x-request-id": "r-3"}))
    finding = BlankCheckBackend(options()).check_live()
    assert finding.ok
    assert "r-3" in finding.text
    server.route("POST", "/plain", faults.unavailable())
    with pytest.raises(BackendUnavailableError):
        BlankCheckBackend(options(retries=0)).check_live()


def test_requirements_name_the_extra_that_installs_them():
    first, second = remote_requirements("tencent", "tencentcloud.ocr")
    assert (first.name, second.name) == ("tencentcloud.ocr", "httpcore")
    assert {first.install, second.install} == {"pip install 'ocrkit[tencent]'"}
    assert TinyBackend.requires[0].install == "pip install 'ocrkit[remote]'"


def test_the_base_is_not_a_backend():
    assert "remote" not in backend_names()
