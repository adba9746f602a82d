"""What the transport promises, against a real server that fails in every way."""

from __future__ import annotations

import logging
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import KEY, SECRET, TOKEN, TinyBackend, TinyOptions, TinySdkBackend, TinyServer

from ocrkit import errors
from ocrkit.errors import CircuitOpenError, ExpiredTokenError
from ocrkit.http import Attempt, Transport
from ocrkit.http.account_limits import window
from ocrkit.request import Request
from ocrkit.testing import Answer, BackendConformance, draw_page, faults, until
from ocrkit.testing.samples import blank_page

PAGE = draw_page(["hello"]).page
ASKED = Request()


def read(backend):
    return backend.recognize(PAGE, ASKED)


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


def test_a_page_is_read_and_the_result_says_how(server, options, kind):
    result = read(kind(options(region="north")))
    assert result.text == "hello"
    assert (result.width, result.height) == (PAGE.width, PAGE.height)
    assert (result.trace.request_id, result.trace.attempts) == ("r-1", 1)
    assert (result.trace.engine.endpoint, result.trace.engine.region) == (server.url, "north")


@pytest.mark.parametrize(
    "fault",
    [
        faults.reset(),
        faults.cut({"lines": []}),
        faults.bad_gateway(),
        faults.unavailable(),
        faults.rate_limited(),
        faults.rate_limited(0.01),
        Answer({}, 503, headers={"Retry-After": "0.01"}),
        Answer({"error": 18, "message": "slower"}),
        Answer({"error": 2}),
    ],
    ids=repr,
)
def test_what_passes_is_repeated(server, options, fault):
    server.fail("/ocr", fault, times=2)
    result = read(TinyBackend(options()))
    assert result.text == "hello"
    assert result.trace.attempts == 3
    assert len(server.requests_to("/ocr")) == 3


@pytest.mark.parametrize("fault", [faults.reset(), faults.bad_gateway(), Answer({"error": 2})], ids=repr)
def test_what_passes_is_repeated_through_an_sdk_too(server, options, fault):
    server.fail("/ocr", fault, times=2)
    assert read(TinySdkBackend(options())).trace.attempts == 3


@pytest.mark.parametrize(
    ("fault", "kind_of_error", "says"),
    [
        (faults.unauthorized(), errors.AuthenticationError, "credentials"),
        (Answer({"error": "auth.wrong", "message": "who?"}), errors.AuthenticationError, "console"),
        (Answer({"error": 17, "id": "r-9"}), errors.QuotaError, "Buy a package"),
        (Answer({"error": 4711, "message": "strange"}), errors.BackendError, "code 4711: strange"),
        (Answer({}, 400), errors.BackendError, "400"),
        (Answer({}, 413), errors.CapabilityError, "too large"),
        (faults.truncated_json(), errors.BadResponseError, "not JSON"),
        (faults.html(), errors.BadResponseError, "text/html"),
        (faults.moved("https://elsewhere.example/ocr?token=x"), errors.BadResponseError, "elsewhere.example"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_what_does_not_pass_is_not_repeated(server, options, fault, kind_of_error, says):
    server.fail("/ocr", fault)
    with pytest.raises(kind_of_error, match=says) as caught:
        read(TinyBackend(options()))
    assert (caught.value.backend, caught.value.page) == ("tiny", 1)
    assert len(server.requests_to("/ocr")) == 1
    assert "r-9" in str(caught.value) or "id" not in str(fault.body)


def test_a_page_without_text_is_no_error(server, options, kind):
    server.fail("/ocr", Answer({"error": "no_text"}))
    assert read(kind(options())).blocks == ()


def test_a_wrong_media_type_does_not_matter(server, options):
    server.fail("/ocr", Answer('{"lines": []}', content_type="text/html"))
    assert read(TinyBackend(options())).blocks == ()


def test_it_gives_up_after_so_many_repetitions(server, options, kind):
    server.fail("/ocr", faults.unavailable(), times=10)
    with pytest.raises(errors.BackendUnavailableError):
        read(kind(options(retries=2)))
    assert len(server.requests_to("/ocr")) == 3


@pytest.mark.parametrize("fault", [faults.slow(30), faults.drip(30, pieces=300)], ids=["slow", "drip"])
def test_the_deadline_holds(server, options, fault):
    server.fail("/ocr", fault, times=10)
    with pytest.raises(errors.BackendTimeoutError):
        read(TinyBackend(options(timeout_seconds=0.4, retries=9)))
    assert len(server.requests_to("/ocr")) <= 1  # nothing was left for a second one


def test_an_sdk_gets_the_time_that_is_left(server, options):
    server.fail("/ocr", faults.slow(30), times=10)
    with pytest.raises(
        (errors.BackendUnavailableError, errors.BackendTimeoutError), match=r"timed out|no answer"
    ):
        read(TinySdkBackend(options(timeout_seconds=0.4, retries=9)))
    assert len(server.requests_to("/ocr")) <= 1


def test_nobody_waits_longer_than_the_deadline_because_a_service_asks_for_it(server, options):
    server.fail("/ocr", faults.rate_limited(600))
    with pytest.raises(errors.RateLimitError, match="asks to wait 600 s") as caught:
        read(TinyBackend(options(timeout_seconds=20)))
    assert caught.value.retry_after == 600


def test_closing_wakes_those_who_wait(server, options):
    backend = TinyBackend(options())
    server.fail("/ocr", faults.rate_limited(60))
    with ThreadPoolExecutor(1) as threads:
        page = threads.submit(read, backend)
        assert until(lambda: len(server.requests_to("/ocr")) == 1)
        while not page.done():
            backend.close()
        with pytest.raises(errors.BackendUnavailableError, match="closed"):
            page.result()
    assert read(backend).text == "hello"  # and it opens again


def test_a_job_is_polled_until_it_is_done(server, options):
    answers = iter([{}, {}, {"done": "yes"}])
    server.route("GET", "/job", lambda _: next(answers))
    transport = Transport("tiny", options())
    with transport.exchange(PAGE) as exchange:
        found = exchange.poll(
            lambda attempt: attempt.request("GET", "/job").json().get("done"), first_wait=0.001
        )
    assert found == "yes"
    with (
        Transport("tiny", options(timeout_seconds=0.5)).exchange(PAGE) as exchange,
        pytest.raises(errors.BackendTimeoutError, match="not ready"),
    ):
        exchange.poll(lambda attempt: None, first_wait=10)


# ── tokens ──


def test_one_token_for_many_threads_and_instances(server, options):
    backends = [TinyBackend(options()) for _ in range(2)]
    with ThreadPoolExecutor(8) as threads:
        texts = list(threads.map(lambda number: read(backends[number % 2]).text, range(16)))
    assert texts == ["hello"] * 16
    assert len(server.requests_to("/token")) == 1


@pytest.mark.parametrize("expired", [Answer({"error": 111, "message": "expired"})])
def test_an_expired_token_is_fetched_anew_once(server, options, expired):
    backend = TinyBackend(options())
    server.fail("/ocr", expired)
    assert read(backend).trace.attempts == 2
    assert len(server.requests_to("/token")) == 2
    server.fail("/ocr", expired, times=2)
    with pytest.raises(ExpiredTokenError):
        read(backend)
    assert len(server.requests_to("/token")) == 3


def test_a_token_is_fetched_before_it_expires(server, options):
    server.route("POST", "/token", {"access_token": TOKEN, "expires_in": 0.0001})
    backend = TinyBackend(options())
    read(backend)
    read(backend)
    assert len(server.requests_to("/token")) == 2


def test_wrong_credentials_are_tried_once_and_not_by_every_thread(server, options):
    backend = TinyBackend(options(secret="not the right one"))

    def failing(_):
        with pytest.raises(errors.AuthenticationError):
            read(backend)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(failing, range(16)))
    assert len(server.requests_to("/token")) == 1
    assert server.requests_to("/ocr") == ()


def test_a_token_that_cannot_be_fetched_for_now_is_tried_again(server, options):
    server.fail("/token", faults.unavailable())
    assert read(TinyBackend(options())).text == "hello"


# ── limits and the breaker ──


def test_no_more_at_once_than_allowed_by_all_instances_together(server, options):
    server.route("POST", "/ocr", Answer({"lines": []}, delay_seconds=0.02))
    backends = [TinyBackend(options(max_concurrency=most)) for most in (8, 2)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: read(backends[number % 2]), range(12)))
    assert server.most_at_once <= 2


def test_other_credentials_have_limits_of_their_own(options):
    ours, theirs, also_ours = (
        Transport("tiny", options(secret=secret)) for secret in (SECRET, "another one", SECRET)
    )
    assert ours.gate is also_ours.gate
    assert ours.gate is not theirs.gate


def test_the_rate_is_kept_by_all_threads(server, options):
    backend = TinyBackend(options(requests_per_second=0.001))
    read(backend)
    assert backend._transport.gate._wait() > 0  # the second one within these minutes has to wait


def test_waiting_in_our_own_queue_is_not_the_delay_of_the_page(server, options):
    backend = TinyBackend(options(requests_per_second=0.6, timeout_seconds=1.5))
    assert read(backend).text == "hello"
    assert read(backend).text == "hello"  # after 1.7 seconds in the queue


def test_after_outages_nothing_is_sent_and_then_it_is_tried_again(server, options):
    backend = TinyBackend(options(outages_before_pause=3, pause_seconds=600, retries=0))
    server.fail("/ocr", faults.unavailable(), times=4)
    for _ in range(3):
        with pytest.raises(errors.BackendUnavailableError):
            read(backend)
    with pytest.raises(CircuitOpenError, match=r"the last 3 calls failed .*503"):
        read(backend)
    assert len(server.requests_to("/ocr")) == 3
    breaker = backend._transport.gate.breaker

    breaker._opens_again = time.monotonic()  # the pause is over
    with pytest.raises(errors.BackendUnavailableError, match="503"):
        read(backend)  # the one that tries; it is paused again
    with pytest.raises(CircuitOpenError):
        read(backend)
    breaker._opens_again = time.monotonic()
    assert read(backend).text == "hello"
    assert not breaker.is_open


def test_a_service_that_says_no_is_not_out_of_order(server, options):
    backend = TinyBackend(options(outages_before_pause=2))
    server.fail("/ocr", Answer({"error": 17}), times=5)
    for _ in range(5):
        with pytest.raises(errors.QuotaError):
            read(backend)
    assert read(backend).text == "hello"


# ── secrets ──


def spoken(error):
    told = [repr(error), str(error), *traceback.format_exception(error)]
    seen = error
    while seen is not None:
        told.append(str(vars(seen)))
        seen = seen.__cause__ or seen.__context__
    return "\n".join(told)


@pytest.mark.parametrize(
    "fault",
    [
        faults.reset(),
        faults.bad_gateway(),
        faults.unauthorized(),
        faults.truncated_json(),
        Answer({"error": 17, "message": f"no balance for {KEY} with {SECRET} and {TOKEN}"}),
    ],
    ids=lambda fault: str(fault.status),
)
def test_no_secret_is_told_to_anybody(server, options, kind, fault, caplog):
    caplog.set_level(logging.DEBUG)
    server.fail("/ocr", fault, times=9)
    backend = kind(options(retries=1))
    with pytest.raises(errors.OcrkitError) as caught:
        read(backend)
    read_log = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    told = spoken(caught.value) + read_log + repr(backend._transport) + repr(backend.options)
    for secret in (KEY, SECRET, "s3cr3t%2Fof%2Bthe%3Daccount", TOKEN):
        assert secret not in told


def test_an_error_of_an_sdk_that_nobody_foresaw_is_one_of_ours_and_clean(options):
    def operation(attempt: Attempt):
        raise KeyError(f"after {SECRET}") from ConnectionError(f"https://x/?client_secret={SECRET}")

    with pytest.raises(errors.BackendError, match="KeyError") as caught:
        Transport("tiny", options()).call(operation)
    assert SECRET not in spoken(caught.value)


def test_what_is_logged_can_be_searched(server, options, caplog):
    caplog.set_level(logging.DEBUG, "ocrkit.http")
    server.fail("/ocr", Answer({"error": 2, "id": "r-7"}))
    read(TinyBackend(options()))
    repeated = next(record for record in caplog.records if record.levelno == logging.INFO)
    assert (repeated.backend, repeated.page, repeated.attempt) == ("tiny", 1, 1)
    assert repeated.wait >= 0
    done = caplog.records[-1]
    assert (done.page, done.attempt) == (1, 2)


def test_the_smallest_page_is_made_large_enough(server, options):
    result = TinyBackend(options()).recognize(blank_page(1, 1), ASKED)
    assert (result.width, result.height) == (1, 1)


@given(st.floats(0.001, 1000))
def test_a_rate_is_never_exceeded_and_nearly_reached(rate):
    limit, milliseconds = window(rate)
    assert 0.5 * rate < limit / milliseconds * 1000 <= rate * (1 + 1e-9)
    assert limit >= 1
    assert milliseconds <= 4000 or rate < 1
