"""What every backend of a service has to keep, checked against the vendor's server on this machine."""

from __future__ import annotations

import copy
import dataclasses
import logging
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from ocrkit.backends.base import OcrBackend
from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    BadResponseError,
    CapabilityError,
)
from ocrkit.geometry import Box
from ocrkit.http import ErrorTable, Transport
from ocrkit.page import Page
from ocrkit.request import Request
from ocrkit.result import Block, Line, PageResult, Trace
from ocrkit.testing import Answer, Cassette, ScriptedBackend, VendorServer, faults
from ocrkit.testing.samples import blank_page

QUICK = {"retry_wait_seconds": 0.001, "proxy": "none", "requests_per_second": None}


class WidthBackend(ScriptedBackend):
    """Reads how wide a page is, so that every thread has an answer of its own to look for."""

    def recognize(self, page: Page, request: Request) -> PageResult:
        outline = Box(1, 1, page.width - 1, page.height - 1).polygon
        line = Line(text=f"wide {page.width}", polygon=outline, confidence=0.9)
        trace = Trace(backend="width")
        return PageResult(width=page.width, height=page.height, blocks=(Block.of([line]),), trace=trace)


class RemoteChecks:
    """A subclass says how its server and its backend are made."""

    codes: ErrorTable
    secret_options: tuple[str, ...]

    def make_server(self, engine: OcrBackend) -> VendorServer:
        raise NotImplementedError

    def make(self, server: VendorServer, **options: Any) -> OcrBackend:
        raise NotImplementedError

    def error(self, code: str, message: str = "as the test wants it") -> Answer:
        """An error as the vendor says it."""
        raise NotImplementedError

    @pytest.fixture
    def server(self) -> Iterator[VendorServer]:
        with self.make_server(WidthBackend()) as server:
            yield server
        assert server.errors == []

    @pytest.fixture
    def page(self) -> Page:
        return blank_page(200, 100, index=6)

    def test_every_code_is_what_the_table_says(self, server, page):
        backend = self.make(server, retries=0, outages_before_pause=1000)
        for row in self.codes:
            server.fail("/", self.error(row.code.replace("*", ".Other")))
            if row.error is None:
                result = backend.recognize(page, Request())
                assert (result.blocks, result.index, result.width) == ((), 6, 200)
                assert result.warnings == ((row.advice,) if row.advice else ())
                continue
            with pytest.raises(BackendError) as caught:
                backend.recognize(page, Request())
            assert type(caught.value) is row.error, row.code
            assert row.advice[1:] in caught.value.message
            assert (caught.value.backend, caught.value.page) == (backend.name, 7)
            assert caught.value.request_id, "the service's support asks for it"

    def test_eight_threads_each_get_their_own_answer(self, server):
        backend = self.make(server, max_concurrency=8)
        pages = [blank_page(100 + number, 60) for number in range(24)]
        with ThreadPoolExecutor(8) as threads:
            texts = list(threads.map(lambda page: backend.recognize(page, Request()).text, pages))
        assert texts == [f"wide {page.width}" for page in pages]
        assert 1 <= server.most_at_once <= 8

    def test_what_passes_is_tried_again(self, server, page):
        passing = [row.code for row in self.codes if row.error is not None and row.error.retryable]
        server.fail("/", self.error(passing[0].replace("*", "")), faults.bad_gateway(), faults.reset())
        result = self.make(server).recognize(page, Request())
        assert (result.text, result.trace.attempts) == ("wide 200", 4)
        assert len(server.requests) == 4, "nobody else repeats"

    def test_what_does_not_pass_is_not(self, server, page):
        fixed = next(row.code for row in self.codes if row.error is AuthenticationError)
        server.fail("/", self.error(fixed.replace("*", "")), times=9)
        with pytest.raises(AuthenticationError):
            self.make(server).recognize(page, Request())
        assert len(server.requests) == 1

    @pytest.mark.parametrize("fault", [faults.slow(30), faults.drip(30)], ids=["slow", "drip"])
    def test_a_deadline_holds(self, server, page, fault):
        server.fail("/", fault)
        with pytest.raises(BackendTimeoutError):
            self.make(server, timeout_seconds=0.3).recognize(page, Request())

    @pytest.mark.parametrize(
        ("fault", "kind"),
        [
            (faults.html(), BadResponseError),
            (faults.truncated_json(), BadResponseError),
            (Answer([1, 2]), BadResponseError),
            (Answer({}), BadResponseError),
            (faults.moved("https://elsewhere.example/"), BadResponseError),
            (faults.reset(), BackendUnavailableError),
            (faults.unavailable(), BackendUnavailableError),
            (faults.unauthorized(), AuthenticationError),
        ],
        ids=["html", "half", "list", "empty", "moved", "reset", "503", "401"],
    )
    def test_answers_that_are_none(self, server, page, fault, kind):
        server.fail("/", fault)
        with pytest.raises(kind) as caught:
            self.make(server, retries=0).recognize(page, Request())
        assert (caught.value.backend, caught.value.page) == (self.make(server).name, 7)

    def test_no_secret_is_seen(self, server, page, caplog):
        caplog.set_level(logging.DEBUG)
        options = self.make(server).options
        secrets = [getattr(options, name).get_secret_value() for name in self.secret_options]
        codes = [row.code.replace("*", "") for row in self.codes if row.error]
        seen = [repr(options)]
        for answer in (
            self.error(codes[0], f"your key {secrets[0]} with {secrets[1]} is wrong"),
            Answer(f"<html>{' '.join(secrets)}</html>", 502, "text/html"),
            Answer({"code": secrets[0], "echo": secrets}),
            faults.reset(),
        ):
            server.fail("/", answer)
            backend = self.make(server, retries=0)
            with pytest.raises(BackendError) as caught:
                backend.recognize(page, Request())
            seen += [repr(backend), str(caught.value), repr(vars(caught.value))]
            seen += traceback.format_exception(caught.value)
        self.make(server).recognize(page, Request())
        seen += [record.getMessage() + str(vars(record)) for record in caplog.records]
        for secret in secrets:
            assert not [text for text in seen if secret in text]
        assert not [text for text in seen if "wide 200" in text], "nor is it told what pages say"

    def test_a_wrong_key_is_found_out(self, server, page):
        for name in self.secret_options:
            with pytest.raises(AuthenticationError):
                self.make(server, **{name: "wrong-but-long-enough"}).recognize(page, Request())

    def test_a_page_changed_on_the_way_is_found_out(self, server, page):
        """The server really computes the signature: a body that is not the signed one is refused."""
        self.make(server).recognize(page, Request())
        sent = server.requests[0]
        forged = dataclasses.replace(sent, body=sent.body[:-9] + sent.body[-9:][::-1])
        server.fail("/", server.serve(forged))
        with pytest.raises(AuthenticationError):
            self.make(server, retries=0).recognize(page, Request())

    def test_a_large_page_is_made_to_fit_and_found_where_it_was(self, server):
        noise = np.random.default_rng(1).integers(0, 255, (2100, 2100, 3), dtype=np.uint8)
        page = Page(noise)
        result = self.make(server).recognize(page, Request())
        assert len(server.requests[-1].body) <= 10 * 2**20
        box = result.lines[0].box
        assert box is not None
        assert (box.right, box.bottom) == pytest.approx((2099, 2099), abs=4)

    def test_what_is_too_small_is_not_sent(self, server):
        result = self.make(server).recognize(blank_page(5, 300), Request())
        assert (result.blocks, result.height, server.requests) == ((), 300, ())

    def test_a_cassette_answers_when_nobody_is_there(self, server, page, tmp_path):
        path = tmp_path / "answers.jsonl"
        backend = self.make(server)
        recording = Transport(backend.name, backend.options, recorder=Cassette(path, "record"))
        first = type(backend)(backend.options, recording).recognize(page, Request())
        asked = len(server.requests)
        replay = Transport(backend.name, backend.options, recorder=Cassette(path))
        assert type(backend)(backend.options, replay).recognize(page, Request()).text == first.text
        assert len(server.requests) == asked
        with pytest.raises(BackendError, match="no answer was recorded"):
            type(backend)(backend.options, replay).recognize(page, self.other_request)
        text = path.read_text(encoding="utf-8")
        assert not [name for name in self.secret_options if self.secret(backend, name) in text]

    other_request = Request(scene="id_card")
    """One that goes to another endpoint."""

    @staticmethod
    def secret(backend: Any, name: str) -> str:
        found: str = getattr(backend.options, name).get_secret_value()
        return found

    def test_what_it_lacks_is_refused_before_it_is_sent(self, server, page):
        with pytest.raises(CapabilityError) as caught:
            self.make(server).recognize(page, Request(scene="receipt"))
        assert (caught.value.backend, caught.value.page, server.requests) == (self.make(server).name, 7, ())


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a piece of JSON."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@st.composite
def mutated(draw: Callable[[Any], Any], reply: Any) -> Any:
    """A reply with one to three of its values gone, or something else."""
    reply = copy.deepcopy(reply)
    for _ in range(draw(st.integers(1, 3))):
        ways = list(places(reply))
        if not ways:
            break
        *way, last = draw(st.sampled_from(ways))
        holder = reply
        for key in way:
            holder = holder[key]
        if draw(st.booleans()):
            del holder[last]
        else:
            holder[last] = draw(_anything)
    return reply
