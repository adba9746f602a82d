"""The tests that the backends of all services share, run against each vendor's server on this machine."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import math
import os
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import strategies as st
from pydantic import SecretStr

from ocrkit.backends.remote import Recognition
from ocrkit.backends.tesseract import TesseractBackend, TesseractOptions
from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    BadResponseError,
    CapabilityError,
    ConfigError,
)
from ocrkit.geometry import Box, Transform
from ocrkit.http import ErrorTable, Transport
from ocrkit.page import Encoded, Page
from ocrkit.registry import backend_class, create_backend
from ocrkit.request import Request
from ocrkit.result import Block, Line, PageResult, Trace
from ocrkit.testing import (
    Answer,
    BackendConformance,
    Cassette,
    ScriptedBackend,
    VendorServer,
    draw_page,
    faults,
)
from ocrkit.testing.samples import blank_page

RECORDINGS = Path(__file__).parent / "recordings"
IMAGE = Encoded(b"", "image/png", 400, 300, Transform())
"""The image that the recordings are of."""
QUICK = {"retry_wait_seconds": 0.001, "proxy": "none", "requests_per_second": None}
HANGS = 3600
"""Seconds: longer than any test waits. The end of the server ends it."""


class WidthBackend(ScriptedBackend):
    """Reads the width of a page, so that each thread can recognize its own answer."""

    def recognize(self, page: Page, request: Request) -> PageResult:
        outline = Box(1, 1, page.width - 1, page.height - 1).polygon
        line = Line(text=f"wide {page.width}", polygon=outline, confidence=0.9)
        trace = Trace(backend="width")
        return PageResult(width=page.width, height=page.height, blocks=(Block.of([line]),), trace=trace)


def recording(vendor: str, name: str) -> Any:
    return json.loads((RECORDINGS / vendor / f"{name}.json").read_text(encoding="utf-8"))


def vendor_variables(name: str) -> Mapping[str, tuple[str, ...]]:
    return backend_class(name).Options.vendor_variables


def required_options(name: str) -> list[str]:
    """The options with credentials that the backend cannot do without."""
    fields = backend_class(name).Options.model_fields
    return [option for option in vendor_variables(name) if fields[option].is_required()]


def page_result(recognition: Recognition) -> PageResult:
    """A recognition as the result of a page as large as its image."""
    names = ("blocks", "rotation", "fields", "marks", "barcodes", "warnings")
    content = {name: getattr(recognition, name) for name in names}
    trace = Trace(backend="parsed", request_id=recognition.request_id)
    return PageResult(width=IMAGE.width, height=IMAGE.height, trace=trace, **content)


class VendorConformance(BackendConformance):
    """A real engine stands behind the service, so that text is really found where it stands."""

    server: VendorServer

    @pytest.fixture(autouse=True)
    def _engine(self, require_program):
        require_program("tesseract")

    @classmethod
    def make_server(cls, engine: TesseractBackend) -> VendorServer:
        raise NotImplementedError

    @classmethod
    def setup_class(cls) -> None:
        cls.server = cls.make_server(TesseractBackend(TesseractOptions())).__enter__()

    @classmethod
    def teardown_class(cls) -> None:
        super().teardown_class()
        cls.server.__exit__(None, None, None)
        assert cls.server.errors == []

    def other_request(self) -> Request:
        return Request(mode="handwritten", languages=self.other_languages)

    other_languages = ("zh",)


class LiveConformance(BackendConformance):
    """The real service, with the credentials of the environment. It costs a few cents."""

    name: str

    def make(self):
        variables = vendor_variables(self.name)
        missing = [variables[name][0] for name in required_options(self.name)]
        missing = [variable for variable in missing if not os.environ.get(variable)]
        known = [variable for names in variables.values() for variable in names]
        if missing or not any(os.environ.get(variable) for variable in known):
            pytest.skip(f"set {' and '.join(missing or known)} to test with the real service")
        return create_backend(self.name)


class ReadsRotatedPages:
    """Shared by services that turn pages themselves and give the places of words."""

    @pytest.mark.parametrize("rotation", [90, 180, 270])
    def test_words_on_a_rotated_page_have_their_positions(self, rotation):
        lines = (
            "The quick brown fox jumps over",
            "a lazy dog and runs to the wood",
            "before five dozen jugs break",
        )
        drawn = draw_page(lines, rotation=rotation)
        result = self.backend.recognize(drawn.page, self.usual_request)
        assert result.rotation == 360 - rotation
        boxes = {word.text: word.box for word in result.words}
        for text, box in drawn.words:
            assert math.dist(boxes[text].center, box.center) < 5


class VendorSuite:
    """A subclass says how its server and its backend are made."""

    name: str
    codes: ErrorTable | tuple[Any, ...]
    path: ClassVar[str] = "/"
    """Where pages are sent."""
    signs: ClassVar[bool] = True
    """Whether requests are signed."""
    has_request_ids: ClassVar[bool] = True
    """Whether the service numbers its requests."""
    unsupported: ClassVar[Request] = Request(scene="receipt")
    other_endpoint: ClassVar[Request | None] = Request(scene="id_card")
    """A request to another endpoint, if there is more than one."""
    largest_body: ClassVar[int] = 10 * 2**20
    live_checks: ClassVar[tuple[str, ...]] = ("/",)
    """The paths that a live check requests."""

    def make_server(self) -> VendorServer:
        """A server behind which `WidthBackend` reads."""
        raise NotImplementedError

    def make(self, server: VendorServer, **options: Any) -> Any:
        raise NotImplementedError

    def error(self, code: str, message: str = "scripted by the test") -> Answer:
        """An error as the vendor sends it."""
        raise NotImplementedError

    @property
    def secrets(self) -> list[str]:
        """The options that are secret, and always set."""
        fields = backend_class(self.name).Options.model_fields
        return [name for name in vendor_variables(self.name) if fields[name].annotation is SecretStr]

    @property
    def key_pair(self) -> list[str]:
        """The options that must come from one source."""
        return self.secrets

    @pytest.fixture
    def server(self) -> Iterator[VendorServer]:
        with self.make_server() as server:
            yield server
        assert server.errors == []

    @pytest.fixture
    def page(self) -> Page:
        return blank_page(200, 100, index=6)

    def page_requests(self, server: VendorServer) -> tuple[Any, ...]:
        return server.requests_to(self.path)

    # errors

    def test_every_code_raises_the_error_of_the_table(self, server, page):
        backend = self.make(server, retries=0, outages_before_pause=1000)
        for row in self.codes:
            server.fail(self.path, self.error(row.code.replace("*", ".Other")))
            if row.error is None:
                result = backend.recognize(page, Request())
                assert (result.blocks, result.index, result.width) == ((), 6, 200)
                assert result.warnings == ((row.advice,) if row.advice else ())
                continue
            with pytest.raises(BackendError) as caught:
                backend.recognize(page, Request())
            assert type(caught.value) is row.error, row.code
            assert row.advice in caught.value.message
            assert (caught.value.backend, caught.value.page) == (backend.name, 7)
            if self.has_request_ids:
                assert caught.value.request_id, "the service's support needs it"

    def test_retries_a_transient_error(self, server, page):
        transient = [row.code for row in self.codes if row.error is not None and row.error.retryable]
        answers = (self.error(transient[0].replace("*", "")), faults.bad_gateway(), faults.reset())
        server.fail(self.path, *answers)
        result = self.make(server).recognize(page, Request())
        assert (result.text, result.trace.attempts) == ("wide 200", 4)
        assert len(self.page_requests(server)) == 4, "the SDK does not retry too"

    def test_does_not_retry_a_permanent_error(self, server, page):
        permanent = next(row.code for row in self.codes if row.error is AuthenticationError)
        server.fail(self.path, self.error(permanent.replace("*", "")), times=9)
        with pytest.raises(AuthenticationError):
            self.make(server).recognize(page, Request())
        assert len(self.page_requests(server)) == 1

    @pytest.mark.parametrize("fault", [faults.slow(HANGS), faults.drip(HANGS)], ids=["slow", "drip"])
    def test_keeps_the_deadline(self, server, page, fault):
        server.fail(self.path, fault, times=9)
        with pytest.raises(BackendTimeoutError):
            self.make(server, timeout_seconds=0.3).recognize(page, Request())

    @pytest.mark.parametrize(
        ("fault", "kind"),
        [
            (faults.html(), BadResponseError),
            (faults.truncated_json(), BadResponseError),
            (faults.deep_json(), BadResponseError),
            (Answer([1, 2]), BadResponseError),
            (Answer({}), BadResponseError),
            (faults.moved("https://elsewhere.example/"), BadResponseError),
            (faults.reset(), BackendUnavailableError),
            (faults.unavailable(), BackendUnavailableError),
            (faults.unauthorized(), AuthenticationError),
        ],
        ids=["html", "half", "deep", "list", "empty", "moved", "reset", "503", "401"],
    )
    def test_reports_an_invalid_response(self, server, page, fault, kind):
        server.fail(self.path, fault)
        backend = self.make(server, retries=0)
        with pytest.raises(kind) as caught:
            backend.recognize(page, Request())
        assert (caught.value.backend, caught.value.page) == (backend.name, 7)

    # the account

    def test_shows_no_secret_and_logs_no_text(self, server, page, caplog):
        caplog.set_level(logging.DEBUG)
        options = self.make(server).options
        secrets = [getattr(options, name).get_secret_value() for name in self.secrets]
        codes = [row.code.replace("*", "") for row in self.codes if row.error]
        seen = [repr(options)]
        for answer in (
            self.error(codes[0], f"your key {secrets[0]} with {secrets[-1]} is wrong"),
            Answer(f"<html>{' '.join(secrets)}</html>", 502, "text/html"),
            Answer({"code": secrets[0], "echo": secrets}),
            faults.reset(),
        ):
            server.fail(self.path, answer)
            backend = self.make(server, retries=0)
            with pytest.raises(BackendError) as caught:
                backend.recognize(page, Request())
            seen += [repr(backend), str(caught.value), repr(vars(caught.value))]
            seen += traceback.format_exception(caught.value)
        self.make(server).recognize(page, Request())
        seen += [record.getMessage() + str(vars(record)) for record in caplog.records]
        for secret in secrets:
            assert not [text for text in seen if secret in text]
        assert not [text for text in seen if "wide 200" in text], "the text of pages is not logged"

    def test_a_wrong_key_is_refused(self, server, page):
        for name in self.secrets:
            with pytest.raises(AuthenticationError):
                self.make(server, **{name: "wrong-but-long-enough"}).recognize(page, Request())

    def test_a_page_changed_in_transit_is_refused(self, server, page):
        """The server really checks the signature: it refuses a body that was not signed."""
        if not self.signs:
            pytest.skip("its requests are not signed")
        self.make(server).recognize(page, Request())
        sent = server.requests[0]
        forged = dataclasses.replace(sent, body=sent.body[:-9] + sent.body[-9:][::-1])
        server.fail(self.path, server.serve(forged))
        with pytest.raises(AuthenticationError):
            self.make(server, retries=0).recognize(page, Request())

    def test_both_keys_come_from_one_source(self, monkeypatch):
        if len(self.key_pair) < 2:
            pytest.skip("it has one key")
        first, second = self.key_pair
        (first_variable, *_), (second_variable, *_) = (
            vendor_variables(self.name)[name] for name in (first, second)
        )
        monkeypatch.setenv(first_variable, "first-from-environment")
        monkeypatch.setenv(second_variable, "second-from-environment")
        options = create_backend(self.name).options
        assert getattr(options, first).get_secret_value() == "first-from-environment"
        assert getattr(options, second).get_secret_value() == "second-from-environment"
        with pytest.raises(ConfigError, match=f"{second} is missing") as caught:
            create_backend(self.name, {first: "first-from-settings"})
        assert second_variable in str(caught.value)

    def test_diagnosis_names_the_endpoint_and_sends_nothing(self, server):
        (finding,) = self.make(server).diagnose()
        assert server.url in finding.text
        assert server.requests == ()

    def test_live_check_makes_one_cheap_call(self, server):
        assert self.make(server).check_live().ok
        assert tuple(request.path for request in server.requests) == self.live_checks

    # pages

    def test_eight_threads_each_get_their_own_answer(self, server):
        backend = self.make(server, max_concurrency=8)
        pages = [blank_page(100 + number, 60) for number in range(24)]
        with ThreadPoolExecutor(8) as threads:
            texts = list(threads.map(lambda page: backend.recognize(page, Request()).text, pages))
        assert texts == [f"wide {page.width}" for page in pages]
        assert 1 <= server.most_at_once <= 8

    def test_a_large_page_is_reduced_and_its_polygons_are_those_of_the_page(self, server):
        noise = np.random.default_rng(1).integers(0, 255, (1900, 1900, 3), dtype=np.uint8)
        page = Page(noise)
        result = self.make(server).recognize(page, Request())
        assert len(server.requests[-1].body) <= self.largest_body
        box = result.lines[0].box or result.blocks[0].box
        assert box is not None
        assert (box.right, box.bottom) == pytest.approx((1899, 1899), abs=4)

    def test_a_page_too_small_for_text_is_not_sent(self, server):
        result = self.make(server).recognize(blank_page(5, 300), Request())
        assert (result.blocks, result.height, server.requests) == ((), 300, ())

    def test_refuses_a_request_before_anything_is_sent(self, server, page):
        backend = self.make(server)
        with pytest.raises(CapabilityError) as caught:
            backend.recognize(page, self.unsupported)
        assert (caught.value.backend, caught.value.page, server.requests) == (backend.name, 7, ())

    def test_a_cassette_replays_without_the_service(self, server, page, tmp_path):
        path = tmp_path / "answers.jsonl"
        backend = self.make(server)
        recorder = Transport(backend.name, backend.options, recorder=Cassette(path, "record"))
        first = type(backend)(backend.options, recorder).recognize(page, Request())
        sent = len(server.requests)
        replay = Transport(backend.name, backend.options, recorder=Cassette(path))
        assert type(backend)(backend.options, replay).recognize(page, Request()).text == first.text
        assert len(server.requests) == sent
        if self.other_endpoint is not None:
            with pytest.raises(BackendError, match="no answer was recorded"):
                type(backend)(backend.options, replay).recognize(page, self.other_endpoint)
        text = path.read_text(encoding="utf-8")
        for name in self.secrets:
            assert getattr(backend.options, name).get_secret_value() not in text


def assert_result_or_typed_error(parse: Callable[[], PageResult]) -> None:
    """What a parser makes of a mutated response."""
    try:
        result = parse()
    except BackendError:
        return
    result.model_dump_json()
    points = [point for line in result.lines for point in line.polygon or ()]
    assert all(0 <= point.x <= IMAGE.width and 0 <= point.y <= IMAGE.height for point in points)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to every value in JSON data."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from _paths(each, (*path, key))


_json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@st.composite
def mutated(draw: Callable[[Any], Any], answer: Any) -> Any:
    """JSON data with one to three of its values removed or replaced."""
    answer = copy.deepcopy(answer)
    for _ in range(draw(st.integers(1, 3))):
        paths = list(_paths(answer))
        if not paths:
            break
        *path, last = draw(st.sampled_from(paths))
        holder = answer
        for key in path:
            holder = holder[key]
        if draw(st.booleans()):
            del holder[last]
        else:
            holder[last] = draw(_json_values)
    return answer
